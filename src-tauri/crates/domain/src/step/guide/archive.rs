//! Guides of `file.zip` and `file.unzip`.

use super::StepGuide;
use crate::error::ErrorCode as E;
use crate::step::StepType;
use serde_json::json;

pub(super) fn unzip() -> StepGuide {
    StepGuide::of("Unpacks zip, tar, tar.gz, tar.zst, gzip and 7z. The whole archive is read first; files get their names only when all of it is good.")
        .when("After a download or PGP decrypt of archives.")
        .fact("The format is told by content, not by name.")
        .fact("Absolute names, .., links and devices stop the whole archive, and nothing of it stays.")
        .fact("Size, number of files and compression are limited by the settings `archive.*`; archives inside an archive stay packed unless `archive.max_nesting_depth` says otherwise.")
        .fact("Of an archive in parts name the first part; the others must lie beside it.")
        .fails(E::ArchiveDamaged, "The file is cut, damaged or no archive.", "Ask the sender for a fresh copy.")
        .fails(E::ArchiveUnsafe, "An entry would be dangerous to unpack, or would replace what an earlier step of the run made. Nothing was unpacked.", "Look inside from the field. Ask the sender, or unpack into a folder of its own.")
        .fails(E::ArchiveLimit, "It holds more than the settings `archive.*` allow.", "Raise the setting only if you trust the sender.")
        .fails(E::ArchivePassword, "It is encrypted, and the step's password is missing or wrong.", "Enter the password; it is kept in the vault.")
        .fails(E::AlreadyExists, "A file of that name is there, and If a file is already there says Fail.", "Choose another rule, or another folder.")
        .takes_files()
        .writes_files()
        .example(
            "Only the tables, without the folders they were packed in",
            json!({ "archive_path": "{{ steps.decrypt.files }}", "include_patterns": ["**/*.csv"], "flatten": true }),
        )
        .example(
            "A protected 7z into a folder",
            json!({ "archive_path": "/data/in/*.7z", "output_directory": "/data/unpacked/", "password": { "env": "ARCHIVE_PASSWORD" }, "format": "7z" }),
        )
        .see(&[StepType::FileZip, StepType::PgpDecrypt, StepType::FileMove])
}

pub(super) fn zip() -> StepGuide {
    StepGuide::of("Packs files and folders into one archive. It is read back and compared before it gets its name.")
        .when("Before an upload of many files, or to send them under a password.")
        .when("For a partner with a key PGP encrypt protects better than a password.")
        .fact("A password encrypts with AES-256; in a 7z it hides the names, too.")
        .fact("An archive in parts appears with its first part last, so that nobody takes an unfinished one.")
        .fails(E::AlreadyExists, "Two files would have the same name inside, or the archive is there and shall stay.", "Rename one or set Names from; or choose another rule.")
        .fails(E::Validation, "The format takes no password or no parts, gzip got more than one file, or a file lies outside Names from.", "Choose zip or 7z, or tar.gz for several files.")
        .fails(E::SourceChanged, "A file was changed while it was packed.", "It is tried again by the failure policy; pack when nobody writes any more.")
        .fails(E::VerificationFailed, "What was read back is not what was packed. No archive was left.", "Look after the disk.")
        .takes_files()
        .writes_files()
        .example(
            "What an earlier step made, under a name with the date",
            json!({ "source_paths": "{{ steps.download.files }}", "output_path": "/data/out/orders-{{ now | date('%Y%m%d') }}.zip" }),
        )
        .example(
            "A folder as a protected 7z in parts of 500 MB",
            json!({ "source_paths": ["/data/report/"], "output_path": "/data/out/report.7z", "format": "7z", "password": { "env": "ARCHIVE_PASSWORD" }, "max_part_size_mb": 500 }),
        )
        .see(&[StepType::FileUnzip, StepType::PgpEncrypt, StepType::SftpUpload])
}
