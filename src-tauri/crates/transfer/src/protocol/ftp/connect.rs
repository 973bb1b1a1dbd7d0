//! From a host name to a logged-in session: name, TCP, greeting, TLS with the certificate's judgement, login.
//!
//! Each part has the connection's connect timeout and tells a [`Watch`] where it is. Invariant: with ftps, USER is sent
//! only inside TLS and after the certificate was accepted and, where it was not checked, the sink was told.

use super::control::{Control, Reply};
use super::error::{is_crowded, unexpected};
use super::pool::Pool;
use super::remote::FtpRemote;
use super::session::{Known, Session};
use super::tls::{Agreed, Newest, Recipe, Tls, agreed};
use super::wire::{Gulp, Wire};
use crate::net::{Limit, reach};
use crate::protocol::watch::{Unwatched, Watch};
use crate::{SessionSlots, Stage, Target, TlsCertificate, TransferError, TrustSink};
use courier_domain::connection::{ConnectionProtocol, TlsCertPolicy, TlsMode};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

/// Of a certificate, where a sink wants a key's type.
pub(crate) const CERTIFICATE: &str = "tls certificate";

/// How sessions with one server are opened.
pub(crate) struct Opener {
    pub(crate) recipe: Option<Recipe>,
    pub(crate) trust: Arc<dyn TrustSink>,
}

/// A session and what was seen on the way.
pub(crate) struct Opened {
    pub(crate) session: Session,
    pub(crate) certificate: Option<TlsCertificate>,
}

/// Opens a server. `owner` is `target` where further sessions may be opened later, as far as there are slots for them;
/// without, there is only one.
pub(crate) async fn open(
    target: &Target,
    owner: (Option<Arc<Target>>, Option<Arc<SessionSlots>>),
    trust: &Arc<dyn TrustSink>,
    watch: &mut dyn Watch,
) -> Result<FtpRemote, TransferError> {
    let recipe = match target.connection.protocol {
        ConnectionProtocol::Ftps => Some(Recipe::of(target).await?),
        ConnectionProtocol::Ftp | ConnectionProtocol::Sftp => None,
    };
    let opener = Opener { recipe, trust: Arc::clone(trust) };
    let newest = if target.connection.learned.tls_1_2_only { Newest::Tls12 } else { Newest::Tls13 };
    let first = opener.open(target, newest, None, None, watch).await?;
    watch.enter(Stage::List);
    Ok(FtpRemote::new(Pool::new(opener, owner, first, target)))
}

impl Opener {
    /// One more session. `known` is what the first found out; `told` the certificate that the sink knows is unchecked.
    pub(crate) async fn another(
        &self,
        target: &Target,
        newest: Newest,
        known: Arc<Known>,
        told: Option<&str>,
    ) -> Result<Session, TransferError> {
        let opened = self.open(target, newest, Some(known), told, &mut Unwatched).await?;
        Ok(opened.session)
    }

    async fn open(
        &self,
        target: &Target,
        newest: Newest,
        known: Option<Arc<Known>>,
        told: Option<&str>,
        watch: &mut dyn Watch,
    ) -> Result<Opened, TransferError> {
        let connection = &target.connection;
        let limit = Limit::of(target);
        let stream = reach(target, &limit, watch).await?;
        keep_alive(&stream, connection.keepalive_interval_sec);
        let (mut control, tls, banner) = match &self.recipe {
            None => {
                let (control, banner) = greeted(stream, &limit, watch).await?;
                (control, None, banner)
            }
            Some(recipe) => {
                let tls = recipe.make(newest)?;
                match connection.tls_mode {
                    TlsMode::Explicit => {
                        let (control, banner) = greeted(stream, &limit, watch).await?;
                        watch.enter(Stage::Tls);
                        let stream = limit.on("asking for TLS", ask_for_tls(control, target)).await?;
                        let (control, agreed) = self.protect(stream, &tls, recipe, &limit, watch).await?;
                        (control, Some((tls, agreed)), banner)
                    }
                    TlsMode::Implicit => {
                        watch.enter(Stage::Tls);
                        let (mut control, agreed) = self.protect(stream, &tls, recipe, &limit, watch).await?;
                        let banner = limit.on("waiting for its greeting", greeting(&mut control)).await?;
                        (control, Some((tls, agreed)), banner)
                    }
                }
            }
        };
        let mut certificate = None;
        let mut protection = DataProtection::On;
        if let Some((tls, _)) = &tls {
            certificate = tls.judge.seen().certificate;
            self.tell(target, certificate.as_ref(), told).await?;
            protection = limit.on("protecting data connections", protect_data(&mut control)).await?;
        }
        watch.enter(Stage::Authentication);
        let mut session = limit.on("logging in", Session::log_in(control, tls, target)).await?;
        if self.recipe.is_none() {
            watch.found(
                "user and password went over the network in clear: plain FTP protects nothing".to_owned(),
            );
        }
        if protection == DataProtection::AfterLogin {
            let again = limit.on("protecting data connections", protect_data(&mut session.control)).await?;
            if again == DataProtection::AfterLogin {
                return Err(TransferError::TlsFailed {
                    detail: "the server does not protect data connections, also after the login. No file was sent.".to_owned(),
                    cause: None,
                });
            }
        }
        limit.on("asking what it can do", session.prepare(known, &banner)).await?;
        Ok(Opened { session, certificate })
    }

