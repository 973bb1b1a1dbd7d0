//! The desktop's file manager, over D-Bus as freedesktop.org specifies it; where none answers, whatever the desktop
//! opens folders with.

use super::{Place, nobody};
use courier_app::Result;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::Command;
use url::Url;
use zbus::connection::Builder;
use zbus::proxy::Proxy;

const MANAGER: &str = "org.freedesktop.FileManager1";
const PATH: &str = "/org/freedesktop/FileManager1";
/// A file manager may have to be started first.
const PATIENCE: Duration = Duration::from_secs(10);
/// What opens folders either ends at once or becomes the file manager itself.
const OPENING: Duration = Duration::from_secs(3);
const OPENER: &str = "xdg-open";

pub(super) async fn show(place: &Place) -> Result<()> {
    let Err(error) = ask(place).await else { return Ok(()) };
    tracing::info!(%error, "no file manager answers on the session bus");
    match open(OPENER.as_ref(), folder_of(place), OPENING).await {
        Ok(None) => Ok(()),
        Ok(Some(status)) if status.success() => Ok(()),
        Ok(Some(status)) => Err(nobody(place).with("cause", format!("{OPENER}: {status}"))),
        Err(error) => Err(nobody(place).with("cause", format!("{OPENER}: {error}"))),
    }
}

async fn ask(place: &Place) -> zbus::Result<()> {
    let (method, uri) = request(place)?;
    let bus = Builder::session().method_timeout(PATIENCE).build().await?;
    let manager = Proxy::new_owned(bus, MANAGER, PATH, MANAGER).await?;
    // The second is the id of a start that somebody else began.
    manager.call::<_, _, ()>(method, &(vec![uri], "")).await
}

fn request(place: &Place) -> zbus::Result<(&'static str, String)> {
    let (method, uri) = match place {
        Place::File(path) => ("ShowItems", Url::from_file_path(path)),
        Place::Folder(path) => ("ShowFolders", Url::from_directory_path(path)),
    };
    let uri = uri.map_err(|()| zbus::Error::Failure("the path has no address".into()))?;
    Ok((method, uri.into()))
}

/// Always a folder, so that no file is opened with the program of its kind.
fn folder_of(place: &Place) -> &Path {
    match place {
        Place::File(path) => path.parent().unwrap_or(path),
        Place::Folder(path) => path,
    }
}

/// How the opener ended; nothing when it still runs, and shows the folder itself.
async fn open(opener: &OsStr, folder: &Path, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let mut opening = Command::new(opener)
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    match tokio::time::timeout(limit, opening.wait()).await {
        Ok(ended) => ended.map(Some),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_its_address_and_so_is_a_folder() {
        let file = Place::File("/data/in/50% #1 ü.csv".into());
        let address = "file:///data/in/50%25%20%231%20%C3%BC.csv".to_owned();
        assert_eq!(request(&file).unwrap(), ("ShowItems", address));
        let folder = Place::Folder("/data/in".into());
        assert_eq!(request(&folder).unwrap(), ("ShowFolders", "file:///data/in/".to_owned()));
    }

    #[test]
    fn the_opener_is_given_a_folder_only() {
        assert_eq!(folder_of(&Place::File("/data/in/run.sh".into())), Path::new("/data/in"));
        assert_eq!(folder_of(&Place::Folder("/data/in".into())), Path::new("/data/in"));
    }

    #[tokio::test]
    async fn an_opener_that_stays_has_opened_it_and_one_that_fails_has_not() {
        let limit = Duration::from_secs(60);
        let ended = open("false".as_ref(), Path::new("/"), limit).await.unwrap();
        assert!(!ended.unwrap().success());
        assert!(open("no-such-opener".as_ref(), Path::new("/"), limit).await.is_err());
        // `cat` of a pipe that nobody writes to stays until it is given up on.
        let home = tempfile::tempdir().unwrap();
        let pipe = home.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(open("cat".as_ref(), &pipe, Duration::ZERO).await.unwrap(), None);
        drop(std::fs::OpenOptions::new().write(true).open(&pipe).unwrap());
    }
}
