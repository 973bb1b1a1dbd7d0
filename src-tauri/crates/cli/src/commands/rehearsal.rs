//! `courier run --dry-run`: what every step would do. A block for each step as it is known, then the verdict; with
//! `--json` one document.

use crate::exit;
use crate::output::{Out, bytes};
use crate::stops::Stops;
use courier_app::{App, AppError, CancellationToken, PlannedFile, Rehearsal, RehearsedStep, Verdict};
use courier_domain::job::Job;
use serde_json::Value;
use std::collections::BTreeMap;

/// Files of a step that a terminal is shown.
const SHOWN: usize = 5;

pub(super) async fn run(
    app: &App,
    job: &Job,
    parameters: &BTreeMap<String, Value>,
    out: &Out,
) -> Result<u8, AppError> {
    let cancel = CancellationToken::new();
    let tell = |step: &RehearsedStep| {
        if !out.json {
            block(step, out);
        }
    };
    let rehearsing = app.jobs_rehearse(Some(job.id), None, parameters, cancel.clone(), &tell);
    tokio::pin!(rehearsing);
    let mut stops = Stops::listen()?;
    let rehearsal = loop {
        tokio::select! {
            done = &mut rehearsing => break done?,
            _ = stops.next() => {
                // Asked twice, somebody does not want to wait for a server to say goodbye.
                if cancel.is_cancelled() {
                    std::process::exit(i32::from(exit::CANCELLED));
                }
                cancel.cancel();
            }
        }
    };
    if out.json {
        out.json(&rehearsal);
    } else {
        verdict(&rehearsal, job, out);
    }
    Ok(match rehearsal.verdict {
        Verdict::Cannot => rehearsal.first_problem().map_or(exit::FAILED, |p| exit::of_class(p.code)),
        Verdict::WouldDo | Verdict::Unknown | Verdict::Skipped => exit::DONE,
    })
}

fn glyph(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::WouldDo => "✓",
        Verdict::Cannot => "✗",
        Verdict::Unknown => "?",
        Verdict::Skipped => "-",
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::WouldDo => "would do",
        Verdict::Cannot => "cannot",
        Verdict::Unknown => "cannot tell",
        Verdict::Skipped => "skipped",
    }
}

fn block(step: &RehearsedStep, out: &Out) {
    let (mark, number) = (glyph(step.verdict), step.step_order + 1);
    out.line(&format!("{mark} {number}. {}: {}", step.name, word(step.verdict)));
    out.line(&format!("     {}", step.summary));
    for problem in &step.problems {
        if problem.message != step.summary {
            out.line(&format!("     problem: {}", problem.message));
        }
        if let Some(hint) = AppError::new(problem.code, "").hint.filter(|_| !out.quiet) {
            out.line(&format!("     hint: {hint}"));
        }
    }
    for note in &step.notes {
        out.line(&format!("     note: {note}"));
    }
    for file in step.files.iter().take(SHOWN) {
        out.line(&format!("       {}", file_line(file)));
    }
    let shown = step.files.len().min(SHOWN) as u64;
    if let Some(more) = step.file_count.and_then(|all| all.checked_sub(shown)).filter(|more| *more > 0) {
        out.line(&format!("       and {more} more"));
    }
}

fn file_line(file: &PlannedFile) -> String {
    let way = match (&file.source, &file.destination) {
        (Some(source), Some(destination)) => format!("{source} -> {destination}"),
        (Some(only), None) | (None, Some(only)) => only.clone(),
        (None, None) => String::new(),
    };
    let about = if file.is_estimate { "about " } else { "" };
    match file.bytes {
        Some(size) => format!("{way} ({about}{})", bytes(i64::try_from(size).unwrap_or(i64::MAX))),
        None => way,
    }
}

fn verdict(rehearsal: &Rehearsal, job: &Job, out: &Out) {
    let name = &rehearsal.job_name;
    let count = |verdict| rehearsal.steps.iter().filter(|step| step.verdict == verdict).count();
    let (cannot, unknown) = (count(Verdict::Cannot), count(Verdict::Unknown));
    let steps = |count: usize| if count == 1 { "1 step".to_owned() } else { format!("{count} steps") };
    out.line(&match rehearsal.verdict {
        Verdict::Cannot => {
            format!("{name} would fail: {} cannot do its work. Nothing was written.", steps(cannot))
        }
        Verdict::Unknown => format!(
            "{name} would begin; of {} it cannot be told before the run. Nothing was written.",
            steps(unknown)
        ),
        Verdict::WouldDo | Verdict::Skipped => format!("{name} would run. Nothing was written."),
    });
    if !job.is_enabled {
        out.hint(&format!("warning: {name} is disabled; a run would be refused until it is enabled."));
    }
}
