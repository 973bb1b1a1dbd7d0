//! SFTP version 3 by hand, byte for byte, so that every field can lie.
//!
//! An honest answer is worked out first and then spoiled. There are two folders, `/in` with [`FILE`] and `/out` to
//! write into; what is written is counted and forgotten.

use crate::data::bytes;
use std::collections::HashMap;
use std::io::{Error, ErrorKind, Result};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What an SFTP server does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SftpMischief {
    /// Nothing: for the faults of the layers below.
    None,
    /// A shell's words instead of packets, without end.
    ShellText,
    /// Never answers, not even the first request.
    SilentFromTheStart,
    /// Answers the first request, then nothing.
    Silent,
    /// Files are said to be twice as long as they are.
    SizeTooLarge,
    /// Files are said to be half as long as they are.
    SizeTooSmall,
    /// Files are said to have 2^64-1 bytes.
    SizeMost,
    /// Files are said to have 2^63 bytes, and reading goes on for ever.
    FileWithoutEnd,
    /// Files are longer each time one looks.
    SizeGrows,
    /// No sizes at all.
    SizeUntold,
    /// Each answer to a read has one byte.
    OneByteReads,
    /// Each answer to a read is empty.
    EmptyReads,
    /// Each answer to a read is longer than what was asked for.
    MoreThanAsked,
    /// The end of the file comes in its middle.
    EndsEarly,
    /// The connection ends in the middle of a file.
    CutInTheMiddle,
    /// A folder with ever more names.
    ListingWithoutEnd,
    /// A folder with ever more names, all of them the same.
    SameNameForEver,
    /// Answers without names, without end.
    EmptyListingForEver,
    /// An answer that says to have 2^32-1 names.
    CountOfNamesLies,
    /// A name that says to be 4 GiB long.
    LengthOfNameLies,
    /// Names that are traps.
    BadNames,
    /// Each folder holds itself.
    FolderHoldsItself,
    /// Each folder holds two of itself.
    FolderHoldsItselfTwice,
    /// A link that leads to its own folder.
    LinkToItself,
    /// Answers carry the ids of other requests.
    WrongIds,
    /// Each answer comes three times.
    AnswersThrice,
    /// Answers of random bytes.
    Garbage,
    /// Answers of no bytes.
    EmptyPackets,
    /// An answer that says to be 4 GiB long.
    PacketOf4GiB,
    /// Each answer is of a kind that was not asked for.
    WrongKind,
    /// Packets that nobody asked for, without end, instead of answers.
    UnaskedForEver,
    /// Every request fails with 200 KiB of words, control characters among them.
    GiganticComplaint,
    /// Every request fails with 4 MiB of words.
    ComplaintOf4MiB,
    /// Every request fails with a code that does not exist.
    UnknownCode,
    /// Says that it takes requests of 0 bytes.
    LimitsOfZero,
    /// Says that it takes requests of 1 byte.
    LimitsOfOne,
    /// Says that it takes requests of 2^64-1 bytes.
    LimitsOfMost,
    /// Handles of 200 KiB.
    GiganticHandles,
    /// Handles that are not text.
    BinaryHandles,
    /// Thousands of extensions.
    ExtensionsByTheThousand,
    /// Another version of the protocol.
    VersionMost,
    /// Writing is never acknowledged.
    WritesUnanswered,
    /// Writing is acknowledged and forgotten.
    WritesForgotten,
    /// Says that a file is there under every name.
    EverythingIsThere,
}

use SftpMischief as M;

/// The one file of `/in`, and its length.
pub const FILE: &str = "/in/good.bin";
pub const LENGTH: usize = 3_000_000;

/// What [`FILE`] holds.
pub fn content() -> Vec<u8> {
    bytes(LENGTH, 41)
}

/// What [`SftpMischief::BadNames`] lists beside the one good name.
pub const BAD_NAMES: &[&[u8]] = &[
    b"/etc/passwd",
    b"../escaped",
    b"a/../../b",
    b"..\\escaped",
    b"C:\\Windows\\evil",
    b"nul\0byte",
    b"line\nfeed",
    b"\x1b[31mred",
    b"not\xff\xfeutf8",
    b"CON",
    b"nul.txt",
    b"",
    &[b'x'; 300],
];

const STATUS: u8 = 101;
const HANDLE: u8 = 102;
const DATA: u8 = 103;
const NAME: u8 = 104;
const ATTRS: u8 = 105;
const EXTENDED_REPLY: u8 = 201;

const OK: u32 = 0;
const EOF: u32 = 1;
const NO_SUCH_FILE: u32 = 2;
const UNSUPPORTED: u32 = 8;

