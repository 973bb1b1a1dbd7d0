//! `file.checksum`: checksums of files, compared with what they must be, and written down as `sha256sum` does.

use super::pgp_files::at_once;
use super::several::several;
use crate::amount::amount;
use crate::context::{BlockingWork, Made, Outcome, StepContext};
use crate::error::StepError;
use crate::local::{self, LocalFile};
use crate::publish::{self, Decision};
use crate::workspace::Workspace;
use courier_domain::ErrorCode;
use courier_domain::step::{ChecksumAlgorithm, FileChecksum};
use courier_store::LogLevel;
use courier_transfer::escaped;
use futures::FutureExt;
use md5::Md5;
use serde_json::json;
use sha2::{Digest, Sha256, Sha512};
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const BLOCK: usize = 1 << 20;
/// A file of checksums is read whole.
const LONGEST_LIST: u64 = 64 << 20;

pub(crate) async fn run(context: &StepContext, params: FileChecksum) -> Result<Outcome, StepError> {
    let (patterns, workspace) = (params.path.clone(), context.workspace.clone());
    let (text, algorithm) = (params.expected.clone(), params.algorithm);
    let (files, expected) = context
        .blocking(move |_| {
            let expected = text.map(|text| Expected::read(&text, algorithm, &workspace)).transpose()?;
            let mut files = local::select_all(&patterns, &workspace)?;
            if let Some(list) = expected.as_ref().and_then(|e| e.list.as_ref()) {
                // A folder with its list of checksums: the list is not one of the files.
                files.retain(|file| file.path != *list);
            }
            Ok((files, expected))
        })
        .await?;
    if let Some(Expected { one: Some(_), .. }) = &expected
        && files.len() > 1
    {
        let message = format!("expected: one checksum cannot be that of {} files.", files.len());
        return Err(StepError::new(ErrorCode::Validation, message));
    }
    context.progress.expect(files.iter().map(|f| f.size).sum());
    let expected = Arc::new(expected);
    let sums = several(
        context,
        at_once(),
        files,
        |file| file.path.to_string_lossy().into_owned(),
        |file| check(context, file, algorithm, expected.clone()).boxed(),
    )
    .await?
    .verdict(context, &[], "found right")?;
    if let Some(list) = expected.as_ref().as_ref().and_then(|e| e.missing(&sums)) {
        return Err(StepError::new(ErrorCode::FileNotFound, list));
    }

    let bytes = sums.iter().map(|sum| sum.size).sum();
    let mut made: Vec<Made> = sums.iter().map(|sum| Made::at(&sum.path)).collect();
    if let Some(path) = &params.write_to {
        let written = write(context, context.workspace.join(path), &sums, &params).await?;
        made.push(Made::at(written));
    }
    let mut outcome = Outcome::files(made, bytes);
    // Only the list is of this step's making.
    outcome.checked = outcome.made.drain(..sums.len()).collect();
    outcome.outputs.insert("file_count".into(), sums.len().into());
    outcome.outputs.insert("checksum".into(), sums.first().map(|sum| sum.checksum.clone()).into());
    let values = sums.iter().map(|sum| {
        let name = sum.path.file_name().unwrap_or_default().to_string_lossy();
        json!({ "name": name, "path": sum.path.to_string_lossy(), "size": sum.size, "checksum": sum.checksum })
    });
    outcome.outputs.insert("checksums".into(), values.collect::<Vec<_>>().into());
    Ok(outcome)
}

/// A file and its checksum.
#[derive(Debug, Clone)]
struct Sum {
    path: PathBuf,
    relative: PathBuf,
    size: u64,
    /// Lower-case hex.
    checksum: String,
}

async fn check(
    context: &StepContext,
    file: LocalFile,
    algorithm: ChecksumAlgorithm,
    expected: Arc<Option<Expected>>,
) -> Result<Sum, StepError> {
    let sum = context
        .blocking(move |work| {
            let (checksum, size) = match algorithm {
                ChecksumAlgorithm::Sha256 => digest::<Sha256>(&file.path, work),
                ChecksumAlgorithm::Sha512 => digest::<Sha512>(&file.path, work),
                ChecksumAlgorithm::Md5 => digest::<Md5>(&file.path, work),
            }?;
            Ok(Sum { path: file.path, relative: file.relative, size, checksum })
        })
        .await?;
    let name = sum.path.to_string_lossy().into_owned();
    match expected.as_ref() {
        Some(expected) => {
            let wanted = expected.of(&sum).ok_or_else(|| {
                let message = format!("{} is not in the list of checksums.", escaped(&name));
                StepError::new(ErrorCode::VerificationFailed, message)
            })?;
            if *wanted != sum.checksum {
                return Err(StepError::new(
                    ErrorCode::VerificationFailed,
                    format!(
                        "{} has the {algorithm} {} instead of {wanted}: it is damaged, or another file. Get it again.",
                        escaped(&name),
                        sum.checksum
                    ),
                ));
            }
            context.log(LogLevel::Info, Some(&name), format!("{algorithm} is right: {}.", sum.checksum));
        }
        None => {
            let line = format!("{algorithm} {} ({}).", sum.checksum, amount(sum.size));
            context.log(LogLevel::Info, Some(&name), line);
        }
    }
    Ok(sum)
}

