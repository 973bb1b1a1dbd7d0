//! Guides of the steps for files of this computer.

use super::StepGuide;
use crate::error::ErrorCode as E;
use crate::step::StepType;
use serde_json::json;

/// Of moving and copying alike.
fn placed(guide: StepGuide) -> StepGuide {
    guide
        .fails(
            E::AlreadyExists,
            "A file of that name is there, and If a file is already there says Fail.",
            "Choose another rule, or another folder.",
        )
        .fails(
            E::VerificationFailed,
            "The copy is not the same as its source. It was not given its name, and the source stays.",
            "Look after the disk; then retry the run from this step.",
        )
        .takes_files()
        .writes_files()
}

pub(super) fn move_files() -> StepGuide {
    placed(StepGuide::of("Moves files to another folder of this computer. Each appears there only when it is whole, also across disks."))
        .when("To deliver what a job has made into the folder where others wait for it.")
        .when("To put files aside that were sent.")
        .fact("On the same disk a move is one rename. Across disks the file is copied, checked, and only then removed.")
        .example(
            "Into a folder for each month",
            json!({ "source_path": "{{ steps.unzip.files }}", "destination_path": "/data/invoices/{{ now | date('%Y-%m') }}/" }),
        )
        .see(&[StepType::FileCopy, StepType::FileRename, StepType::SftpUpload])
}

pub(super) fn copy() -> StepGuide {
    placed(StepGuide::of("Copies files to another folder of this computer. Each copy appears only when it is whole and checked."))
        .when("To keep an archive of what a job sends on.")
        .example(
            "Keep what was fetched, and compare the content",
            json!({ "source_path": "{{ steps.download.files }}", "destination_path": "/data/archive/{{ now | date('%Y/%m') }}/", "verify": "sha256" }),
        )
        .see(&[StepType::FileMove, StepType::FileChecksum])
}

pub(super) fn rename() -> StepGuide {
    StepGuide::of("Gives files new names in the folders where they are. All names are decided before the first one changes.")
        .when("To put a date, a number or another ending into names.")
        .when("To move files into another folder, use Move.")
        .fact("Files may take over each other's names; a circle is refused, and nothing is changed then.")
        .fact("The new name knows name, stem, extension and modified_at of each file.")
        .fails(E::UnsafeName, "The new name has a / or another sign that a name cannot have.", "Correct the template; for another folder use Move.")
        .fails(E::AlreadyExists, "The new name is taken, and If the name is taken says Fail.", "Choose another rule, or a template that tells files apart.")
        .fails(E::Validation, "Several files would have one name, or they would take each other's names in a circle.", "Use the file's own stem in the template.")
        .takes_files()
        .fails(E::PermissionDenied, "The system forbids it, or the path is outside the folders that `security.allowed_roots` allows.", "Check the rights of the folder, and the setting.")
        .example("The date behind the name", json!({ "path": "/data/out/*.csv", "pattern": "{{ stem }}-{{ now | date('%Y%m%d') }}.{{ extension }}" }))
        .see(&[StepType::FileMove, StepType::FileList])
}

pub(super) fn delete() -> StepGuide {
    StepGuide::of("Deletes files of this computer, and folders if that is asked for. A file that is gone already is what was wanted.")
        .when("To tidy up when everything before has succeeded. The run's own folder needs none: it goes by itself.")
        .fact("Your home folder and Courier's own files are never deleted.")
        .fact("A link is deleted, not what it leads to.")
        .fails(E::Validation, "A folder is named and Folders too is off, or the folder holds Courier's own files or your home.", "Name its files, or switch it on.")
        .fails(E::FileNotFound, "There is no such file, and If it is not there says Fail.", "Correct the path, or choose Go on.")
        .fails(E::PermissionDenied, "The system forbids it, or the path is outside the folders that `security.allowed_roots` allows.", "Check the rights of the folder, and the setting.")
        .example("What was sent", json!({ "path": "/data/out/*.pgp" }))
        .see(&[StepType::FileMove, StepType::FileList])
}

pub(super) fn list() -> StepGuide {
    StepGuide::of("Looks which files and folders are there, without changing any. Later steps get name, path, size and time of each.")
        .when("Before an If that asks whether there is anything, or a For each that treats every file by itself.")
        .when("To start a job as soon as a file comes, use a monitor instead.")
        .fact("A folder means what is in it; a file or a pattern means itself. An empty folder is an empty list, no failure.")
        .fails(E::FileNotFound, "A path without a pattern is not there.", "Correct the path.")
        .fails(E::ContextTooLarge, "The listing is too large to hand on (64 MiB as JSON).", "Narrow the path or the names.")
        .fails(E::PermissionDenied, "The system forbids it, or the path is outside the folders that `security.allowed_roots` allows.", "Check the rights of the folder, and the setting.")
        .example("All tables, also in folders inside", json!({ "path": "/data/in", "pattern": "*.csv", "recursive": true }))
        .see(&[StepType::FlowForEach, StepType::FlowIf, StepType::FileMove])
}

pub(super) fn checksum() -> StepGuide {
    StepGuide::of("Computes checksums of files, compares them with what the sender told, or writes them down for a receiver.")
        .when("When a partner sends a .sha256 file along, or wants one.")
        .when("A transfer checks its files by itself; it needs no such step.")
        .fact("A checksum finds accidents. Against forgery the list itself has to be signed: see PGP verify.")
        .fails(E::VerificationFailed, "A file has another checksum, or is not in the list.", "It is damaged, or another file: get it again.")
        .fails(E::FileNotFound, "A file of the list is missing, or a path is not there.", "Get what is missing.")
        .fails(E::Validation, "One checksum was given for several files, or it is none.", "Name one file, or a list of checksums.")
        .fails(E::NoFiles, "A pattern or a folder holds no file.", "Look whether the files come later.")
        .example(
            "Compare a folder with its list",
            json!({ "path": "/data/in/*.csv", "expected": "/data/in/SHA256SUMS" }),
        )
        .example(
            "Write a list for the receiver",
            json!({ "path": "{{ steps.pack.parts }}", "algorithm": "sha512", "write_to": "/data/out/SHA512SUMS" }),
        )
        .see(&[StepType::PgpVerify, StepType::SftpDownload])
}
