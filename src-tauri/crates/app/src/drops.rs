//! What a person dropped on the window: what it is, and the drafts that can be made of it.
//!
//! Left out: saving. A draft is shown before anything comes of it.

use crate::app::{App, blocking};
use crate::error::{AppError, Result};
use courier_domain::connection::ConnectionProtocol;
use courier_domain::job::JobDraft;
use courier_domain::monitor::MonitorDraft;
use courier_domain::pattern::escape;
use courier_domain::step::StepType;
use courier_domain::{ConnectionId, PgpKeyId};
use serde::Serialize;
use serde_json::{Value, json};
use specta::Type;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

/// A file or folder of this computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct DroppedPath {
    /// Absolute; of a folder with the separator at its end.
    pub path: String,
    pub is_directory: bool,
    /// The folder that it is, or that it lies in.
    pub folder: String,
    /// What means it and nothing else where patterns are taken.
    pub pattern: String,
}

impl App {
    /// What was dropped, each once, as it is on the disk now.
    pub async fn drops_look(&self, paths: Vec<String>) -> Result<Vec<DroppedPath>> {
        blocking(move || look(&paths)).await?
    }

    /// A job that sends all of it to a folder on a server. Without a folder the draft is still to be completed.
    pub async fn drops_upload(
        &self,
        paths: Vec<String>,
        connection: ConnectionId,
        folder: &str,
    ) -> Result<JobDraft> {
        let dropped = self.drops_look(paths).await?;
        let protocol = self.read().await?.connection(connection).await?.protocol;
        uploading(&dropped, connection, protocol, folder.trim())
    }

    /// A job that encrypts all of it to one recipient, beside the files.
    pub async fn drops_encrypt(&self, paths: Vec<String>, recipient: PgpKeyId) -> Result<JobDraft> {
        encrypting(&self.drops_look(paths).await?, recipient)
    }

    /// A monitor that looks for files like these where they lie.
    pub async fn drops_watch(&self, paths: Vec<String>) -> Result<MonitorDraft> {
        watching(&self.drops_look(paths).await?)
    }
}

fn look(paths: &[String]) -> Result<Vec<DroppedPath>> {
    let mut dropped: Vec<DroppedPath> = Vec::with_capacity(paths.len());
    for path in paths {
        let path = Path::new(path);
        let found = std::fs::metadata(path).map_err(|error| AppError::disk("look at", path, &error))?;
        let one = DroppedPath::new(path, found.is_dir());
        if !dropped.contains(&one) {
            dropped.push(one);
        }
    }
    Ok(dropped)
}

impl DroppedPath {
    fn new(path: &Path, is_directory: bool) -> Self {
        let bare = path.components().collect::<PathBuf>().display().to_string();
        let folder = if is_directory { path } else { path.parent().unwrap_or(path) };
        let path = if is_directory && !bare.ends_with(MAIN_SEPARATOR) {
            format!("{bare}{MAIN_SEPARATOR}")
        } else {
            bare
        };
        let folder = folder.components().collect::<PathBuf>().display().to_string();
        Self { pattern: escape(&path), path, is_directory, folder }
    }

    fn name(&self) -> String {
        let name = Path::new(&self.path).file_name().unwrap_or(self.path.as_ref());
        name.to_string_lossy().into_owned()
    }
}

fn uploading(
    dropped: &[DroppedPath],
    connection: ConnectionId,
    protocol: ConnectionProtocol,
    folder: &str,
) -> Result<JobDraft> {
    let step = match protocol {
        ConnectionProtocol::Sftp => StepType::SftpUpload,
        ConnectionProtocol::Ftp => StepType::FtpUpload,
        ConnectionProtocol::Ftps => StepType::FtpsUpload,
    };
    let mut configuration = json!({ "connection_id": connection, "local_path": patterns(dropped) });
    if !folder.is_empty() {
        // Without a slash at its end one file would be sent under the folder's name.
        configuration["remote_path"] = json!(format!("{}/", folder.trim_end_matches('/')));
    }
    job(&format!("Send {}", words(dropped)), step, configuration)
}