    async fn protect(
        &self,
        stream: TcpStream,
        tls: &Tls,
        recipe: &Recipe,
        limit: &Limit,
        watch: &mut dyn Watch,
    ) -> Result<(Control, Agreed), TransferError> {
        let begun = limit.on("beginning TLS", tls.begin(stream, Gulp::Small, "beginning TLS")).await;
        let seen = tls.judge.seen();
        if let Some(certificate) = &seen.certificate {
            // A refused certificate means that TLS itself worked.
            if let Ok(stream) = &begun {
                let agreed = agreed(stream);
                let floor = if recipe.floor_is_below() { "; Courier speaks none older than 1.2" } else { "" };
                watch.found(format!("{}, {}{floor}", agreed.version, agreed.cipher));
            }
            watch.enter(Stage::Certificate);
            watch.found(certificate.in_short());
        }
        match begun {
            Ok(stream) => {
                let agreed = agreed(&stream);
                Ok((Control::new(Wire::Protected(Box::new(stream))), agreed))
            }
            Err(error) => {
                if let TransferError::CertificateChanged { expected, certificate } = &error {
                    let presented = &certificate.thumbprint;
                    self.trust.changed(std::slice::from_ref(expected), presented, CERTIFICATE).await;
                }
                Err(error)
            }
        }
    }

    /// A certificate that nobody checked is told before anything about the user leaves.
    async fn tell(
        &self,
        target: &Target,
        certificate: Option<&TlsCertificate>,
        told: Option<&str>,
    ) -> Result<(), TransferError> {
        match target.connection.tls_cert_policy {
            TlsCertPolicy::SystemTrust | TlsCertPolicy::PinnedThumbprint => Ok(()),
            TlsCertPolicy::Insecure if !target.insecure_trust_allowed => {
                Err(TransferError::InsecureTrustRefused)
            }
            TlsCertPolicy::Insecure => {
                let thumbprint = certificate.map(|c| c.thumbprint.as_str()).unwrap_or_default();
                if told == Some(thumbprint) {
                    return Ok(());
                }
                self.trust.insecure_used(thumbprint, CERTIFICATE).await
            }
        }
    }
}

async fn greeted(
    stream: TcpStream,
    limit: &Limit,
    watch: &mut dyn Watch,
) -> Result<(Control, Reply), TransferError> {
    watch.enter(Stage::Banner);
    let mut control = Control::new(Wire::Clear(stream));
    let doing = "waiting for its greeting; a server that begins with TLS at once needs implicit TLS";
    let banner = limit.on(doing, greeting(&mut control)).await?;
    watch.found(banner.text());
    Ok((control, banner))
}

async fn greeting(control: &mut Control) -> Result<Reply, TransferError> {
    loop {
        let reply = control.reply().await?;
        match reply.code {
            220 => return Ok(reply),
            // Ready in some minutes.
            120 => {}
            _ if is_crowded(&reply) => {
                return Err(TransferError::Crowded { host: "The server".to_owned(), detail: reply.shown() });
            }
            _ => return Err(unexpected(&reply, "greeting")),
        }
    }
}

/// AUTH TLS (RFC 4217, section 4). There is no going on in clear.
async fn ask_for_tls(mut control: Control, target: &Target) -> Result<TcpStream, TransferError> {
    let reply = control.command("AUTH", Some("TLS")).await?;
    if reply.code != 234 {
        return Err(TransferError::TlsFailed {
            detail: format!(
                "{} refuses it (it said `{}`). Nothing was sent. Ask its owner to enable TLS, or check port and protocol.",
                target.connection.host,
                reply.shown()
            ),
            cause: None,
        });
    }
    control.into_clear(&target.connection.host)
}

/// PBSZ and PROT (RFC 4217, section 9), also where TLS is implicit: some servers send data in clear without.
async fn protect_data(control: &mut Control) -> Result<DataProtection, TransferError> {
    for (verb, argument) in [("PBSZ", "0"), ("PROT", "P")] {
        let reply = control.command(verb, Some(argument)).await?;
        match reply.code {
            200..=299 => {}
            503 | 530 => return Ok(DataProtection::AfterLogin),
            _ => {
                return Err(TransferError::TlsFailed {
                    detail: format!(
                        "the server refuses to protect the data connections (it said `{}`). No file was sent.",
                        reply.shown()
                    ),
                    cause: None,
                });
            }
        }
    }
    Ok(DataProtection::On)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DataProtection {
    On,
    /// The server wants the login first.
    AfterLogin,
}

/// The control connection is silent while data flows, and what stands between must not forget it.
fn keep_alive(stream: &TcpStream, seconds: u32) {
    if seconds == 0 {
        return;
    }
    let every = Duration::from_secs(u64::from(seconds));
    let keepalive = socket2::TcpKeepalive::new().with_time(every).with_interval(every);
    if let Err(error) = socket2::SockRef::from(stream).set_tcp_keepalive(&keepalive) {
        tracing::debug!(%error, "keepalive cannot be set");
    }
}
