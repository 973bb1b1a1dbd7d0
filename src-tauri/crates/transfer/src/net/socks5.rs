//! SOCKS5 (RFC 1928) with user and password (RFC 1929), by tokio-socks; names are resolved by the proxy.

use super::proxy::{Login, Refusal};
use tokio::net::TcpStream;
use tokio_socks::Error;
use tokio_socks::tcp::Socks5Stream;

/// Asks the proxy at the other end of `stream` to connect.
pub(super) async fn connect(
    stream: &mut TcpStream,
    server: (&str, u16),
    login: Option<&Login<'_>>,
) -> Result<(), Refusal> {
    let connected = match login {
        None => Socks5Stream::connect_with_socket(stream, server).await,
        Some(Login { user, password }) => {
            Socks5Stream::connect_with_password_and_socket(stream, server, user, password).await
        }
    };
    connected.map(|_| ()).map_err(|error| refusal(error, login.is_some()))
}

const NO_SOCKS: &str = "it does not answer in SOCKS5. Check its port and its kind.";

fn refusal(error: Error, has_login: bool) -> Refusal {
    use Refusal::{Proxy, Unreachable};
    let detail = match &error {
        Error::ConnectionRefused => return Refusal::Refused,
        Error::HostUnreachable => {
            return Unreachable("the host cannot be reached, or its name is unknown there".to_owned());
        }
        Error::NetworkUnreachable => return Unreachable("its network cannot be reached".to_owned()),
        Error::TtlExpired => return Unreachable("the way there is too long or goes in a circle".to_owned()),
        Error::GeneralSocksServerFailure => return Unreachable("it failed, without a reason".to_owned()),
        Error::ConnectionNotAllowedByRuleset => {
            "its rules do not allow this server and port. Ask the proxy's administrator."
        }
        Error::CommandNotSupported => "it makes no connections to servers. Ask the proxy's administrator.",
        Error::AddressTypeNotSupported => {
            "it does not take this kind of address. Use the server's name, or its IPv4 address."
        }
        Error::PasswordAuthFailure(_) => "it does not accept user and password. Check both.",
        Error::AuthorizationRequired => "it asks for user and password. Enter both.",
        Error::NoAcceptableAuthMethods if has_login => {
            "it takes neither user and password nor a connection without. Ask the proxy's administrator how to log in."
        }
        Error::NoAcceptableAuthMethods => {
            "it does not take a connection without a login. Enter user and password."
        }
        Error::InvalidAuthValues(_) => {
            "its user name and password must each be 1 to 255 bytes long. Correct them."
        }
        Error::InvalidTargetAddress(_) => {
            "it answered with an address that is none, or the host's name is too long for it. Check the host and the proxy."
        }
        Error::Io(_) => {
            "it hung up in the middle of its answer. Check its port and kind, and whether it serves this machine."
        }
        Error::UnknownAuthMethod
        | Error::InvalidResponseVersion
        | Error::InvalidReservedByte
        | Error::UnknownAddressType
        | Error::UnknownError
        | Error::ParseError(_)
        | Error::ProxyServerUnreachable
        | Error::IdentdAuthFailure
        | Error::InvalidUserIdAuthFailure => NO_SOCKS,
    };
    Proxy { detail: detail.to_owned(), cause: Some(Box::new(error)) }
}
