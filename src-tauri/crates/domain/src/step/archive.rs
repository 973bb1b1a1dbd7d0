//! `file.zip` and `file.unzip`.

use super::declare::{choice, params};
use super::field::PathList;
use super::secret::SecretValue;
use super::transfer::Overwrite;
use serde::{Deserialize, Serialize};
use specta::Type;

choice! {
    pub enum ArchiveFormat {
        Zip = "zip" / "ZIP",
        Tar = "tar" / "tar",
        TarGz = "tar.gz" / "tar.gz",
        TarZst = "tar.zst" / "tar.zst",
        Gzip = "gzip" / "gzip (one file)",
        SevenZip = "7z" / "7z",
    }
}

params! {
    FileUnzip, "Unzip", Files, "package-open", "Unpack archives.";
    fields {
        archive_path: PathList, LocalPath, "What to unpack", "Archives, or a pattern.";
        output_directory: Option<String>, LocalPath, "Where to", "A folder; empty means the run's own workspace.";
        password: Option<SecretValue>, Secret, "Password", "For zip and 7z. Kept in the vault.";
        format: Option<ArchiveFormat>, Choice, "Only this format", "Refuse any other; empty means whatever the content is.", advanced;
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
        password: Option<SecretValue>, Secret, "Password", "Encrypts with AES-256; for zip and 7z. Kept in the vault.";
        level: Option<u32>, Number, "Level", "0 (store) to 9 (smallest).", advanced;
        max_part_size_mb: Option<u32>, Number, "Parts of", "Megabytes of each part (.001, .002, …); for zip and 7z. Empty makes one file.", advanced;
        base_path: Option<String>, LocalPath, "Names from", "Names in the archive are relative to this folder.", advanced;
        verify: bool = true, Switch, "Read back", "Read the archive again and compare before it appears.", advanced;
        overwrite: Overwrite = "overwrite", Choice, "If the archive is already there", "What to do with a file of the same name.", advanced;
    }
    outputs {
        archive: File, "The archive, or its first part.";
        parts: FileList, "The archive's parts; one unless it was split.";
        file_count: Integer, "Files inside.";
        bytes: Integer, "Size of the archive.";
    }
}

/// Whether an archive is written as several volumes, and how large each is at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct SplitArchiveConfig {
    pub enabled: bool,
    /// Megabytes (1,000,000 bytes).
    #[serde(default = "default_part_size")]
    pub max_part_size_mb: u32,
}

fn default_part_size() -> u32 {
    500
}

impl Default for SplitArchiveConfig {
    /// One file.
    fn default() -> Self {
        Self { enabled: false, max_part_size_mb: default_part_size() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_has_parts_of_500_mb_unless_told() {
        let config: SplitArchiveConfig = serde_json::from_str(r#"{"enabled":true}"#).unwrap();
        assert_eq!(config, SplitArchiveConfig { enabled: true, max_part_size_mb: 500 });
        assert!(serde_json::from_str::<SplitArchiveConfig>(r#"{"enabled":true,"parts":2}"#).is_err());
    }
}
