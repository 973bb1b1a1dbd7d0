//! Guides of `*.list`, `*.mkdir`, `*.rmdir`, `*.rename` and `*.delete`.

use super::StepGuide;
use crate::error::ErrorCode as E;
use crate::step::StepType;
use serde_json::json;

/// Of steps that take several paths and change what they name.
const EACH_BY_ITSELF: &str = "One that fails does not stop the others; the step fails when all are over and lists what failed. A retry counts what is done already as done.";

pub(super) fn list(step_type: StepType) -> StepGuide {
    StepGuide::of("Looks which files and folders an {protocol} server has, without fetching any. Later steps get name, path, size and time of each.")
        .when("Before an If that asks whether there is anything, or how much.")
        .when("Before a For each that treats every file by itself.")
        .fact("A folder means what is in it; a file or a pattern means itself.")
        .fact("What a run hands on is limited to 64 MiB as JSON; a listing beyond that fails the step.")
        .fails(E::FileNotFound, "A path without a pattern is not on the server.", "Browse the server from the field.")
        .fails(E::UnsafeName, "The server has names that are not safe to use here.", "The log names each. Have them renamed, or list a narrower path.")
        .fails(E::ContextTooLarge, "The listing is too large to hand on.", "Narrow the path or the names.")
        .reaches_a_server(step_type.protocol())
        .example(
            "Everything that ends with .csv, also in folders inside",
            json!({ "connection_id": "partner", "remote_path": "/out", "pattern": "*.csv", "recursive": true }),
        )
        .see(&[StepType::FlowForEach, StepType::FlowIf])
        .see_verbs(step_type, &["download"])
}

pub(super) fn mkdir(step_type: StepType) -> StepGuide {
    StepGuide::of("Makes folders on an {protocol} server. A folder that is there already is what was wanted.")
        .when("When a partner expects a folder for each day, or an empty folder as a sign.")
        .when("An upload makes the folders of its path by itself; it needs no such step before.")
        .fails(E::Validation, "A path is empty or has a pattern in it.", "Name each folder in full.")
        .fails(
            E::FileNotFound,
            "The folder above is missing, and the step shall not make it.",
            "Switch on Folders above too.",
        )
        .fails(E::AlreadyExists, "A file has that name.", "Choose another name, or have the file removed.")
        .fails(E::PermissionDenied, "The user may not make folders there.", "Ask the server's owner.")
        .reaches_a_server(step_type.protocol())
        .example(
            "A folder for each day",
            json!({ "connection_id": "partner", "paths": ["/in/{{ now | date('%Y-%m-%d') }}"] }),
        )
        .see_verbs(step_type, &["upload", "rmdir"])
}

pub(super) fn rmdir(step_type: StepType) -> StepGuide {
    StepGuide::of("Removes folders on an {protocol} server: empty ones, or with everything inside if that is asked for.")
        .when("To tidy up behind a job that had made folders of its own.")
        .fact("The whole server and paths with .. are refused, so that an empty value from an earlier step never means everything.")
        .fact("A pattern means folders only. Links inside are removed; what they lead to stays.")
        .fact(EACH_BY_ITSELF)
        .fails(E::FileNotFound, "The folder is not there, and If it is not there says Fail.", "Correct the path, or choose Go on.")
        .fails(E::UnsafeName, "The folder holds a name that is not safe to use here. Nothing in that folder was removed.", "Have it removed by the server's owner.")
        .fails(E::IoFailed, "The server refused; mostly because the folder is not empty.", "Switch on With everything inside, if that is meant.")
        .fails(E::PermissionDenied, "The user may not remove it.", "Ask the server's owner.")
        .reaches_a_server(step_type.protocol())
        .example("The folder of a finished day", json!({ "connection_id": "partner", "paths": ["/data/{{ params.day }}"], "recursive": true }))
        .see_verbs(step_type, &["mkdir", "delete"])
}

pub(super) fn rename(step_type: StepType) -> StepGuide {
    StepGuide::of("Renames or moves files and folders on an {protocol} server, without fetching them.")
        .when("To mark what was taken, such as a.csv.done, or to move it into another folder.")
        .when("A download can do that with its own files: Then the file on the server.")
        .fact("* in the new name stands for the old one; no other wildcard can stand there.")
        .fact(EACH_BY_ITSELF)
        .fails(
            E::FileNotFound,
            "Nothing on the server has that name, and If it is not there says Fail.",
            "Correct the path, or choose Go on.",
        )
        .fails(
            E::AlreadyExists,
            "The new name is taken.",
            "Choose another name, or what to do with the file that has it under More options.",
        )
        .fails(
            E::Validation,
            "Several files cannot all have one name.",
            "End the new name with / to name a folder, or let * stand for the old name.",
        )
        .fails(E::PermissionDenied, "The user may not rename there.", "Ask the server's owner.")
        .reaches_a_server(step_type.protocol())
        .example(
            "Mark what was taken",
            json!({ "connection_id": "partner", "paths": "/out/*.csv", "to": "*.done" }),
        )
        .example(
            "Move into another folder",
            json!({ "connection_id": "partner", "paths": ["/out/orders.csv"], "to": "/archive/" }),
        )
        .see_verbs(step_type, &["list", "delete", "download"])
}

pub(super) fn delete(step_type: StepType) -> StepGuide {
    StepGuide::of("Deletes files on an {protocol} server, and folders if that is asked for. A file that is gone already is what was wanted.")
        .when("To remove what was taken in another step, once the run has got far enough.")
        .when("A download can delete each file as soon as its copy is proven: Then the file on the server.")
        .fact("The whole server and paths with .. are refused, so that an empty value from an earlier step never means everything.")
        .fact(EACH_BY_ITSELF)
        .fails(E::Validation, "A folder is named, and Folders too is off.", "Name its files, or switch it on.")
        .fails(E::FileNotFound, "There is no such file, and If it is not there says Fail.", "Correct the path, or choose Go on.")
        .fails(E::PermissionDenied, "The user may not delete there.", "Ask the server's owner.")
        .reaches_a_server(step_type.protocol())
        .example("What an earlier step has marked", json!({ "connection_id": "partner", "paths": "/out/*.done" }))
        .see_verbs(step_type, &["rename", "rmdir", "download"])
}
