//! Guides of `*.download` and `*.upload`.

use super::StepGuide;
use crate::error::ErrorCode as E;
use crate::step::StepType;
use serde_json::json;

pub(super) fn download(step_type: StepType) -> StepGuide {
    StepGuide::of("Fetches files from a partner's {protocol} server. Each file appears here only when it is whole and checked, and only then anything happens to the one on the server.")
        .when("At the beginning of a job that takes in what a partner has put out.")
        .when("To know only what is there, use the list step: it fetches nothing.")
        .when("With Only new files a job that runs often fetches each file once, although the partner leaves them there.")
        .fact("The files go to the run's own folder unless Where to names another one. That folder is removed once nothing can go on from it, so deliver what shall stay.")
        .fact("After a cut it goes on where the file on the server has kept its size and time and the end of what is here is the same; otherwise it begins again.")
        .fact("Names that would be dangerous here, such as .. or those with control characters, are refused and listed. The other files are fetched; the step then fails.")
        .fact("A file that fails does not stop the others. The step fails when all are over, and a retry leaves out what was fetched.")
        .fails(E::NoFiles, "Nothing on the server matches.", "Let the failure policy try again if files come late, or set If nothing matches to Go on.")
        .fails(E::FileNotFound, "A path without a pattern names what is not on the server.", "Browse the server from the field, and compare upper and lower case.")
        .fails(E::SourceChanged, "The partner was still writing the file. Nothing was published.", "Set a minimum age, or let the failure policy try again.")
        .fails(E::VerificationFailed, "What arrived is not what the server has. Nothing was published and the source stays.", "It is tried again; if it stays so, ask the partner for a fresh file.")
        .reaches_a_server(step_type.protocol())
        .writes_files()
        .example(
            "Fetch the partner's encrypted files once, and put them aside there",
            json!({ "connection_id": "partner", "remote_path": "/out/*.pgp", "after_download": "move", "move_to": "/out/done", "verify": "sha256" }),
        )
        .example(
            "A day's folder with everything inside, at most 100 files, none younger than a minute",
            json!({ "connection_id": "partner", "remote_path": "/export/{{ params.day }}/**", "recursive": true, "max_files": 100, "min_age_sec": 60, "on_no_files": "succeed" }),
        )
        .see_verbs(step_type, &["list", "upload", "delete"])
        .see(&[StepType::PgpDecrypt, StepType::FileUnzip, StepType::FileMove])
}

pub(super) fn upload(step_type: StepType) -> StepGuide {
    StepGuide::of("Delivers files to a partner's {protocol} server. Each is written under a temporary name, checked, and renamed, so that the partner never takes half a file.")
        .when("At the end of a job that sends something.")
        .when("If the partner waits for a certain temporary ending, set it under More options.")
        .fact("Where a server cannot replace a file in one step, the step's log says so.")
        .fact("A source is deleted or moved only after the copy is proven, and only if Then the local file says so.")
        .fact("Without a pattern in What to send a folder means the files in it.")
        .fact("A retry leaves out what was sent and is still there.")
        .fails(E::NoFiles, "No local file matches.", "Look at the earlier step's files in the run, or set If nothing matches to Go on.")
        .fails(E::FileNotFound, "A local path without a pattern is not there, or a folder of the server's path is missing and the step shall not make it.", "Correct the path, or switch on Make missing folders.")
        .fails(E::AlreadyExists, "A file of that name is on the server, and If a file is already there says Fail.", "Choose another rule, or a name with the date in it.")
        .fails(E::PermissionDenied, "The user may not write there.", "Ask the server's owner for the right folder and rights.")
        .fails(E::DiskFull, "The server has no room left.", "Tell its owner; then retry the run from this step.")
        .fails(E::VerificationFailed, "What the server has is not what was sent. It was not given its final name.", "It is tried again. If the server changes files (text mode), its owner has to stop that.")
        .reaches_a_server(step_type.protocol())
        .example(
            "Deliver what an earlier step made, and compare the content",
            json!({ "connection_id": "partner", "local_path": "{{ steps.encrypt.files }}", "remote_path": "/in/", "verify": "sha256" }),
        )
        .example(
            "One file under a name with the date, never over another one",
            json!({ "connection_id": "partner", "local_path": "{{ steps.pack.archive }}", "remote_path": "/in/orders-{{ now | date('%Y%m%d') }}.zip", "overwrite": "fail" }),
        )
        .see_verbs(step_type, &["download", "mkdir", "rename"])
        .see(&[StepType::PgpEncrypt, StepType::FileZip])
}
