//! Guides of the steps that hand work to somebody else.

use super::StepGuide;
use crate::error::ErrorCode as E;
use crate::step::StepType;
use serde_json::json;

pub(super) fn job_run() -> StepGuide {
    StepGuide::of("Starts another job, and waits for its end if you like.")
        .when("When several jobs have the same part, such as telling a partner.")
        .when("For whole jobs one after the other, with branches between, a chain shows more and is easier to repeat.")
        .fact("Its newest version is run. Pausing, resuming or cancelling this run does the same to the one it waits for.")
        .fact("A run that waits takes no place among the runs at the same time, and after a crash the run that was started is found again.")
        .fact("Jobs that would start themselves, also by others between, are refused when they are saved.")
        .fails(E::JobFailed, "That run failed or was cancelled. The message says why and names it.", "Open that run and mend it; then retry this one from this step.")
        .fails(E::Conflict, "That job is disabled.", "Enable it.")
        .fails(E::Validation, "The values do not fit the parameters of that job, or the job would start itself.", "Compare them with the other job's parameters.")
        .example("Start and wait, with a value", json!({ "job_id": "tell-partner", "parameters": { "day": "{{ params.day }}" } }))
        .see(&[StepType::HttpRequest, StepType::FlowForEach])
}

pub(super) fn http_request() -> StepGuide {
    StepGuide::of("Calls a web service: asks for something, or sends a text or a file.")
        .when("To tell another system that files have come, or to ask for what a job needs.")
        .when("To tell people or systems of failures, use a notification rule: it is tried for hours.")
        .fact("The answer is handed on as text up to 1 MiB; what is larger or no text needs Answer into a file.")
        .fact("Put a token under Authorization: it is kept in the vault, and never in a log or message.")
        .fact("A POST or PATCH is not repeated by itself, since the service may have done the work already.")
        .fails(E::HttpFailed, "The service answered with a status that was not expected, or with what cannot be taken.", "Read the answer in the message; correct the request.")
        .fails(E::HttpUnavailable, "The service is not there or overloaded (5xx, 408, 425, 429).", "Let the failure policy try again.")
        .fails(E::HttpUncertain, "The same after a POST or PATCH: it may have been done.", "Look at the service. If repeating does no harm, switch on Repeat POST and PATCH.")
        .fails(E::CertificateUntrusted, "The service's certificate is not trusted. Nothing was sent.", "Have its owner mend it, or let this computer trust its issuer.")
        .fails(E::DnsFailed, "The host's name cannot be resolved.", "Check its spelling, and this computer's network.")
        .fails(E::ConnectionRefused, "Nobody listens at that address.", "Check host and port; the service may be down.")
        .example(
            "Tell another system what came",
            json!({
                "method": "post", "url": "https://api.example.org/deliveries",
                "headers": { "Content-Type": "application/json" },
                "authorization": { "env": "API_AUTHORIZATION" },
                "body": "{\"files\": {{ steps.download.file_count }}}"
            }),
        )
        .example("Fetch a file", json!({ "url": "https://example.org/rates.csv", "response_to": "/data/in/rates.csv" }))
        .see(&[StepType::CommandRun, StepType::FlowIf])
}

pub(super) fn command_run() -> StepGuide {
    StepGuide::of("Runs a program of this computer with a list of arguments. There is no shell in between.")
        .when("For what no other step does: a converter, a check of one's own.")
        .fact("It is off until the setting `security.allow_commands` is on, which a bundle cannot switch on.")
        .fact("The program sees PATH, HOME and a few others, and nothing of Courier's. It runs in the run's own folder unless another is named.")
        .fact("Cancelling the step ends the program and what it started. After a crash a run that goes on starts the program again, so it should bear being run twice.")
        .fails(E::CommandsNotAllowed, "The setting is off.", "Switch on Settings → Limits and policies → security.allow_commands, if programs may be run here.")
        .fails(E::CommandFailed, "The program ended with another exit status than expected. The message has its last line.", "Look at stderr in the run's outputs, or list the status under Expected exit status.")
        .fails(E::FileNotFound, "There is no such program or folder.", "Give its full path.")
        .fails(E::PermissionDenied, "The system forbids to run it.", "Check that the file may be executed.")
        .fails(E::Timeout, "It took longer than the step's time limit and was ended.", "Raise the limit, or look why it hangs.")
        .example(
            "Convert what was fetched",
            json!({ "program": "/usr/bin/iconv", "arguments": ["-f", "latin1", "-t", "utf8", "{{ steps.download.file }}"] }),
        )
        .see(&[StepType::HttpRequest, StepType::JobRun])
}