const FILE_MODE: u32 = 0o100_644;
const FOLDER_MODE: u32 = 0o040_755;
const LINK_MODE: u32 = 0o120_777;

fn text(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(text);
}

fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(body.len() + 1).unwrap_or(u32::MAX).to_be_bytes().to_vec();
    out.push(kind);
    out.extend_from_slice(body);
    out
}

struct Request<'a> {
    kind: u8,
    id: u32,
    rest: &'a [u8],
}

impl<'a> Request<'a> {
    fn text(&mut self) -> &'a [u8] {
        let length = self.number() as usize;
        let (text, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, &[]));
        self.rest = rest;
        text
    }

    fn number(&mut self) -> u32 {
        let Some((number, rest)) = self.rest.split_first_chunk::<4>() else { return 0 };
        self.rest = rest;
        u32::from_be_bytes(*number)
    }

    fn long(&mut self) -> u64 {
        u64::from(self.number()) << 32 | u64::from(self.number())
    }
}

/// Serves one session until the client goes.
pub(super) async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    mischief: SftpMischief,
) -> Result<()> {
    let mut session =
        Session { mischief, content: content(), written: HashMap::new(), step: 0, listed: false };
    if mischief == M::ShellText {
        loop {
            stream.write_all(&b"Last login: today. You have new mail.\r\n".repeat(100)).await?;
        }
    }
    loop {
        let length = stream.read_u32().await?;
        let mut packet = vec![0; length.min(1 << 20) as usize];
        stream.read_exact(&mut packet).await?;
        let Some((&kind, rest)) = packet.split_first() else { return Ok(()) };
        if kind == 1 {
            if mischief != M::SilentFromTheStart {
                stream.write_all(&session.version()).await?;
            }
            continue;
        }
        let mut request = Request { kind, id: 0, rest };
        request.id = request.number();
        for answer in session.spoiled(&mut request)? {
            stream.write_all(&answer).await?;
        }
        if mischief == M::UnaskedForEver {
            let mut id = 1_000_000_u32;
            loop {
                id = id.wrapping_add(1);
                stream.write_all(&session.data(id, &[7; 8000])).await?;
            }
        }
    }
}

struct Session {
    mischief: SftpMischief,
    content: Vec<u8>,
    /// Lengths of what was uploaded.
    written: HashMap<Vec<u8>, u64>,
    /// Grows with every answer that must differ from the last.
    step: u64,
    /// The names of the open folder were told.
    listed: bool,
}

impl Session {
    fn version(&self) -> Vec<u8> {
        let mut body = if self.mischief == M::VersionMost { u32::MAX } else { 3 }.to_be_bytes().to_vec();
        text(&mut body, b"limits@openssh.com");
        text(&mut body, b"1");
        text(&mut body, b"posix-rename@openssh.com");
        text(&mut body, b"1");
        if self.mischief == M::ExtensionsByTheThousand {
            for n in 0..8000 {
                text(&mut body, format!("x{n}@hostile").as_bytes());
                text(&mut body, b"1");
            }
        }
        packet(2, &body)
    }

    fn status(id: u32, code: u32, message: &str) -> Vec<u8> {
        let mut body = id.to_be_bytes().to_vec();
        body.extend_from_slice(&code.to_be_bytes());
        text(&mut body, message.as_bytes());
        text(&mut body, b"en");
        packet(STATUS, &body)
    }

    fn data(&self, id: u32, data: &[u8]) -> Vec<u8> {
        let mut body = id.to_be_bytes().to_vec();
        text(&mut body, data);
        packet(DATA, &body)
    }

    /// Size, rights and times.
    fn attributes(&mut self, size: u64, mode: u32) -> Vec<u8> {
        let size = if mode != FILE_MODE {
            size
        } else {
            match self.mischief {
                M::SizeTooLarge => size * 2,
                M::SizeTooSmall => size / 2,
                M::SizeMost => u64::MAX,
                M::FileWithoutEnd => 1 << 63,
                M::SizeGrows => {
                    self.step += 1;
                    size + self.step
                }
                _ => size,
            }
        };
        let mut out = Vec::new();
        let untold = self.mischief == M::SizeUntold;
        out.extend_from_slice(&if untold { 0xC_u32 } else { 0xD }.to_be_bytes());
        if !untold {
            out.extend_from_slice(&size.to_be_bytes());
        }
        for number in [mode, 1_700_000_000, 1_700_000_000] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out
    }

