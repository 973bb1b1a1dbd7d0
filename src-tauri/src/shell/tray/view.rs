//! What the tray shows, in words: worked out from a glance, without a tray.

use courier_app::domain::execution::JobExecutionState;
use courier_app::{Glance, GlancedRun};
use uuid::Uuid;

/// Names are cut after so many characters: a menu is as wide as its widest entry.
const LONGEST: usize = 40;

/// The worst of what there is to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Fine,
    Working,
    NeedsAttention,
}

/// An entry for several monitors: what it says, and whether there are any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) enabled: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    pub(super) mood: Mood,
    /// How it is, in one line.
    pub(super) line: String,
    /// The newest runs, newest first.
    pub(super) runs: Vec<(Uuid, String)>,
    pub(super) pause: Entry,
    pub(super) resume: Entry,
}

impl View {
    pub(super) fn of(glance: &Glance) -> Self {
        let monitors = |verb: &str, count: u64| match count {
            0 => Entry { text: format!("{verb} monitors"), enabled: false },
            1 => Entry { text: format!("{verb} 1 monitor"), enabled: true },
            n => Entry { text: format!("{verb} {n} monitors"), enabled: true },
        };
        Self {
            mood: match (glance.attention, glance.running) {
                (1.., _) => Mood::NeedsAttention,
                (0, 1..) => Mood::Working,
                (0, 0) => Mood::Fine,
            },
            line: line(glance),
            runs: glance.recent.iter().map(|run| (run.id.0, entry(run))).collect(),
            pause: monitors("Pause", glance.monitors_active),
            resume: monitors("Resume", glance.monitors_paused_with_all),
        }
    }
}

fn line(glance: &Glance) -> String {
    let counted = [
        (glance.running, "running", "running"),
        (glance.queued, "queued", "queued"),
        (glance.attention, "needs attention", "need attention"),
    ];
    let parts: Vec<String> = counted
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, more)| format!("{count} {}", if count == 1 { one } else { more }))
        .collect();
    if parts.is_empty() { "Nothing is running".to_owned() } else { parts.join(", ") }
}

fn entry(run: &GlancedRun) -> String {
    let state = match run.state {
        JobExecutionState::Created => "created",
        JobExecutionState::Queued => "queued",
        JobExecutionState::Running => "running",
        JobExecutionState::Paused => "paused",
        JobExecutionState::Completed if run.had_skips => "completed with skips",
        JobExecutionState::Completed => "completed",
        JobExecutionState::Failed => "failed",
        JobExecutionState::Cancelled => "cancelled",
    };
    format!("{}: {state}", name(&run.job_name))
}

/// In one line, not too long, and as a menu shows it: one `&` there marks a letter for the keyboard.
fn name(name: &str) -> String {
    let mut shown: String =
        name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    if name.chars().count() > LONGEST {
        shown = format!("{}…", shown.trim_end());
    }
    shown.replace('&', "&&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use courier_app::domain::JobExecutionId;

    fn glance() -> Glance {
        Glance {
            running: 0,
            queued: 0,
            attention: 0,
            monitors_active: 0,
            monitors_paused_with_all: 0,
            recent: Vec::new(),
        }
    }

    fn run(job_name: &str, state: JobExecutionState, had_skips: bool) -> GlancedRun {
        GlancedRun { id: JobExecutionId(Uuid::nil()), job_name: job_name.into(), state, had_skips }
    }

    #[test]
    fn the_worst_decides_the_icon() {
        let mood = |running, attention| View::of(&Glance { running, attention, ..glance() }).mood;
        assert_eq!(mood(0, 0), Mood::Fine);
        assert_eq!(mood(2, 0), Mood::Working);
        assert_eq!(mood(2, 1), Mood::NeedsAttention);
        assert_eq!(mood(0, 1), Mood::NeedsAttention);
        let queued = View::of(&Glance { queued: 3, ..glance() });
        assert_eq!(queued.mood, Mood::Fine, "what waits for its turn is no work yet");
    }

    #[test]
    fn the_line_says_only_what_there_is() {
        let line = |running, queued, attention| line(&Glance { running, queued, attention, ..glance() });
        assert_eq!(line(0, 0, 0), "Nothing is running");
        assert_eq!(line(2, 0, 1), "2 running, 1 needs attention");
        assert_eq!(line(1, 4, 2), "1 running, 4 queued, 2 need attention");
    }

    #[test]
    fn a_run_has_its_name_and_its_state() {
        let states = [
            (run("Invoices", JobExecutionState::Running, false), "Invoices: running"),
            (run("Invoices", JobExecutionState::Completed, true), "Invoices: completed with skips"),
            (run("R&D\nfiles", JobExecutionState::Failed, false), "R&&D files: failed"),
        ];
        for (run, shown) in states {
            assert_eq!(entry(&run), shown);
        }
        let long = entry(&run(&"n".repeat(200), JobExecutionState::Queued, false));
        assert_eq!(long, format!("{}…: queued", "n".repeat(LONGEST)));
    }

    #[test]
    fn monitors_are_counted_and_their_entries_dead_without_any() {
        let view = View::of(&Glance { monitors_active: 1, ..glance() });
        assert_eq!(view.pause, Entry { text: "Pause 1 monitor".into(), enabled: true });
        assert!(!view.resume.enabled);
        let view = View::of(&Glance { monitors_paused_with_all: 3, ..glance() });
        assert_eq!(view.resume, Entry { text: "Resume 3 monitors".into(), enabled: true });
        assert!(!view.pause.enabled);
    }
}
