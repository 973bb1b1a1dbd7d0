//! `courier step-types`: the specs that forms and checks are drawn from, as text.

use crate::exit;
use crate::output::Out;
use courier_app::AppError;
use courier_domain::ErrorCode;
use courier_domain::Retry;
use courier_domain::step::{StepGuide, StepSpec, StepType, specs};

pub(super) fn run(type_key: Option<&str>, out: &Out) -> Result<u8, AppError> {
    let all = specs();
    let Some(wanted) = type_key else {
        if out.json {
            out.json(&all);
        } else {
            let rows: Vec<_> =
                all.iter().map(|s| vec![s.type_key.clone(), s.label.clone(), s.summary.clone()]).collect();
            out.table(&["TYPE", "NAME", "DOES"], &rows);
        }
        return Ok(exit::DONE);
    };
    let found = all.into_iter().find(|s| s.type_key == wanted).zip(wanted.parse::<StepType>().ok());
    let (spec, step_type) = found.ok_or_else(|| {
        AppError::new(ErrorCode::NotFound, format!("There is no step type `{wanted}`."))
            .with_hint("`courier step-types` lists them.")
    })?;
    if out.json {
        out.json(&spec);
    } else {
        show(&spec, out);
        advise(&step_type.guide(), out);
    }
    Ok(exit::DONE)
}

fn show(spec: &StepSpec, out: &Out) {
    out.line(&format!("{}: {}", spec.type_key, spec.summary));
    out.line("\nParameters (* is required):");
    for field in &spec.fields {
        let star = if field.required { "*" } else { " " };
        let default = match &field.default {
            Some(value) => format!(" [{value}]"),
            None => String::new(),
        };
        let choices: Vec<_> = field.choices.iter().map(|c| c.value.as_str()).collect();
        let kind = if choices.is_empty() { field.field_type.to_string() } else { choices.join(" | ") };
        out.line(&format!("{star} {} ({kind}){default}\n      {}", field.name, field.help));
    }
    out.line("\nOutputs:");
    for output in &spec.outputs {
        out.line(&format!("  {} ({}): {}", output.name, output.output_type, output.help));
    }
}

/// What no field says.
fn advise(guide: &StepGuide, out: &Out) {
    out.line(&format!("\n{}", guide.purpose));
    for text in guide.when.iter().chain(&guide.facts) {
        out.line(&format!("- {text}"));
    }
    if !guide.failures.is_empty() {
        out.line("\nFails with:");
    }
    for one in &guide.failures {
        let again = match one.retry {
            Retry::Later => " (may be tried again)",
            Retry::AfterPerson | Retry::Never => "",
        };
        out.line(&format!("  {}{again}: {}\n      {}", one.code, one.cause, one.remedy));
    }
}
