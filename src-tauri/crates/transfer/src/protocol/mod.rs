//! The protocols, each in a folder with the same files, and the one way in: [`connect`].

pub(crate) mod ftp;
pub(crate) mod sftp;
pub(crate) mod watch;

use crate::layer::deadline::Deadline;
use crate::layer::reconnect::Reconnect;
use crate::remote::Remote;
use crate::{Target, TransferError, TrustSink};
use courier_domain::connection::{ConnectionProtocol, ConnectionStatus, HostKeyPolicy, TlsCertPolicy};
use futures::FutureExt;
use sftp::temper::Temper;
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
    check(&target)?;
    let limit = Duration::from_secs(u64::from(target.connection.operation_timeout_sec.max(1)));
    let retries = target.connection.transport_retries;
    let temper = Arc::new(Temper::of(&target, &trust));
    let first = open(&target, &trust, &temper, None, &cancel).await?;
    let reopen = Box::new(move |identity: String| {
        let (target, trust, cancel) = (Arc::clone(&target), Arc::clone(&trust), cancel.clone());
        let temper = Arc::clone(&temper);
        async move { open(&target, &trust, &temper, expected(&target, identity), &cancel).await }.boxed()
    });
    Ok(Arc::new(Deadline { inner: Arc::new(Reconnect::new(first, retries, reopen)), limit }))
}

/// The key that a further session must show.
fn expected(target: &Target, identity: String) -> Option<String> {
    // Under always_trust any key will do, now as before.
    (target.connection.host_key_policy != HostKeyPolicy::AlwaysTrust).then_some(identity)
}

async fn open(
    target: &Arc<Target>,
    trust: &Arc<dyn TrustSink>,
    temper: &Arc<Temper>,
    expected: Option<String>,
    cancel: &CancellationToken,
) -> Result<Arc<dyn Remote>, TransferError> {
    let mut unwatched = Unwatched;
    match target.connection.protocol {
        ConnectionProtocol::Sftp => {}
        // A certificate is judged anew by the connection's policy: whom that trusts may have renewed it meanwhile.
        ConnectionProtocol::Ftp | ConnectionProtocol::Ftps => {
            let opening = ftp::connect::open(target, Some(Arc::clone(target)), trust, &mut unwatched);
            return Ok(Arc::new(unless_cancelled(cancel, opening).await?));
        }
    }
    let opening = sftp::connect::open(target, trust, expected, &mut unwatched, Arc::clone(temper));
    let opened = unless_cancelled(cancel, opening).await?;
    let further = target.connection.session_limit.saturating_sub(1);
    opened.dial_with(dial(target, trust, cancel, opened.server_identity()), further).await;
    Ok(Arc::new(opened))
}

/// Further connections for large files.
fn dial(
    target: &Arc<Target>,
    trust: &Arc<dyn TrustSink>,
    cancel: &CancellationToken,
    identity: String,
) -> sftp::lanes::Dial {
    let (target, trust, cancel) = (Arc::clone(target), Arc::clone(trust), cancel.clone());
    Box::new(move || {
        let (target, trust, cancel) = (Arc::clone(&target), Arc::clone(&trust), cancel.clone());
        let expected = expected(&target, identity.clone());
        async move {
            let mut unwatched = Unwatched;
            let logging_in = sftp::connect::log_in(&target, &trust, expected, &mut unwatched);
            unless_cancelled(&cancel, logging_in).await
        }
        .boxed()
    })
}

async fn unless_cancelled<T>(
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
    if connection.auth_method.needs_password() && target.credentials.password.is_none() {
        return Err(TransferError::CredentialMissing { what: "password".to_owned() });
    }
    if connection.auth_method.needs_key() && target.credentials.key.is_none() {
        return Err(TransferError::CredentialMissing { what: "SSH key".to_owned() });
    }
    Ok(())
}