fn encrypting(dropped: &[DroppedPath], recipient: PgpKeyId) -> Result<JobDraft> {
    let configuration = json!({ "input_path": patterns(dropped), "recipient_key_ids": [recipient] });
    job(&format!("Encrypt {}", words(dropped)), StepType::PgpEncrypt, configuration)
}

fn watching(dropped: &[DroppedPath]) -> Result<MonitorDraft> {
    let folder = common_folder(dropped).ok_or_else(|| {
        let message = "These lie in different places. A monitor watches one folder.";
        AppError::problem("watch_target.path", "different_folders", message)
    })?;
    let recursive = dropped.iter().any(|one| Path::new(&one.folder) != folder);
    let file_patterns: Vec<String> = common_ending(dropped)
        .map(|ending| format!("{}*.{}", if recursive { "**/" } else { "" }, escape(ending)))
        .into_iter()
        .collect();
    let name = folder.file_name().map_or_else(|| folder.to_string_lossy(), |name| name.to_string_lossy());
    // What is left out is as in every new monitor.
    let draft = json!({
        "name": format!("Watch {name}"),
        "watch_target": { "type": "local", "path": folder.display().to_string() },
        "recursive": recursive,
        "file_patterns": file_patterns,
    });
    serde_json::from_value(draft).map_err(AppError::internal)
}

fn patterns(dropped: &[DroppedPath]) -> Vec<&str> {
    dropped.iter().map(|one| one.pattern.as_str()).collect()
}

fn job(name: &str, step: StepType, configuration: Value) -> Result<JobDraft> {
    let step =
        json!({ "name": step.spec().label, "type_key": step.as_str(), "configuration": configuration });
    // What is left out is as in every new job.
    let draft = serde_json::from_value::<JobDraft>(json!({ "name": name, "steps": [step] }));
    let mut draft = draft.map_err(AppError::internal)?;
    draft.fill_aliases();
    Ok(draft)
}

/// What it is, in the name of a job.
fn words(dropped: &[DroppedPath]) -> String {
    let folders = dropped.iter().filter(|one| one.is_directory).count();
    match dropped {
        [one] => one.name(),
        all if folders == all.len() => format!("{folders} folders"),
        all if folders == 0 => format!("{} files", all.len()),
        all => format!("{} files and folders", all.len()),
    }
}

