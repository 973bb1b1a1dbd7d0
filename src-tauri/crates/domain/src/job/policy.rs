//! What happens when a step fails.

use crate::macros::text_enum;
use crate::problem::{Problem, Problems};
use serde::{Deserialize, Serialize};
use specta::Type;

text_enum! {
    pub enum FailurePolicyType {
        Stop = "stop", RetryStep = "retry_step", RetryJob = "retry_job", SkipAndContinue = "skip_and_continue",
    }
}

/// What happens when a step fails. Delays are `min(base · 2^attempt, max)` seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct FailurePolicy {
    #[serde(rename = "type")]
    pub policy_type: FailurePolicyType,
    #[serde(default = "three")]
    pub max_retries: u32,
    #[serde(default = "one")]
    pub backoff_base_seconds: u32,
    #[serde(default = "sixty")]
    pub backoff_max_seconds: u32,
}

fn three() -> u32 {
    3
}
fn one() -> u32 {
    1
}
fn sixty() -> u32 {
    60
}

impl Default for FailurePolicy {
    fn default() -> Self {
        Self {
            policy_type: FailurePolicyType::Stop,
            max_retries: 3,
            backoff_base_seconds: 1,
            backoff_max_seconds: 60,
        }
    }
}

impl FailurePolicy {
    /// Seconds to wait before attempt `retry` (1 = first retry), without jitter.
    pub fn backoff_seconds(&self, retry: u32) -> u64 {
        let doubled =
            u64::from(self.backoff_base_seconds).saturating_mul(1u64 << retry.saturating_sub(1).min(32));
        doubled.min(u64::from(self.backoff_max_seconds))
    }

    pub(super) fn check(&self, path: &str, problems: &mut Problems) {
        if self.max_retries > 100 {
            problems.push(Problem::error(
                format!("{path}.max_retries"),
                "out_of_range",
                "Enter a number from 0 to 100.",
            ));
        }
        if self.backoff_max_seconds > 86_400 {
            problems.push(Problem::error(
                format!("{path}.backoff_max_seconds"),
                "out_of_range",
                "Enter at most 86400 seconds (a day).",
            ));
        }
        if self.backoff_base_seconds > self.backoff_max_seconds {
            problems.push(Problem::error(
                format!("{path}.backoff_base_seconds"),
                "out_of_range",
                "The first delay cannot be longer than the longest.",
            ));
        }
    }
}
