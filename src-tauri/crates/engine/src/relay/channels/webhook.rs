//! Webhooks: one POST of JSON, signed with the rule's secret.
//!
//! The address is resolved here and each of its answers is looked at, and only those are connected to: a name that
//! points at this computer is refused like its address. Therefore no proxy is asked. Redirects are not followed.
//!
//! Invariant: of the address only the host is in an error; the path of many services is a secret.

use super::SendError;
use crate::relay::message::Notice;
use crate::steps::http_request::causes;
use courier_vault::SecretString;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, StatusCode, Url, redirect};
use sha2::Sha256;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use url::Host;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// Which addresses may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Anywhere,
    /// Neither this computer nor link-local, nor where clouds keep their machines' credentials.
    Elsewhere,
}

impl Reach {
    pub(super) fn of(loopback_allowed: bool) -> Self {
        if loopback_allowed { Self::Anywhere } else { Self::Elsewhere }
    }
}

pub(super) async fn send(
    url: &str,
    secret: Option<&SecretString>,
    reach: Reach,
    notice: &Notice,
) -> Result<(), SendError> {
    let url = Url::parse(url.trim())
        .map_err(|error| SendError::never(format!("The URL is no address: {error}.")))?;
    let to = url.host_str().unwrap_or_default().to_owned();
    let addresses = resolve(&url, reach).await?;
    let mut client = Client::builder()
        .connect_timeout(CONNECT_LIMIT)
        .timeout(ANSWER_LIMIT)
        .redirect(redirect::Policy::none())
        .no_proxy();
    if let Some(Host::Domain(name)) = url.host() {
        client = client.resolve_to_addrs(name, &addresses);
    }
    let client = client.build().map_err(|error| failed(&to, &error))?;
    let body = serde_json::to_vec(notice).map_err(|error| SendError::never(error.to_string()))?;
    let mut request = client
        .post(url)
        .header("Content-Type", "application/json")
        .header("User-Agent", concat!("Courier/", env!("CARGO_PKG_VERSION")))
        .header("X-Courier-Event", notice.kind())
        .header("X-Courier-Delivery", notice.delivery_id.to_string());
    if let Some(secret) = secret {
        request = request.header("X-Courier-Signature", signature(secret, &body)?);
    }
    let answer = request.body(body).send().await.map_err(|error| failed(&to, &error))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let reason = status.canonical_reason().map(|reason| format!(" {reason}")).unwrap_or_default();
    let more = if status.is_redirection() { "; redirects are not followed" } else { "" };
    let message = format!("{to} answered {}{reason}{more}.", status.as_u16());
    Err(if status == StatusCode::GONE { SendError::never(message) } else { SendError::later(message) })
}

/// `sha256=` and the HMAC of the body in hex.
fn signature(secret: &SecretString, body: &[u8]) -> Result<String, SendError> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes());
    let mut mac = mac.map_err(|_| SendError::never("The rule's secret cannot sign."))?;
    mac.update(body);
    Ok(format!("sha256={}", hex::encode(mac.finalize().into_bytes())))
}

/// Where the URL's host is, refused as a whole when any of it is where it must not be.
async fn resolve(url: &Url, reach: Reach) -> Result<Vec<SocketAddr>, SendError> {
    let port = url.port_or_known_default().unwrap_or(443);
    let addresses: Vec<SocketAddr> = match url.host() {
        None => return Err(SendError::never("The URL names no host.")),
        Some(Host::Ipv4(ip)) => vec![(ip, port).into()],
        Some(Host::Ipv6(ip)) => vec![(ip, port).into()],
        Some(Host::Domain(name)) => {
            let found = tokio::net::lookup_host((name, port)).await;
            found.map_err(|error| SendError::later(format!("{name} was not found: {error}.")))?.collect()
        }
    };
    match addresses.iter().find(|at| reach == Reach::Elsewhere && is_too_near(at.ip())) {
        None => Ok(addresses),
        Some(at) => {
            let host = url.host_str().unwrap_or_default();
            let is_named = host.trim_matches(['[', ']']) != at.ip().to_string();
            let which = if is_named { format!("{host} is {}, which", at.ip()) } else { at.ip().to_string() };
            Err(SendError::never(format!(
                "{which} is this computer or a link-local address. Webhooks go there only if the setting \
                 security.webhook_allow_loopback is true."
            )))
        }
    }
}

/// This computer, its link, and the addresses under which clouds hand out credentials.
fn is_too_near(ip: IpAddr) -> bool {
    /// Alibaba's, Oracle's and Azure's; the others' are link-local.
    const METADATA: [Ipv4Addr; 3] =
        [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(192, 0, 0, 192), Ipv4Addr::new(168, 63, 129, 16)];
    /// Amazon's.
    const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    match ip {
        IpAddr::V4(ip) => {
            ip.is_loopback()
                || ip.is_link_local()
                || ip.is_broadcast()
                || ip.is_multicast()
                || ip.octets()[0] == 0
                || METADATA.contains(&ip)
        }
        IpAddr::V6(ip) => {
            let [a, b, ..] = ip.segments();
            // An IPv4 address in other clothes: mapped, compatible, translated (RFC 6052) or 6to4.
            let octets = ip.octets();
            let within = match () {
                () if ip.to_ipv4().is_some() || (a, b) == (0x64, 0xff9b) => {
                    Some([octets[12], octets[13], octets[14], octets[15]])
                }
                () if a == 0x2002 => Some([octets[2], octets[3], octets[4], octets[5]]),
                () => None,
            };
            ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_multicast()
                || (a & 0xffc0) == 0xfe80
                || ip == METADATA_V6
                || within.is_some_and(|octets| is_too_near(IpAddr::V4(octets.into())))
        }
    }
}

/// The call did not come to an answer.
fn failed(to: &str, error: &reqwest::Error) -> SendError {
    let text = causes(error).pop().unwrap_or_else(|| "no reason was given".into());
    let text = if error.is_timeout() { "there was no answer in time".to_owned() } else { text };
    SendError::later(format!("The call of {to} failed: {text}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_addresses_are_known_in_any_clothes() {
        for near in [
            "127.0.0.1",
            "127.8.9.1",
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "100.100.100.200",
            "::1",
            "::",
            "fe80::1",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "::127.0.0.1",
            "255.255.255.255",
        ] {
            assert!(is_too_near(near.parse().unwrap()), "{near}");
        }
        for far in ["192.0.2.7", "10.1.2.3", "192.168.0.1", "2001:db8::1", "fd12::1", "::ffff:192.0.2.7"] {
            assert!(!is_too_near(far.parse().unwrap()), "{far}");
        }
    }

    #[tokio::test]
    async fn a_host_is_judged_by_where_it_is() {
        for url in [
            "http://127.0.0.1/x",
            "http://localhost:81/x",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://[::1]/",
            "http://[::ffff:7f00:1]/",
        ] {
            let url = Url::parse(url).unwrap();
            let refused = resolve(&url, Reach::Elsewhere).await.unwrap_err();
            assert!(
                !refused.again && refused.message.contains("security.webhook_allow_loopback"),
                "{refused:?}"
            );
            assert!(resolve(&url, Reach::Anywhere).await.is_ok(), "{url}");
        }
    }

    #[test]
    fn the_signature_is_what_others_compute() {
        // RFC 4231, test case 2.
        let signed = signature(&SecretString::new("Jefe".into()), b"what do ya want for nothing?").unwrap();
        assert_eq!(signed, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
