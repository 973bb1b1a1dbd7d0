//! `file.zip` and `file.unzip`.

use super::declare::{choice, params};
use super::field::PathList;
use super::secret::SecretValue;
use super::sftp::Overwrite;

choice! { pub enum ArchiveFormat { Zip = "zip" / "ZIP" } }

params! {
    FileUnzip, "Unzip", Files, "package-open", "Unpack archives.";
    fields {
        archive_path: PathList, LocalPath, "What to unpack", "Archives, or a pattern.";
        output_directory: Option<String>, LocalPath, "Where to", "A folder; empty means the run's own workspace.";
        password: Option<SecretValue>, Secret, "Password", "Kept in the vault.";
        include_patterns: Vec<String>, Globs, "Only", "Unpack only entries that match one of these.", advanced;
        exclude_patterns: Vec<String>, Globs, "Leave out", "Entries that match one of these stay packed.", advanced;
        overwrite: Overwrite = "overwrite", Choice, "If a file is already there", "What to do with a file of the same name.";
        flatten: bool = false, Switch, "Without folders", "Put all files into one folder.", advanced;
    }
    outputs {
        files: FileList, "The unpacked files.";
        directory: Folder, "Where they are.";
        file_count: Integer, "How many.";
        bytes: Integer, "Bytes written.";
    }
}

params! {
    FileZip, "Zip", Files, "package", "Pack files into an archive.";
    fields {
        source_paths: PathList, LocalPath, "What to pack", "Files, folders or patterns.";
        output_path: String, LocalPath, "Archive", "The archive's path.";
        format: ArchiveFormat = "zip", Choice, "Format", "The archive's format.";
        password: Option<SecretValue>, Secret, "Password", "Encrypts with AES-256. Kept in the vault.";
        level: Option<u32>, Number, "Level", "0 (store) to 9 (smallest).", advanced;
        base_path: Option<String>, LocalPath, "Names from", "Names in the archive are relative to this folder.", advanced;
        verify: bool = true, Switch, "Read back", "Read the archive again and compare before it appears.", advanced;
        overwrite: Overwrite = "overwrite", Choice, "If the archive is already there", "What to do with a file of the same name.", advanced;
    }
    outputs {
        archive: File, "The archive.";
        parts: FileList, "The archive's volumes; one unless it was split.";
        file_count: Integer, "Files inside.";
        bytes: Integer, "Size of the archive.";
    }
}
