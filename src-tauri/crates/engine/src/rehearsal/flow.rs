//! Steps that touch no file, rehearsed: nothing waits and nothing fails, it is only said.

use super::foreseen::{Foreseen, Look};
use super::words::counted;
use crate::error::StepError;
use courier_domain::step::{ContextSet, FlowFail, FlowForEach, FlowIf, FlowWait};
use courier_domain::{ErrorCode, Timestamp};

pub(super) fn decide(params: &FlowIf) -> Look<Foreseen> {
    let held = params.holds().map_err(|message| StepError::new(ErrorCode::Validation, message))?;
    let mut foreseen = Foreseen::doing(if held { "It holds." } else { "It does not hold." }.to_owned());
    foreseen.outputs.insert("result".into(), held.into());
    Ok(foreseen)
}

pub(super) fn each(params: &FlowForEach) -> Foreseen {
    let count = params.source.0.len();
    let summary = match count {
        0 => "There is no item.".to_owned(),
        1 => "Would go through 1 item.".to_owned(),
        _ => format!("Would go through {count} items; the steps inside are shown for the first."),
    };
    let mut foreseen = Foreseen::doing(summary);
    foreseen.outputs.insert("count".into(), count.into());
    foreseen
}

pub(super) fn wait(params: &FlowWait) -> Look<Foreseen> {
    let invalid = |message: &str| StepError::new(ErrorCode::Validation, message);
    Ok(Foreseen::doing(match (params.seconds, &params.until) {
        (Some(seconds), None) => {
            format!(
                "Would wait {}.",
                counted(usize::try_from(seconds).unwrap_or(usize::MAX), "second", "seconds")
            )
        }
        (None, Some(until)) => {
            let until: Timestamp = until.trim().parse().map_err(|_| invalid(FlowWait::NO_MOMENT))?;
            format!("Would wait until {}.", until.format("%Y-%m-%d %H:%M:%S UTC"))
        }
        (None, None) | (Some(_), Some(_)) => {
            return Err(invalid("Say either how long to wait or until when.").into());
        }
    }))
}

pub(super) fn fail(params: FlowFail) -> Foreseen {
    Foreseen {
        summary: "Would fail on purpose.".to_owned(),
        problems: vec![StepError::new(ErrorCode::FailedOnPurpose, params.message)],
        ..Foreseen::default()
    }
}

pub(super) fn set(params: ContextSet) -> Foreseen {
    let names: Vec<&str> = params.values.0.keys().map(String::as_str).collect();
    let summary = format!("Would set {}.", names.join(", "));
    Foreseen { summary, outputs: params.values.0, ..Foreseen::default() }
}
