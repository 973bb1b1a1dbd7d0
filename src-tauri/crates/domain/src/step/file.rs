//! `file.move`, `file.copy`, `file.rename`, `file.delete`, `file.list`, `file.checksum`.

use super::declare::{choice, params};
use super::field::{NameTemplate, PathList};
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
    FileRename, "Rename", Files, "pencil-line", "Give files new names, in the folders where they are.";
    fields {
        path: PathList, LocalPath, "What to rename", "Files, a folder or a pattern.";
        pattern: NameTemplate, Template, "New name", "Made for each file of its name, stem, extension and modified_at: {{ stem }}-{{ now | date('%Y%m%d') }}.{{ extension }}";
        overwrite: Overwrite = "fail", Choice, "If the name is taken", "What to do with a file of the same name.";
    }
    outputs {
        files: FileList, "The files under their new names.";
        file: File, "The first of them.";
        file_count: Integer, "How many.";
    }
}

params! {
    FileList, "List files", Files, "list", "Look which files and folders are there.";
    fields {
        path: PathList, LocalPath, "Where", "A folder, files or patterns.";
        pattern: String = "*", Template, "Only names like", "A pattern for names, such as *.csv.";
        recursive: bool = false, Switch, "Folders too", "Look into folders inside.";
    }
    outputs {
        entries: Entries, "Each with name, path, size, modified_at and is_directory.";
        file_count: Integer, "How many of them are files.";
    }
}

choice! {
    pub enum ChecksumAlgorithm {
        Sha256 = "sha256" / "SHA-256",
        Sha512 = "sha512" / "SHA-512",
        Md5 = "md5" / "MD5 (finds accidents, not forgery)",
    }
}

params! {
    FileChecksum, "Checksum", Files, "hash", "Compute checksums of files, compare them, write them down.";
    fields {
        path: PathList, LocalPath, "Which files", "Files, a folder or a pattern.";
        algorithm: ChecksumAlgorithm = "sha256", Choice, "Algorithm", "What the other side uses.";
        expected: Option<String>, Template, "Must be", "The one file's checksum, or a file of checksums as sha256sum writes it (its path, or its lines).";
        write_to: Option<String>, LocalPath, "Write to", "A file of checksums for sha256sum -c.";
        overwrite: Overwrite = "overwrite", Choice, "If that file is already there", "What to do with a file of the same name.", advanced;
    }
    outputs {
        checksums: Entries, "Each with name, path, size and checksum.";
        checksum: Text, "Of the first file.";
        files: FileList, "The files, and what was written.";
        file_count: Integer, "How many files.";
        bytes: Integer, "Bytes read.";
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
