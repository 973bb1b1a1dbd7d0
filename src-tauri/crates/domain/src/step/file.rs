//! `file.move`, `file.copy`, `file.delete`.

use super::declare::params;
use super::field::PathList;
use super::transfer::{OnMissing, Overwrite};
use crate::receipt::Verification;

params! {
    FileMove, "Move", Files, "folder-input", "Move files to another folder.";
    fields {
        source_path: PathList, LocalPath, "What to move", "Files, a folder or a pattern.";
        destination_path: String, LocalPath, "Where to", "A folder (ending in /) or, for one file, its full path.";
        overwrite: Overwrite = "overwrite", Choice, "If a file is already there", "What to do with a file of the same name.";
        create_directories: bool = true, Switch, "Make missing folders", "Create the folders of the path.";
        verify: Verification = "size", Choice, "Check after moving", "Compare the size, or SHA-256, when the move crosses file systems.";
    }
    outputs {
        files: FileList, "Where the files are now.";
        file: File, "The first of them.";
        file_count: Integer, "How many.";
        bytes: Integer, "Bytes moved.";
    }
}

params! {
    FileCopy, "Copy", Files, "copy", "Copy files to another folder.";
    fields {
        source_path: PathList, LocalPath, "What to copy", "Files, a folder or a pattern.";
        destination_path: String, LocalPath, "Where to", "A folder (ending in /) or, for one file, its full path.";
        overwrite: Overwrite = "overwrite", Choice, "If a file is already there", "What to do with a file of the same name.";
        create_directories: bool = true, Switch, "Make missing folders", "Create the folders of the path.";
        verify: Verification = "size", Choice, "Check after copying", "Compare the size, or SHA-256.";
    }
    outputs {
        files: FileList, "The copies.";
        file: File, "The first of them.";
        file_count: Integer, "How many.";
        bytes: Integer, "Bytes copied.";
    }
}

params! {
    FileDelete, "Delete", Files, "trash-2", "Delete files.";
    fields {
        path: PathList, LocalPath, "What to delete", "Files, folders or patterns.";
        recursive: bool = false, Switch, "Folders too", "Delete folders with everything inside.";
        on_missing: OnMissing = "succeed", Choice, "If it is not there", "A file that is gone already is what was wanted.";
    }
    outputs {
        file_count: Integer, "How many were deleted.";
    }
}
