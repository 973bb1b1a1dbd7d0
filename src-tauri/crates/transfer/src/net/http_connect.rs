//! HTTP's CONNECT (RFC 9110, section 9.3.6) with Basic authentication (RFC 7617).
//!
//! Invariant: nothing behind the head of the proxy's answer is read, since that is the server's. The words of the
//! answer are not shown: a proxy could repeat there what it was sent.

use super::proxy::{Login, Refusal};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

/// The longest head of an answer.
const HEAD: usize = 16 * 1024;
const FIELDS: usize = 100;

/// Asks the proxy at the other end of `stream` to connect to `server`, a host and port.
pub(super) async fn connect(
    stream: &mut TcpStream,
    server: &str,
    login: Option<&Login<'_>>,
) -> Result<(), Refusal> {
    let request = request(server, login)?;
    let broken =
        |error: std::io::Error| Refusal::Proxy { detail: HUNG_UP.to_owned(), cause: Some(Box::new(error)) };
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    let head = head(stream).await?;
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut answer = httparse::Response::new(&mut fields);
    let code = match answer.parse(&head) {
        Ok(_) => answer.code.ok_or_else(|| Refusal::proxy(NO_HTTP))?,
        Err(error) => {
            return Err(Refusal::Proxy { detail: NO_HTTP.to_owned(), cause: Some(Box::new(error)) });
        }
    };
    judge(code, answer.headers, login.is_some())
}

const HUNG_UP: &str =
    "it hung up without an answer. Check its port and kind, and whether it serves this machine.";
const NO_HTTP: &str = "it does not answer in HTTP. Check its port and its kind.";

fn request(server: &str, login: Option<&Login<'_>>) -> Result<Zeroizing<String>, Refusal> {
    if server.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(Refusal::proxy("the host has characters that no name has. Check the host."));
    }
    let mut text = Zeroizing::new(String::with_capacity(1024));
    text.push_str(&format!("CONNECT {server} HTTP/1.1\r\nHost: {server}\r\n"));
    if let Some(Login { user, password }) = login {
        let both = Zeroizing::new(format!("{user}:{password}"));
        let coded = Zeroizing::new(STANDARD.encode(both.as_bytes()));
        text.push_str("Proxy-Authorization: Basic ");
        text.push_str(&coded);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    Ok(text)
}

/// The answer up to its empty line, and not a byte more.
async fn head(stream: &mut TcpStream) -> Result<Vec<u8>, Refusal> {
    let mut head = Vec::with_capacity(256);
    while head.len() < HEAD {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(error) => {
                return Err(Refusal::Proxy { detail: HUNG_UP.to_owned(), cause: Some(Box::new(error)) });
            }
        }
        let start = &head[..head.len().min(5)];
        if !b"HTTP/".starts_with(start) {
            return Err(Refusal::proxy(NO_HTTP));
        }
        if head.ends_with(b"\r\n\r\n") || head.ends_with(b"\n\n") {
            return Ok(head);
        }
    }
    Err(Refusal::proxy("its answer has no end. Check its port and its kind."))
}

fn judge(code: u16, fields: &[httparse::Header<'_>], has_login: bool) -> Result<(), Refusal> {
    Err(match code {
        200..=299 => return Ok(()),
        407 if !takes_basic(fields) => Refusal::proxy(
            "it asks for a login of another kind than user and password (Basic). Ask the proxy's administrator.",
        ),
        407 if has_login => Refusal::proxy("it does not accept user and password. Check both."),
        407 => Refusal::proxy("it asks for user and password. Enter both."),
        403 => Refusal::proxy(
            "its rules do not allow this server and port (it answered 403). Ask the proxy's administrator.",
        ),
        400 | 405 | 501 => Refusal::proxy(format!(
            "it makes no connections to servers (it answered {code}). Check that it is a proxy and allows CONNECT."
        )),
        502..=504 => Refusal::Unreachable(format!("it did not come through (it answered {code})")),
        _ => Refusal::proxy(format!("it answered {code}. Ask the proxy's administrator.")),
    })
}

/// Whether user and password are of use. A proxy that names no way at all is taken for one that wants them.
fn takes_basic(fields: &[httparse::Header<'_>]) -> bool {
    let mut ways = fields.iter().filter(|f| f.name.eq_ignore_ascii_case("proxy-authenticate")).peekable();
    let basic = |value: &[u8]| {
        let text = String::from_utf8_lossy(value).to_lowercase();
        text.split([',', ' ']).any(|word| word == "basic")
    };
    ways.peek().is_none() || ways.any(|way| basic(way.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_go_in_a_field_of_their_own() {
        let login = Login { user: "Aladdin", password: "open sesame" };
        let text = request("h:22", Some(&login)).ok().unwrap();
        assert_eq!(
            *text,
            "CONNECT h:22 HTTP/1.1\r\nHost: h:22\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"
        );
        assert_eq!(
            *request("[::1]:22", None).ok().unwrap(),
            "CONNECT [::1]:22 HTTP/1.1\r\nHost: [::1]:22\r\n\r\n"
        );
        assert!(request("h\r\nX: y:22", None).is_err());
    }

    #[test]
    fn answers_are_told_by_their_codes() {
        let way =
            |value: &'static str| [httparse::Header { name: "Proxy-Authenticate", value: value.as_bytes() }];
        let detail = |code, fields: &[httparse::Header<'_>], has_login| match judge(code, fields, has_login) {
            Ok(()) => "connected".to_owned(),
            Err(Refusal::Refused) => "refused".to_owned(),
            Err(Refusal::Unreachable(what)) => format!("unreachable: {what}"),
            Err(Refusal::Proxy { detail, .. }) => detail,
        };
        assert_eq!(detail(200, &[], false), "connected");
        assert!(detail(407, &way("Basic realm=\"x\""), false).starts_with("it asks for user and password"));
        assert!(detail(407, &way("Basic realm=\"x\""), true).starts_with("it does not accept"));
        assert!(detail(407, &way("NTLM"), true).starts_with("it asks for a login of another kind"));
        assert!(detail(403, &[], true).contains("its rules"));
        assert!(detail(502, &[], true).starts_with("unreachable"));
        assert!(detail(302, &[], true).contains("answered 302"));
    }
}
