//! A temporary folder with the calls that every test makes.

use courier_archive::{
    ArchiveError, Control, CreateRequest, Created, ExtractRequest, Extracted, Format, Limits, SourceFile,
    create, extract,
};
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub(crate) struct Workbench {
    folder: TempDir,
}

/// How to unpack; `Default` takes everything under the default limits.
#[derive(Default)]
pub(crate) struct Unpack<'a> {
    pub(crate) password: Option<&'a str>,
    pub(crate) include: &'a [&'a str],
    pub(crate) exclude: &'a [&'a str],
    pub(crate) flatten: bool,
    pub(crate) limits: Limits,
}

impl Workbench {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, data: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, data).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Packs to `out.zip`.
    pub(crate) fn pack(
        &self,
        sources: &[SourceFile],
        password: Option<&str>,
    ) -> Result<Created, ArchiveError> {
        let cancel = CancellationToken::new();
        self.pack_under(sources, password, &Control { cancel: &cancel, progress: &|_| {} })
    }

    /// Packs to `out.zip.001` and so on.
    pub(crate) fn pack_in_parts(
        &self,
        sources: &[SourceFile],
        password: Option<&str>,
        max_part_bytes: Option<u64>,
    ) -> Result<Created, ArchiveError> {
        let cancel = CancellationToken::new();
        self.pack_to(sources, password, max_part_bytes, &Control { cancel: &cancel, progress: &|_| {} })
    }

    pub(crate) fn pack_under(
        &self,
        sources: &[SourceFile],
        password: Option<&str>,
        control: &Control<'_>,
    ) -> Result<Created, ArchiveError> {
        self.pack_to(sources, password, None, control)
    }

    fn pack_to(
        &self,
        sources: &[SourceFile],
        password: Option<&str>,
        max_part_bytes: Option<u64>,
        control: &Control<'_>,
    ) -> Result<Created, ArchiveError> {
        self.make("out.zip", Format::Zip, sources, password, max_part_bytes, control)
    }

    /// Packs to a name of its own.
    pub(crate) fn pack_as(
        &self,
        name: &str,
        format: Format,
        sources: &[SourceFile],
        password: Option<&str>,
        max_part_bytes: Option<u64>,
    ) -> Result<Created, ArchiveError> {
        let cancel = CancellationToken::new();
        let control = Control { cancel: &cancel, progress: &|_| {} };
        self.make(name, format, sources, password, max_part_bytes, &control)
    }

    pub(crate) fn make(
        &self,
        name: &str,
        format: Format,
        sources: &[SourceFile],
        password: Option<&str>,
        max_part_bytes: Option<u64>,
        control: &Control<'_>,
    ) -> Result<Created, ArchiveError> {
        let output_temp = &self.path(name);
        let verify = true;
        let request =
            CreateRequest { output_temp, sources, format, level: None, password, verify, max_part_bytes };
        create(&request, control)
    }

    /// Unpacks into `unpacked`.
    pub(crate) fn unpack(&self, archive: &str, how: &Unpack<'_>) -> Result<Extracted, ArchiveError> {
        let cancel = CancellationToken::new();
        self.unpack_under(archive, how, &Control { cancel: &cancel, progress: &|_| {} })
    }

    pub(crate) fn unpack_under(
        &self,
        archive: &str,
        how: &Unpack<'_>,
        control: &Control<'_>,
    ) -> Result<Extracted, ArchiveError> {
        let request = ExtractRequest {
            archive: &self.path(archive),
            into: &self.path("unpacked"),
            format: None,
            password: how.password,
            include: &globs(how.include),
            exclude: &globs(how.exclude),
            flatten: how.flatten,
            limits: how.limits,
        };
        extract(&request, control)
    }

    /// Unpacks what must be refused, and makes sure that nothing is left of it, inside or beside.
    pub(crate) fn refusal(&self, archive: &str, how: &Unpack<'_>) -> ArchiveError {
        let before = self.names();
        let error = self.unpack(archive, how).expect_err("the archive must be refused");
        assert_eq!(self.names(), before, "something was left behind after: {error}");
        error
    }

    /// Every path below the folder.
    pub(crate) fn names(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, names: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.symlink_metadata().unwrap().is_dir() {
                    walk(&path, names);
                }
                names.push(path);
            }
        }
        let mut names = Vec::new();
        walk(self.folder.path(), &mut names);
        names.sort();
        names
    }

    /// Runs another program in the folder. It must be installed.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path());
        command.output().unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"))
    }

    pub(crate) fn run_well(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.run(program, arguments);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {text}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        text
    }
}

pub(crate) fn globs(patterns: &[&str]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).unwrap());
    }
    set.build().unwrap()
}

/// Bytes that do not shrink, the same every time.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .collect()
}