fn digest<D: Digest>(path: &Path, work: &BlockingWork) -> Result<(String, u64), StepError> {
    let mut file = File::open(path).map_err(|e| StepError::io("read", path, e))?;
    let name = path.to_string_lossy();
    let (mut hash, mut block, mut size) = (D::new(), vec![0; BLOCK], 0);
    loop {
        if work.cancel.is_cancelled() {
            return Err(StepError::cancelled());
        }
        let read = match file.read(&mut block) {
            Ok(0) => return Ok((hex::encode(hash.finalize()), size)),
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(StepError::io("read", path, error)),
        };
        hash.update(block.get(..read).unwrap_or_default());
        size += read as u64;
        work.progress.file(&name, size);
    }
}

/// What checksums must be.
#[derive(Debug)]
pub(crate) struct Expected {
    /// Of the one file.
    pub(crate) one: Option<String>,
    /// By name, as the list has them.
    named: HashMap<String, String>,
    /// The file that the list was read from.
    pub(crate) list: Option<PathBuf>,
}

impl Expected {
    /// A checksum, the lines of a list, or the path of a file with such lines.
    pub(crate) fn read(
        text: &str,
        algorithm: ChecksumAlgorithm,
        workspace: &Workspace,
    ) -> Result<Self, StepError> {
        let length = length(algorithm);
        if let Some(one) = checksum(text.trim(), length) {
            return Ok(Self { one: Some(one), named: HashMap::new(), list: None });
        }
        let unreadable = |what: &str| {
            StepError::new(
                ErrorCode::Validation,
                format!(
                    "expected: {what} is neither a {algorithm} checksum ({length} hexadecimal digits) nor a list of checksum and name on each line."
                ),
            )
        };
        if let Some(named) = lines(text, length) {
            return Ok(Self { one: None, named, list: None });
        }
        if text.contains('\n') {
            return Err(unreadable("the text"));
        }
        let path = workspace.join(text.trim());
        let failed = |e| StepError::io("read", &path, e);
        let mut content = String::new();
        let file = File::open(&path).map_err(failed)?;
        file.take(LONGEST_LIST).read_to_string(&mut content).map_err(failed)?;
        let shown = escaped(&path.to_string_lossy());
        if let Some(one) = checksum(content.trim(), length) {
            return Ok(Self { one: Some(one), named: HashMap::new(), list: Some(path) });
        }
        let named = lines(&content, length).ok_or_else(|| unreadable(&shown))?;
        Ok(Self { one: None, named, list: Some(path) })
    }

    /// By its path below what was named, or by its name alone.
    fn of(&self, sum: &Sum) -> Option<&String> {
        if self.one.is_some() {
            return self.one.as_ref();
        }
        let name = sum.path.file_name().unwrap_or_default().to_string_lossy();
        let below = self.list.as_ref().and_then(|list| sum.path.strip_prefix(list.parent()?).ok());
        [Some(&*sum.path), below, Some(&*sum.relative)]
            .into_iter()
            .flatten()
            .find_map(|path| self.named.get(&*path.to_string_lossy()))
            .or_else(|| self.named.get(&*name))
    }

    /// What the list names and nobody has brought, in words.
    fn missing(&self, sums: &[Sum]) -> Option<String> {
        let met: Vec<String> = sums
            .iter()
            .filter_map(|sum| Some(sum.path.file_name()?.to_string_lossy().into_owned()))
            .collect();
        let mut missing: Vec<&str> = self
            .named
            .keys()
            .filter(|name| !met.iter().any(|met| name.rsplit('/').next() == Some(met)))
            .map(String::as_str)
            .collect();
        missing.sort_unstable();
        let first: Vec<String> = missing.iter().take(5).map(|name| escaped(name)).collect();
        (!missing.is_empty()).then(|| {
            format!("{} of the list of checksums are not there: {}.", missing.len(), first.join(", "))
        })
    }
}