    fn is_folder(&self, path: &[u8]) -> bool {
        let path = path.strip_suffix(b"/").unwrap_or(path);
        [&b""[..], b".", b"/in", b"/out"].contains(&path)
            || path.ends_with(b"/again")
            || path.ends_with(b"/twin")
    }

    fn look(&mut self, id: u32, path: &[u8]) -> Vec<u8> {
        let (size, mode) = if self.is_folder(path) {
            (4096, FOLDER_MODE)
        } else if path == FILE.as_bytes() {
            (self.content.len() as u64, FILE_MODE)
        } else if let Some(length) = self.written.get(path) {
            (*length, FILE_MODE)
        } else if self.mischief == M::EverythingIsThere {
            (0, FILE_MODE)
        } else {
            return Self::status(id, NO_SUCH_FILE, "no such file");
        };
        let mut body = id.to_be_bytes().to_vec();
        body.extend_from_slice(&self.attributes(size, mode));
        packet(ATTRS, &body)
    }

    fn handle(&self, id: u32, kind: u8, path: &[u8]) -> Vec<u8> {
        let mut handle = match self.mischief {
            M::BinaryHandles => vec![kind, 0xff, 0xfe, 0x80],
            _ => vec![kind],
        };
        handle.extend_from_slice(path);
        if self.mischief == M::GiganticHandles {
            handle.resize(200 * 1024, b'h');
        }
        let mut body = id.to_be_bytes().to_vec();
        text(&mut body, &handle);
        packet(HANDLE, &body)
    }

    fn names(&mut self, id: u32, names: &[(Vec<u8>, u32)]) -> Vec<u8> {
        let mut body = id.to_be_bytes().to_vec();
        let count = u32::try_from(names.len()).unwrap_or(u32::MAX);
        let count = if self.mischief == M::CountOfNamesLies { u32::MAX } else { count };
        body.extend_from_slice(&count.to_be_bytes());
        for (name, mode) in names {
            if self.mischief == M::LengthOfNameLies {
                body.extend_from_slice(&0xFFFF_FFF0_u32.to_be_bytes());
            }
            text(&mut body, name);
            text(&mut body, b"-rw-r--r-- 1 0 0 3000000 Jan 1 00:00 x");
            let size = if *mode == FILE_MODE { self.content.len() as u64 } else { 4096 };
            body.extend_from_slice(&self.attributes(size, *mode));
        }
        packet(NAME, &body)
    }

    fn listing(&mut self, id: u32) -> Vec<u8> {
        self.step += 1;
        let good = (b"good.bin".to_vec(), FILE_MODE);
        let names: Vec<(Vec<u8>, u32)> = match self.mischief {
            M::ListingWithoutEnd => {
                let first = self.step * 500;
                (0..500).map(|n| (format!("file-{:012}.csv", first + n).into_bytes(), FILE_MODE)).collect()
            }
            M::SameNameForEver => vec![good; 500],
            M::EmptyListingForEver => Vec::new(),
            _ if std::mem::replace(&mut self.listed, true) => return Self::status(id, EOF, "end"),
            M::BadNames => {
                let bad = BAD_NAMES.iter().map(|name| (name.to_vec(), FILE_MODE));
                let folders = [b"..".to_vec(), b"/tmp".to_vec()].map(|name| (name, FOLDER_MODE));
                bad.chain(folders).chain([good]).collect()
            }
            M::FolderHoldsItself => vec![good, (b"again".to_vec(), FOLDER_MODE)],
            M::FolderHoldsItselfTwice => {
                vec![good, (b"again".to_vec(), FOLDER_MODE), (b"twin".to_vec(), FOLDER_MODE)]
            }
            M::LinkToItself => vec![good, (b"again".to_vec(), LINK_MODE)],
            _ => vec![good],
        };
        self.names(id, &names)
    }

    fn read(&self, id: u32, offset: u64, length: u32) -> Result<Vec<u8>> {
        let end = match self.mischief {
            M::EndsEarly | M::CutInTheMiddle => self.content.len() / 2,
            _ => self.content.len(),
        };
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(end);
        let until = from.saturating_add(length as usize).min(end);
        Ok(match self.mischief {
            M::EmptyReads => self.data(id, &[]),
            M::FileWithoutEnd => self.data(id, &vec![0; length.min(32 * 1024) as usize]),
            M::CutInTheMiddle if from == end => return Err(Error::from(ErrorKind::ConnectionAborted)),
            _ if from == end => Self::status(id, EOF, "end"),
            M::OneByteReads => self.data(id, &self.content[from..from + 1]),
            M::MoreThanAsked => self.data(id, &vec![1; length as usize + 1]),
            _ => self.data(id, &self.content[from..until]),
        })
    }

