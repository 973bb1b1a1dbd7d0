//! The sandbox's SSH side: login of its one user, and the sftp subsystem.

use super::SandboxUser;
use super::files::Files;
use russh::keys::PublicKey;
use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) struct House {
    pub(super) root: PathBuf,
    pub(super) user: SandboxUser,
}

impl House {
    fn is_key(&self, user: &str, key: &PublicKey) -> bool {
        let authorized = self.user.authorized_key.as_ref();
        user == self.user.name && authorized.is_some_and(|own| own.key_data() == key.key_data())
    }

    /// Digests are compared, so that the time tells nothing of the password.
    fn is_password(&self, user: &str, password: &str) -> bool {
        let own = self.user.password.as_ref();
        user == self.user.name
            && own.is_some_and(|own| Sha256::digest(own.expose()) == Sha256::digest(password))
    }
}

pub(super) struct Guest {
    house: Arc<House>,
    channels: HashMap<ChannelId, Channel<Msg>>,
}

impl Guest {
    pub(super) fn new(house: Arc<House>) -> Self {
        Self { house, channels: HashMap::new() }
    }
}

fn answer(is_allowed: bool) -> Auth {
    if is_allowed { Auth::Accept } else { Auth::reject() }
}

impl Handler for Guest {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        Ok(answer(self.house.is_password(user, password)))
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, russh::Error> {
        Ok(answer(self.house.is_key(user, offer.public_key)))
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, russh::Error> {
        Ok(answer(self.house.is_key(user, key.public_key)))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), russh::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn channel_eof(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), russh::Error> {
        session.close(channel)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        match self.channels.remove(&channel) {
            Some(opened) if name == "sftp" => {
                session.channel_success(channel)?;
                russh_sftp::server::run(opened.into_stream(), Files::new(self.house.root.clone())).await;
                Ok(())
            }
            _ => session.channel_failure(channel),
        }
    }
}
