//! AMQP 0.9.1: one persistent message, which the broker has to confirm.
//!
//! A message that no queue takes counts as not sent: nobody would ever see it.

use super::SendError;
use crate::relay::message::Notice;
use courier_vault::SecretString;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::uri::AMQPUri;
use lapin::{BasicProperties, Confirmation, Connection, ConnectionProperties};

const PERSISTENT: u8 = 2;
/// AMQP's "success", for closing.
const DONE: u16 = 200;

pub(super) async fn send(
    url: &str,
    secret: Option<&SecretString>,
    (exchange, routing_key): (&str, &str),
    notice: &Notice,
) -> Result<(), SendError> {
    let mut uri: AMQPUri =
        url.trim().parse().map_err(|_| SendError::never("The URL is no address of a broker."))?;
    if let Some(secret) = secret {
        secret.expose().clone_into(&mut uri.authority.userinfo.password);
    }
    let to = uri.authority.host.clone();
    let failed = |error: lapin::Error| SendError::later(format!("The broker {to} did not take it: {error}."));
    let options = ConnectionProperties::default().with_connection_name("courier".into());
    let connection = Connection::connect_uri(uri, options).await.map_err(failed)?;
    let published = publish(&connection, (exchange, routing_key), notice).await;
    // What is confirmed is confirmed, however the connection ends.
    let _ = connection.close(DONE, "".into()).await;
    match published.map_err(failed)? {
        Confirmation::Ack(None) => Ok(()),
        Confirmation::Ack(Some(_)) | Confirmation::Nack(Some(_)) => {
            Err(SendError::later(format!("The broker {to} has no queue that takes it.")))
        }
        Confirmation::Nack(None) | Confirmation::NotRequested => {
            Err(SendError::later(format!("The broker {to} did not confirm it.")))
        }
    }
}

async fn publish(
    connection: &Connection,
    (exchange, routing_key): (&str, &str),
    notice: &Notice,
) -> lapin::Result<Confirmation> {
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let body = serde_json::to_vec(notice).unwrap_or_default();
    let event_type = notice.kind();
    let properties = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_delivery_mode(PERSISTENT)
        .with_message_id(notice.delivery_id.to_string().into())
        .with_timestamp(u64::try_from(notice.occurred_at.timestamp()).unwrap_or_default())
        .with_type(event_type.into());
    // Without a key of its own, the event's type is what subscribers choose by.
    let key = if routing_key.is_empty() { event_type } else { routing_key };
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    channel.basic_publish(exchange.into(), key.into(), options, &body, properties).await?.await
}
