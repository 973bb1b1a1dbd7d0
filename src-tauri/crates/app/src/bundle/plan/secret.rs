//! What a bundle gives for a secret.

use super::super::ApplyRequest;
use super::super::secret::SecretSource;
use super::Plan;
use courier_domain::Problem;
use courier_vault::SecretString;

pub(super) enum Given {
    /// What is stored stays; also after a problem was noted.
    Nothing,
    Value(SecretString),
    /// Nobody can give it now, and that was allowed: what needs it waits.
    Missing,
}

/// `stored` says that there is one already, which a person need not enter again.
pub(super) fn given(
    source: Option<SecretSource>,
    stored: bool,
    path: &str,
    request: &ApplyRequest,
    plan: &mut Plan,
) -> Given {
    match source {
        None => Given::Nothing,
        Some(SecretSource::Prompt) if stored => Given::Nothing,
        Some(SecretSource::Prompt) if request.allow_missing_secrets => {
            match (request.prompt.0)(path).filter(|secret| !secret.is_empty()) {
                Some(value) => Given::Value(value),
                None => {
                    plan.warnings.push(Problem::warning(
                        path,
                        "secret_missing",
                        "This secret is still to be given; until then what needs it is disabled.",
                    ));
                    Given::Missing
                }
            }
        }
        Some(source) => source
            .resolve(path, &request.folder, &request.prompt, &mut plan.problems)
            .map_or(Given::Nothing, Given::Value),
    }
}
