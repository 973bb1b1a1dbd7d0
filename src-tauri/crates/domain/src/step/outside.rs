//! Steps that hand work to somebody else: `job.run`, `http.request`, `command.run`.

use super::declare::{choice, params};
use super::field::{Headers, Values};
use super::secret::SecretValue;
use super::transfer::Overwrite;
use crate::JobId;
use crate::pattern::PathPattern;
use crate::problem::{Problem, Problems};

params! {
    JobRun, "Run a job", Logic, "play", "Start another job, and wait for its end.";
    fields {
        job_id: JobId, Job, "Job", "Its newest version is run.";
        parameters: Option<Values>, Values, "Parameters", "What the job is started with.";
        wait: bool = true, Switch, "Wait for its end", "This step fails when that run fails. Without waiting it is over once that run is queued.";
    }
    outputs {
        execution_id: Text, "The run that was started.";
        state: Text, "How that run ended, or queued.";
        steps: Value, "What the steps of that run handed on, by alias.";
    }
}

choice! {
    /// What an HTTP request asks for.
    pub enum HttpMethod {
        Get = "get" / "GET",
        Post = "post" / "POST",
        Put = "put" / "PUT",
        Patch = "patch" / "PATCH",
        Delete = "delete" / "DELETE",
        Head = "head" / "HEAD",
    }
}

impl HttpMethod {
    /// Whether doing it twice is the same as once (RFC 9110, 9.2.2).
    pub const fn is_idempotent(self) -> bool {
        match self {
            Self::Get | Self::Put | Self::Delete | Self::Head => true,
            Self::Post | Self::Patch => false,
        }
    }
}

params! {
    HttpRequest, "HTTP request", Logic, "globe", "Call a web service.";
    fields {
        method: HttpMethod = "get", Choice, "Method", "";
        url: String, Template, "Address", "https://api.example.org/deliveries?day={{ params.day }}";
        headers: Option<Headers>, Values, "Headers", "By their names, such as Content-Type; _ stands for - too.";
        authorization: Option<SecretValue>, Secret, "Authorization", "The header of that name, such as Bearer and the token. Kept in the vault.";
        body: Option<String>, Template, "Body", "The text that is sent.";
        body_file: Option<PathPattern>, LocalPath, "Body from a file", "Sent instead of a text.", advanced;
        response_to: Option<String>, LocalPath, "Answer into a file", "For what is large or no text; else the answer is handed on, up to 1 MiB.", advanced;
        overwrite: Overwrite = "overwrite", Choice, "If that file exists", "", advanced;
        expected_status: String = "2xx", Template, "Expected status", "A list such as 200, 204 or 3xx. Any other fails the step.", advanced;
        retry_unsafe: bool = false, Switch, "Repeat POST and PATCH", "They are not tried again after a failure unless this is on: the service may have done the work already.", advanced;
    }
    outputs {
        status: Integer, "Of the answer, such as 200.";
        headers: Value, "Of the answer, by lower-case name.";
        body: Text, "The answer, unless it went into a file.";
        file: File, "The file that the answer went into.";
        bytes: Integer, "Length of the answer.";
    }
}

impl HttpRequest {
    pub(crate) fn check(&self) -> Problems {
        let mut problems = Problems::default();
        let scheme = self.url.trim().split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        if !matches!(scheme.as_deref(), Some("https" | "http")) {
            problems.push(Problem::error("url", "invalid", "An address begins with https:// or http://."));
        }
        if self.body.is_some() && self.body_file.is_some() {
            problems.push(Problem::error("body_file", "conflict", "Give either a text or a file, not both."));
        }
        if Self::statuses(&self.expected_status).is_none() {
            problems.push(Problem::error(
                "expected_status",
                "invalid",
                "Enter a list such as 200, 204 or 2xx.",
            ));
        }
        problems
    }

    /// First and last of each range; `None` for a text that is no list of statuses.
    pub fn statuses(text: &str) -> Option<Vec<(u16, u16)>> {
        let one = |text: &str| {
            let class = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX"));
            let (first, last) = match class {
                Some(class) => {
                    let class = class.parse::<u16>().ok()?;
                    (class.checked_mul(100)?, class.checked_mul(100)?.checked_add(99)?)
                }
                None => (text.parse().ok()?, text.parse().ok()?),
            };
            ((100..=599).contains(&first) && last <= 599).then_some((first, last))
        };
        text.split(',').map(|part| one(part.trim())).collect()
    }
}

params! {
    CommandRun, "Run a command", Logic, "terminal", "Run a program of this computer. Off until the settings allow it.";
    fields {
        program: String, Template, "Program", "Its path, or its name where the system finds it. Never a shell line.";
        arguments: Vec<String>, Globs, "Arguments", "One a line, each as it is: no shell reads them.";
        working_directory: Option<String>, LocalPath, "Folder", "Where it runs; the run's own folder when left out.", advanced;
        environment: Option<Values>, Values, "Environment", "Variables beside the usual ones such as PATH and HOME.", advanced;
        stdin: Option<String>, Template, "Input", "The text that the program reads.", advanced;
        expected_exit_codes: String = "0", Template, "Expected exit status", "A list such as 0, 1. Any other fails the step.", advanced;
    }
    outputs {
        exit_code: Integer, "The program's exit status.";
        stdout: Text, "The end of what it wrote, at most 64 KiB.";
        stderr: Text, "The end of what it complained, at most 64 KiB.";
    }
}

impl CommandRun {
    pub(crate) fn check(&self) -> Problems {
        let mut problems = Problems::default();
        if Self::exit_codes(&self.expected_exit_codes).is_none() {
            problems.push(Problem::error("expected_exit_codes", "invalid", "Enter a list such as 0, 1."));
        }
        problems
    }

    /// `None` for a text that is no list of exit statuses.
    pub fn exit_codes(text: &str) -> Option<Vec<i32>> {
        text.split(',').map(|part| part.trim().parse::<u8>().ok().map(i32::from)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_single_ones_and_classes() {
        assert_eq!(HttpRequest::statuses("2xx"), Some(vec![(200, 299)]));
        assert_eq!(HttpRequest::statuses("200, 3xx,404"), Some(vec![(200, 200), (300, 399), (404, 404)]));
        for bad in ["", "6xx", "20", "x", "200-299", "99999"] {
            assert_eq!(HttpRequest::statuses(bad), None, "{bad}");
        }
    }

    #[test]
    fn exit_codes_are_small_numbers() {
        assert_eq!(CommandRun::exit_codes("0, 1"), Some(vec![0, 1]));
        for bad in ["", "-1", "256", "zero"] {
            assert_eq!(CommandRun::exit_codes(bad), None, "{bad}");
        }
    }
}
