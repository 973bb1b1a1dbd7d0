//! `flow.wait`, `flow.fail`, `context.set`.

use super::declare::params;
use super::field::Values;

params! {
    FlowWait, "Wait", Logic, "hourglass", "Wait for some time, or until a moment.";
    fields {
        seconds: Option<u32>, Number, "How long", "Seconds from the step's beginning; the step's time limit does not cut a wait off.";
        until: Option<String>, Template, "Until", "A date and time with its offset, such as 2027-01-31T06:30:00+01:00. What is past does not wait.";
    }
    outputs {}
}

impl FlowWait {
    /// What is said of an `until` that is none.
    pub const NO_MOMENT: &str =
        "This is not a date and time with its offset, such as 2027-01-31T06:30:00+01:00.";
}

params! {
    FlowFail, "Fail", Logic, "octagon-x", "End the run as failed, with words of your own.";
    fields {
        message: String, Template, "Message", "What whoever looks after the run shall read.";
    }
    outputs {}
}

params! {
    /// Its outputs are its values.
    ContextSet, "Set values", Logic, "variable", "Keep values under names for later steps.";
    fields {
        values: Values, Values, "Values", "A name for each, and what it stands for.";
    }
    outputs {}
}