/// Hexadecimal digits of a checksum.
fn length(algorithm: ChecksumAlgorithm) -> usize {
    match algorithm {
        ChecksumAlgorithm::Sha256 => 64,
        ChecksumAlgorithm::Sha512 => 128,
        ChecksumAlgorithm::Md5 => 32,
    }
}

fn checksum(text: &str, length: usize) -> Option<String> {
    let is_one = text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_one.then(|| text.to_ascii_lowercase())
}

/// `<checksum>  <name>`, with a star before the name for binary, or `SHA256 (<name>) = <checksum>`; empty lines and
/// remarks are passed over. `None` when some line is neither, or there is none.
fn lines(text: &str, length: usize) -> Option<HashMap<String, String>> {
    let mut named = HashMap::new();
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim_end) {
        if line.is_empty() || line.starts_with('#') || line.starts_with(';') {
            continue;
        }
        let (sum, name) = match line.split_once(") = ") {
            Some((head, sum)) => (sum, head.split_once(" (")?.1.to_owned()),
            None => {
                let (escaped, line) = match line.strip_prefix('\\') {
                    Some(rest) => (true, rest),
                    None => (false, line),
                };
                let (sum, name) = line.split_once(' ')?;
                let name = name.strip_prefix([' ', '*']).unwrap_or(name);
                let name = name.strip_prefix("./").unwrap_or(name);
                (sum, if escaped { unescape(name) } else { name.to_owned() })
            }
        };
        named.insert(name, checksum(sum, length)?);
    }
    (!named.is_empty()).then_some(named)
}

/// Names with line ends and backslashes are written with escapes and a backslash before the line.
fn escape(name: &str) -> Option<String> {
    name.contains(['\\', '\n', '\r'])
        .then(|| name.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r"))
}

fn unescape(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut chars = name.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some(other)) => out.push(other),
            (c, _) => out.push(c),
        }
    }
    out
}

async fn write(
    context: &StepContext,
    path: PathBuf,
    sums: &[Sum],
    params: &FileChecksum,
) -> Result<PathBuf, StepError> {
    let (owner, overwrite, sums) = (context.owner(), params.overwrite, sums.to_vec());
    let decided = context
        .blocking(move |_| {
            let target = match publish::decide(&path, overwrite, None)? {
                Decision::Keep(there) => return Ok((None, there)),
                Decision::Write(target) => target,
            };
            publish::make_parents(&target)?;
            let temporary = publish::temporary(&target, owner);
            let folder = target.parent().unwrap_or(Path::new("")).to_owned();
            let mut text = String::new();
            for sum in &sums {
                let name = sum.path.strip_prefix(&folder).unwrap_or(&sum.path).to_string_lossy().into_owned();
                match escape(&name) {
                    Some(name) => text.push_str(&format!("\\{}  {name}\n", sum.checksum)),
                    None => text.push_str(&format!("{}  {name}\n", sum.checksum)),
                }
            }
            let written = File::create_new(&temporary).and_then(|mut file| file.write_all(text.as_bytes()));
            if let Err(error) = written {
                publish::remove(&temporary);
                return Err(StepError::io("write", &target, error));
            }
            Ok((Some(temporary), target))
        })
        .await?;
    match decided {
        (None, there) => Ok(there),
        (Some(temporary), target) => {
            context.publish(temporary, target.clone(), overwrite).await?;
            Ok(target)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_the_usual_programs_write_them() {
        let (a, b) = ("a".repeat(64), "B".repeat(64));
        let text = format!(
            "# remark\n{a}  plain name.csv\n{b} *binary.bin\n\\{a}  odd\\nname\nSHA256 (bsd.txt) = {b}\n"
        );
        let named = lines(&text, 64).unwrap();
        assert_eq!(named["plain name.csv"], a);
        assert_eq!(named["binary.bin"], b.to_lowercase());
        assert_eq!((&named["odd\nname"], &named["bsd.txt"]), (&a, &b.to_lowercase()));
        assert_eq!(lines("hello world\n", 64), None);
        assert_eq!(lines(&format!("{a}  x\n{}  y\n", &a[..63]), 64), None);
        assert_eq!(lines("", 64), None);
    }

    #[test]
    fn escapes_come_back() {
        for name in ["a\nb", "a\\nb", "\\", "a\r\n"] {
            assert_eq!(unescape(&escape(name).unwrap()), name);
        }
        assert_eq!(escape("plain"), None);
    }
}
