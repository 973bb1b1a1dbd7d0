//! The protocols, each in a folder with the same files, and the one way in: [`connect`].

pub(crate) mod sftp;

use crate::layer::deadline::Deadline;
use crate::layer::reconnect::Reconnect;
use crate::remote::Remote;
use crate::{Target, TransferError, TrustSink};
use courier_domain::connection::{ConnectionProtocol, ConnectionStatus, HostKeyPolicy};
use futures::FutureExt;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Opens a connection: host key judged, then login. `cancel` ends connecting, now and when a lost connection is made
/// again; running operations are ended by dropping their futures.
pub async fn connect(
    target: Arc<Target>,
    trust: Arc<dyn TrustSink>,
    cancel: CancellationToken,
) -> Result<Arc<dyn Remote>, TransferError> {
    check(&target)?;
    let limit = Duration::from_secs(u64::from(target.connection.operation_timeout_sec.max(1)));
    let retries = target.connection.transport_retries;
    let first = open(&target, &trust, None, &cancel).await?;
    let reopen = Box::new(move |identity: String| {
        let (target, trust, cancel) = (Arc::clone(&target), Arc::clone(&trust), cancel.clone());
        // Under always_trust any key will do, now as before.
        let expected = (target.connection.host_key_policy != HostKeyPolicy::AlwaysTrust).then_some(identity);
        async move { open(&target, &trust, expected, &cancel).await }.boxed()
    });
    Ok(Arc::new(Deadline { inner: Arc::new(Reconnect::new(first, retries, reopen)), limit }))
}

async fn open(
    target: &Target,
    trust: &Arc<dyn TrustSink>,
    expected: Option<String>,
    cancel: &CancellationToken,
) -> Result<Arc<dyn Remote>, TransferError> {
    let mut unwatched = sftp::connect::Unwatched;
    let opening = sftp::connect::open(target, trust, expected, &mut unwatched);
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(TransferError::Cancelled),
        opened = opening => Ok(Arc::new(opened?)),
    }
}

/// What can be refused before the network is touched.
pub(crate) fn check(target: &Target) -> Result<(), TransferError> {
    let connection = &target.connection;
    if connection.status == ConnectionStatus::Disabled {
        return Err(TransferError::Disabled { name: connection.name.clone() });
    }
    if connection.protocol != ConnectionProtocol::Sftp {
        return Err(TransferError::Unsupported(format!(
            "The protocol {} is not available in this version; only sftp is.",
            connection.protocol
        )));
    }
    if connection.host_key_policy == HostKeyPolicy::AlwaysTrust && !target.insecure_trust_allowed {
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