/// The folder in which all of it is; nothing when that is only the disk as a whole.
fn common_folder(dropped: &[DroppedPath]) -> Option<PathBuf> {
    let mut folders = dropped.iter().map(|one| Path::new(&one.folder));
    let first = folders.next()?.to_owned();
    let common = folders.fold(first, |common, folder| {
        common.components().zip(folder.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    });
    let is_named = common.parent().is_some();
    (is_named || dropped.len() == 1).then_some(common)
}

/// What follows the last dot of every name, where all are files and it is the same.
fn common_ending(dropped: &[DroppedPath]) -> Option<&str> {
    let mut endings = dropped.iter().map(|one| {
        let ending = Path::new(&one.path).extension().and_then(|ending| ending.to_str());
        ending.filter(|_| !one.is_directory)
    });
    let first = endings.next()??;
    endings.all(|ending| ending == Some(first)).then_some(first)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use courier_domain::ErrorCode;
    use courier_domain::job::References;
    use courier_domain::pattern::PathPattern;

    fn file(path: &str) -> DroppedPath {
        DroppedPath::new(Path::new(path), false)
    }

    fn folder(path: &str) -> DroppedPath {
        DroppedPath::new(Path::new(path), true)
    }

    /// What is watched: the folder, whether those inside, too, and the patterns.
    fn watched(dropped: &[DroppedPath]) -> (String, bool, Vec<String>) {
        let draft = watching(dropped).unwrap();
        (draft.watch_target.path, draft.recursive, draft.file_patterns)
    }

    #[test]
    fn what_is_dropped_is_looked_at_once() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name).display().to_string();
        std::fs::write(at("a.csv"), "x").unwrap();
        std::fs::create_dir(at("in")).unwrap();
        let found = look(&[at("a.csv"), at("in"), at("in/"), at("a.csv")]).unwrap();
        assert_eq!(found, [file(&at("a.csv")), folder(&at("in"))]);
        assert_eq!(found[1].path, format!("{}/", at("in")));
        assert_eq!(found[0].folder, home.path().display().to_string());
        let gone = look(&[at("gone.csv")]).unwrap_err();
        assert_eq!(gone.code, ErrorCode::FileNotFound);
    }

    #[test]
    fn a_name_that_looks_like_a_pattern_or_an_expression_means_only_itself() {
        let odd = file("/in/{{ today }} [1]*.csv");
        assert!(!odd.pattern.contains("{{"), "{}", odd.pattern);
        assert_eq!(PathPattern(odd.pattern).literal().unwrap(), "/in/{{ today }} [1]*.csv");
    }

    #[test]
    fn one_step_sends_all_of_it_into_the_folder() {
        let connection = ConnectionId(uuid::Uuid::from_u128(7));
        let dropped = [file("/in/a.csv"), folder("/in/b")];
        for (protocol, step) in [
            (ConnectionProtocol::Sftp, "sftp.upload"),
            (ConnectionProtocol::Ftp, "ftp.upload"),
            (ConnectionProtocol::Ftps, "ftps.upload"),
        ] {
            let draft = uploading(&dropped, connection, protocol, "/out").unwrap();
            assert_eq!(draft.name, "Send 2 files and folders");
            assert_eq!(draft.steps.len(), 1);
            assert_eq!(draft.steps[0].type_key, step);
            assert_eq!(
                Value::Object(draft.steps[0].configuration.clone()),
                json!({ "connection_id": connection, "local_path": ["/in/a.csv", "/in/b/"], "remote_path": "/out/" })
            );
            let references =
                References { connections: [(connection, protocol)].into(), ..References::default() };
            assert_eq!(draft.check(&references).0, []);
        }
        let open = uploading(&dropped[..1], connection, ConnectionProtocol::Sftp, "").unwrap();
        assert_eq!(open.name, "Send a.csv");
        assert!(!open.steps[0].configuration.contains_key("remote_path"));
        let root = uploading(&dropped[..1], connection, ConnectionProtocol::Sftp, "/").unwrap();
        assert_eq!(root.steps[0].configuration["remote_path"], "/");
    }

    #[test]
    fn one_step_encrypts_all_of_it() {
        let recipient = PgpKeyId(uuid::Uuid::from_u128(7));
        let draft = encrypting(&[file("/in/a.csv"), file("/in/b.csv")], recipient).unwrap();
        assert_eq!(
            (draft.name.as_str(), draft.steps[0].type_key.as_str()),
            ("Encrypt 2 files", "pgp.encrypt")
        );
        let references = References { pgp_keys: [recipient].into(), ..References::default() };
        assert_eq!(draft.check(&references).0, []);
    }

    #[test]
    fn the_folder_of_the_files_is_watched_for_files_like_them() {
        let none = Vec::<String>::new;
        let only = |pattern: &str| vec![pattern.to_owned()];
        assert_eq!(watched(&[file("/in/a.csv")]), ("/in".into(), false, only("*.csv")));
        assert_eq!(watched(&[file("/in/a.csv"), file("/in/b.txt")]), ("/in".into(), false, none()));
        assert_eq!(watched(&[folder("/in/new.d/")]), ("/in/new.d".into(), false, none()));
        let apart = [file("/in/de/a.csv"), file("/in/at/b.csv")];
        assert_eq!(watched(&apart), ("/in".into(), true, only("**/*.csv")));
        assert_eq!(watched(&[file("/in/a.csv"), folder("/in/de")]), ("/in".into(), true, none()));
        assert_eq!(watching(&[folder("/in")]).unwrap().name, "Watch in");
    }

    #[test]
    fn what_lies_in_different_places_is_not_watched_by_one_monitor() {
        let error = watching(&[file("/in/a.csv"), file("/out/b.csv")]).unwrap_err();
        assert_eq!(error.problems[0].code, "different_folders");
    }
}
