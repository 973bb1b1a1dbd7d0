//! The server's own checksum of a file, by the extension `check-file` (draft-ietf-secsh-filexfer-extensions-00,
//! ProFTPD's mod_sftp).

use super::error::request;
use super::line::Line;
use crate::TransferError;
use russh_sftp::protocol::Packet;

const SHA256: &[u8] = b"sha256";

/// Lower-case hex. `None` when the server does not make one, for whatever reason: reading back is the other way.
pub(crate) async fn sha256(line: &Line, path: &str) -> Result<Option<String>, TransferError> {
    let mut data = Vec::with_capacity(path.len() + SHA256.len() + 28);
    for text in [path.as_bytes(), SHA256] {
        let Ok(length) = u32::try_from(text.len()) else { return Ok(None) };
        data.extend_from_slice(&length.to_be_bytes());
        data.extend_from_slice(text);
    }
    // From the beginning, to the end, as one block.
    data.extend_from_slice(&[0; 8 + 8 + 4]);
    match line.ask(line.raw.extended("check-file-name", data)).await {
        Ok(Packet::ExtendedReply(reply)) => Ok(read(&reply.data).map(hex::encode)),
        Ok(_) => Ok(None),
        Err(error) => match request(error, "asking for the checksum of", path) {
            lost if lost.is_lost() => Err(lost),
            error => {
                tracing::debug!(%error, "the server makes no checksum");
                Ok(None)
            }
        },
    }
}

/// The reply is the algorithm's name and the hash, after the extension's own name where the draft is kept to.
fn read(reply: &[u8]) -> Option<&[u8; 32]> {
    let rest = text(reply, b"check-file").unwrap_or(reply);
    text(rest, SHA256)?.try_into().ok()
}

/// What follows the length-prefixed `expected`.
fn text<'a>(data: &'a [u8], expected: &[u8]) -> Option<&'a [u8]> {
    let (length, rest) = data.split_first_chunk::<4>()?;
    let found = rest.get(..u32::from_be_bytes(*length) as usize)?;
    (found == expected).then(|| &rest[found.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(texts: &[&str], hash: &[u8]) -> Vec<u8> {
        let mut data = Vec::new();
        for text in texts {
            data.extend_from_slice(&(text.len() as u32).to_be_bytes());
            data.extend_from_slice(text.as_bytes());
        }
        data.extend_from_slice(hash);
        data
    }

    #[test]
    fn both_forms_of_the_reply_are_understood() {
        assert_eq!(read(&reply(&["sha256"], &[7; 32])), Some(&[7; 32]));
        assert_eq!(read(&reply(&["check-file", "sha256"], &[7; 32])), Some(&[7; 32]));
    }

    #[test]
    fn another_algorithm_or_length_is_no_checksum() {
        assert_eq!(read(&reply(&["md5"], &[7; 16])), None);
        assert_eq!(read(&reply(&["sha256"], &[7; 31])), None);
        assert_eq!(read(&reply(&["sha256"], &[7; 64])), None);
        assert_eq!(read(&[0, 0, 1, 0, 7]), None);
        assert_eq!(read(&[]), None);
    }
}
