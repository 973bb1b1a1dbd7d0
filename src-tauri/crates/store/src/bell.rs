//! Rings when somebody writes to a file, where the system can tell (Linux's inotify).
//!
//! It rings once: whoever is busy with what was written is not told of every further piece, and sets it again when there
//! is nothing left to do. The file is not opened, because closing it would give up the locks that SQLite has on it.

#[cfg(target_os = "linux")]
pub(crate) use linux::Bell;
#[cfg(not(target_os = "linux"))]
pub(crate) use none::Bell;

#[cfg(target_os = "linux")]
mod linux {
    use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
    use std::io;
    use std::os::fd::AsFd;
    use std::path::Path;
    use tokio::net::unix::pipe::Receiver;

    /// Read like a pipe that the kernel writes to.
    #[derive(Debug)]
    pub(crate) struct Bell(Receiver);

    impl Bell {
        pub(crate) fn new() -> io::Result<Self> {
            let descriptor = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
            Ok(Self(Receiver::from_owned_fd_unchecked(descriptor)?))
        }

        /// From now on the first write rings.
        pub(crate) fn set(&self, file: &Path) -> io::Result<()> {
            Ok(inotify::add_watch(self.0.as_fd(), file, WatchFlags::MODIFY | WatchFlags::ONESHOT)
                .map(drop)?)
        }

        pub(crate) async fn rung(&self) -> io::Result<()> {
            self.0.readable().await?;
            // What it says is known; it must only be empty again.
            let mut told = [0; 512];
            loop {
                match self.0.try_read(&mut told) {
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                    Err(error) => return Err(error),
                }
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod none {
    use std::io;
    use std::path::Path;

    #[derive(Debug)]
    pub(crate) struct Bell;

    impl Bell {
        pub(crate) fn new() -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub(crate) fn set(&self, _file: &Path) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub(crate) async fn rung(&self) -> io::Result<()> {
            std::future::pending().await
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::Bell;
    use std::io::Write;
    use tokio::time::{Duration, timeout};

    #[tokio::test]
    async fn it_rings_once_for_what_is_written_after_it_was_set() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let bell = Bell::new().unwrap();
        assert!(bell.set(&path).is_err(), "there is no such file yet");
        let mut file = std::fs::File::create(&path).unwrap();
        let quiet = Duration::from_millis(20);
        for round in 0..3 {
            file.write_all(b"before").unwrap();
            assert!(timeout(quiet, bell.rung()).await.is_err(), "{round}: nobody had set it");
            bell.set(&path).unwrap();
            bell.set(&path).unwrap();
            file.write_all(b"one").unwrap();
            file.write_all(b"two").unwrap();
            timeout(Duration::from_secs(10), bell.rung()).await.unwrap().unwrap();
        }
    }
}