    fn honest(&mut self, request: &mut Request<'_>) -> Result<Vec<u8>> {
        let id = request.id;
        let done = Self::status(id, OK, "done");
        let subject = request.text().to_vec();
        let path = subject.get(1..).unwrap_or_default().to_vec();
        let path = match self.mischief {
            M::BinaryHandles => path.get(3..).unwrap_or_default().to_vec(),
            _ => path,
        };
        Ok(match request.kind {
            3 => {
                let writes = request.number() & 2 != 0;
                self.opened(id, subject, writes)
            }
            5 => {
                let offset = request.long();
                self.read(id, offset, request.number())?
            }
            6 => {
                let offset = request.long();
                let length = request.text().len() as u64;
                if self.mischief == M::WritesUnanswered {
                    return Ok(Vec::new());
                }
                if self.mischief != M::WritesForgotten {
                    self.written.insert(path, offset + length);
                }
                done
            }
            7 | 17 => self.look(id, &subject),
            8 => self.look(id, &path),
            11 => {
                self.listed = false;
                self.handle(id, b'd', &subject)
            }
            12 => self.listing(id),
            13 => {
                self.written.remove(&subject);
                done
            }
            16 => self.names(id, &[(subject, FOLDER_MODE)]),
            18 => {
                let to = request.text().to_vec();
                self.renamed(&subject, to);
                done
            }
            200 if subject == b"limits@openssh.com" => self.limits(id),
            200 if subject == b"posix-rename@openssh.com" => {
                let (from, to) = (request.text().to_vec(), request.text().to_vec());
                self.renamed(&from, to);
                done
            }
            200 => Self::status(id, UNSUPPORTED, "no"),
            _ => done,
        })
    }

    fn opened(&mut self, id: u32, path: Vec<u8>, writes: bool) -> Vec<u8> {
        if writes {
            self.written.insert(path.clone(), 0);
            return self.handle(id, b'w', &path);
        }
        let is_there = path == FILE.as_bytes()
            || self.written.contains_key(&path)
            || self.mischief == M::EverythingIsThere;
        if is_there { self.handle(id, b'r', &path) } else { Self::status(id, NO_SUCH_FILE, "no such file") }
    }

    fn renamed(&mut self, from: &[u8], to: Vec<u8>) {
        if let Some(length) = self.written.remove(from) {
            self.written.insert(to, length);
        }
    }

    fn limits(&self, id: u32) -> Vec<u8> {
        let most = match self.mischief {
            M::LimitsOfZero => 0,
            M::LimitsOfOne => 1,
            M::LimitsOfMost => u64::MAX,
            _ => 255 * 1024,
        };
        let mut body = id.to_be_bytes().to_vec();
        for limit in [most.saturating_add(if most > 1 { 1024 } else { 0 }), most, most, most] {
            body.extend_from_slice(&limit.to_be_bytes());
        }
        packet(EXTENDED_REPLY, &body)
    }

    fn spoiled(&mut self, request: &mut Request<'_>) -> Result<Vec<Vec<u8>>> {
        let id = request.id;
        // Limits are asked for at the start: what spoils requests should not hide behind a failing start.
        let is_start = request.kind == 200 && request.rest.ends_with(b"limits@openssh.com");
        let answer = self.honest(request)?;
        Ok(match self.mischief {
            M::Silent if !is_start => Vec::new(),
            M::WrongIds if !is_start => {
                let mut answer = answer;
                if let Some(id) = answer.get_mut(5..9) {
                    id.copy_from_slice(&7_000_000_u32.to_be_bytes());
                }
                vec![answer]
            }
            M::AnswersThrice => vec![answer.clone(), answer.clone(), answer],
            M::Garbage if !is_start => vec![packet(0xEE, &bytes(5000, 3))],
            M::EmptyPackets if !is_start => vec![vec![0; 4]],
            M::PacketOf4GiB if !is_start => vec![vec![0xff; 4], vec![0; 9000]],
            M::WrongKind if !is_start => {
                let mut body = id.to_be_bytes().to_vec();
                text(&mut body, b"surprise");
                vec![packet(if request.kind == 5 { HANDLE } else { DATA }, &body)]
            }
            M::GiganticComplaint if !is_start => {
                vec![Self::status(id, 4, &"\u{1b}[31mno, no, no\r\n".repeat(10_000))]
            }
            M::ComplaintOf4MiB if !is_start => vec![Self::status(id, 4, &"no, no, ".repeat(512 * 1024))],
            M::UnknownCode if !is_start => vec![Self::status(id, 4_000_000_000, "odd")],
            _ => vec![answer],
        })
    }
}
