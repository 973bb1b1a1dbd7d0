//! The protocols, each in a folder with the same files, and the one way in: [`connect`].

pub(crate) mod ftp;
pub(crate) mod sftp;
pub(crate) mod watch;

use crate::layer::deadline::Deadline;
use crate::layer::rate::Rate;
use crate::layer::reconnect::{Reconnect, Reopen};
use crate::remote::Remote;
use crate::{MOST_JUMPS, SessionSlots, Target, TransferError, TrustSink};
use courier_domain::connection::{
    ConnectionProtocol, ConnectionStatus, HostKeyPolicy, ProxyKind, TlsCertPolicy,
};
use futures::FutureExt;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use watch::Unwatched;

/// Opens a connection: host key or certificate judged, then login. `cancel` ends connecting, now and when a lost
/// connection is made again; running operations are ended by dropping their futures.
pub async fn connect(
    target: Arc<Target>,
    trust: Arc<dyn TrustSink>,
    cancel: CancellationToken,
) -> Result<Arc<dyn Remote>, TransferError> {
    connect_within(target, trust, cancel, None).await
}

/// As [`connect`]; it may also use further connections, as far as `slots` has room for them. The first one's
/// slot is the caller's matter.
pub async fn connect_within(
    target: Arc<Target>,
    trust: Arc<dyn TrustSink>,
    cancel: CancellationToken,
    slots: Option<Arc<SessionSlots>>,
) -> Result<Arc<dyn Remote>, TransferError> {
    check(&target)?;
    let limit = Duration::from_secs(u64::from(target.connection.operation_timeout_sec.max(1)));
    let retries = target.connection.transport_retries;
    let paces = target.paces.clone();
    let (first, reopen): (_, Reopen) = match target.connection.protocol {
        ConnectionProtocol::Sftp => {
            let opener = sftp::opener::Opener::new(target, trust, cancel, slots);
            let first = opener.open(None).await?;
            let again = move |identity| {
                let opener = opener.clone();
                async move { opener.open(Some(identity)).await }.boxed()
            };
            (first, Box::new(again))
        }
        // A certificate is judged anew by the connection's policy: whom that trusts may have renewed it meanwhile.
        ConnectionProtocol::Ftp | ConnectionProtocol::Ftps => {
            let open = move || {
                let (target, trust, cancel) = (Arc::clone(&target), Arc::clone(&trust), cancel.clone());
                let slots = slots.clone();
                async move {
                    let owner = (Some(Arc::clone(&target)), slots);
                    let mut unwatched = Unwatched;
                    let opening = ftp::connect::open(&target, owner, &trust, &mut unwatched);
                    Ok(Arc::new(unless_cancelled(&cancel, opening).await?) as Arc<dyn Remote>)
                }
                .boxed()
            };
            (open().await?, Box::new(move |_identity| open()))
        }
    };
    let timed = Deadline { inner: Arc::new(Reconnect::new(first, retries, reopen)), limit };
    Ok(Arc::new(Rate { inner: Arc::new(timed), paces }))
}

/// Ends connecting when its owner no longer wants it.
pub(crate) async fn unless_cancelled<T>(
    cancel: &CancellationToken,
    work: impl Future<Output = Result<T, TransferError>>,
) -> Result<T, TransferError> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(TransferError::Cancelled),
        done = work => done,
    }
}

/// What can be refused before the network is touched.
pub(crate) fn check(target: &Target) -> Result<(), TransferError> {
    let connection = &target.connection;
    if connection.status == ConnectionStatus::Disabled {
        return Err(TransferError::Disabled { name: connection.name.clone() });
    }
    let trusts_anybody = match connection.protocol {
        ConnectionProtocol::Sftp => connection.host_key_policy == HostKeyPolicy::AlwaysTrust,
        ConnectionProtocol::Ftps => connection.tls_cert_policy == TlsCertPolicy::Insecure,
        ConnectionProtocol::Ftp => false,
    };
    if trusts_anybody && !target.insecure_trust_allowed {
        return Err(TransferError::InsecureTrustRefused);
    }
    check_way(target)?;
    if connection.auth_method.needs_password() && target.credentials.password.is_none() {
        return Err(TransferError::CredentialMissing { what: "password".to_owned() });
    }
    if connection.auth_method.needs_key() && target.credentials.key.is_none() {
        return Err(TransferError::CredentialMissing { what: "SSH key".to_owned() });
    }
    Ok(())
}

/// What is on the way to the server.
fn check_way(target: &Target) -> Result<(), TransferError> {
    let connection = &target.connection;
    if let Some(proxy) = &connection.proxy {
        let nameless = target.credentials.proxy_password.is_none();
        if proxy.kind == ProxyKind::Socks5 && proxy.username.is_some() && nameless {
            return Err(TransferError::CredentialMissing { what: "password for the proxy".to_owned() });
        }
        if connection.protocol != ConnectionProtocol::Sftp && !connection.passive_mode {
            return Err(TransferError::Unsupported(
                "In active mode the server opens the data connections, and through a proxy it cannot. Use passive mode.".to_owned(),
            ));
        }
    }
    let Some(hop) = &target.jump else {
        return match connection.jump_connection_id {
            Some(_) => Err(TransferError::Internal { detail: "the jump host was not looked up".to_owned() }),
            None => Ok(()),
        };
    };
    if connection.protocol != ConnectionProtocol::Sftp {
        return Err(TransferError::Unsupported(
            "Only SFTP can go through a jump host; use a proxy.".to_owned(),
        ));
    }
    let jumps = std::iter::successors(Some(hop), |hop| hop.target.jump.as_ref()).take(MOST_JUMPS + 1).count();
    if jumps > MOST_JUMPS {
        return Err(TransferError::Unsupported(format!(
            "The way to the server has more than {MOST_JUMPS} jump hosts. Shorten it."
        )));
    }
    if hop.target.connection.protocol != ConnectionProtocol::Sftp {
        return Err(hop.failed(TransferError::Unsupported(
            "it is no SFTP connection. Choose one as the jump host.".to_owned(),
        )));
    }
    check(&hop.target).map_err(|error| hop.failed(error))
}
