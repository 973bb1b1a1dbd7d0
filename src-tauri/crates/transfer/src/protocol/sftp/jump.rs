//! Jump hosts: a session with the server on the way, and through it a channel to the one that is meant.
//!
//! The server on the way is logged in to as any other, by its own connection: its key is judged by its own policy and
//! its own known keys before anything about its user leaves, and it may have a proxy or a jump host itself. Left out:
//! its session is not counted among those of its connection, since who waits for one would hold another.
//! Invariant: once a hop's key was accepted, every later login through the same [`Hop`] demands it.

use super::connect::log_in;
use super::error::ssh;
use super::stream::Tunnel;
use crate::net::{Limit, shown};
use crate::protocol::watch::{Unwatched, Watch};
use crate::{Hop, Stage, Target, TransferError};
use futures::FutureExt;
use futures::future::BoxFuture;
use russh::{ChannelOpenFailure, Error};

/// Reaches the target through `hop`.
pub(crate) fn through<'a>(
    hop: &'a Hop,
    target: &'a Target,
    limit: &'a Limit,
    watch: &'a mut dyn Watch,
) -> BoxFuture<'a, Result<Tunnel, TransferError>> {
    async move {
        watch.enter(Stage::Jump);
        let jump = &hop.target.connection;
        let address = shown(&jump.host, jump.port);
        let session = log_in(&hop.target, &hop.trust, hop.expected(), &mut Unwatched).await;
        let session = session.map_err(|error| hop.failed(error))?;
        let fingerprint = session.seen.fingerprint.clone().unwrap_or_default();
        watch.found(format!("{}, {fingerprint}", route(hop)));
        hop.accepted(fingerprint);
        watch.enter(Stage::Dns);
        watch.found(format!("left to the jump host {address}"));
        watch.enter(Stage::Tcp);
        let (host, port) = (target.connection.host.as_str(), target.connection.port);
        let opening = async {
            session.tunnel(crate::net::bare(host), port).await.map_err(|error| refused(error, hop, target))
        };
        let channel = limit.on(&format!("going on from the jump host {address}"), opening).await?;
        watch.found(format!("through the jump host {address}"));
        Ok(Tunnel { channel, _session: session })
    }
    .boxed()
}

/// `first:22, then second:22`
fn route(hop: &Hop) -> String {
    let connection = &hop.target.connection;
    let own = shown(&connection.host, connection.port);
    match &hop.target.jump {
        Some(before) => format!("{}, then {own}", route(before)),
        None => own,
    }
}

fn refused(error: Error, hop: &Hop, target: &Target) -> TransferError {
    let server = shown(&target.connection.host, target.connection.port);
    let jump = shown(&hop.target.connection.host, hop.target.connection.port);
    match error {
        Error::ChannelOpenFailure(ChannelOpenFailure::ConnectFailed) => TransferError::Unreachable {
            address: server,
            reason: format!("the jump host {jump} cannot connect to it"),
            cause: Box::new(error),
        },
        Error::ChannelOpenFailure(
            ChannelOpenFailure::AdministrativelyProhibited | ChannelOpenFailure::UnknownChannelType,
        ) => hop.failed(TransferError::Unsupported(format!(
            "it does not let {} go on to {server}. Ask its owner to allow TCP forwarding there.",
            hop.target.connection.username
        ))),
        other => hop.failed(ssh(other, &format!("going on to {server}"))),
    }
}
