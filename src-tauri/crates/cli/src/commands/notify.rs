//! `courier notify`: the rules that say who is told of what.

use super::{flat, flat_all};
use crate::args::notify::NotifyCommand;
use crate::exit;
use crate::output::{Out, instant};
use courier_app::{App, AppError, DeliveriesFilter, DeliveryRow, NotificationRuleRow};
use courier_domain::notification::NotificationChannel;

pub(super) async fn run(app: &App, command: NotifyCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        NotifyCommand::Rules => list(&app.notification_rules_list().await?, out)?,
        NotifyCommand::Show { rule } => {
            let row = app.notification_rules_get(app.notification_rules_find(&rule).await?.id).await?;
            show(&row, out)?;
        }
        NotifyCommand::Enable { rule } => enable(app, &rule, true, out).await?,
        NotifyCommand::Disable { rule } => enable(app, &rule, false, out).await?,
        NotifyCommand::Delete { rule } => {
            let found = app.notification_rules_find(&rule).await?;
            app.notification_rules_delete(found.id).await?;
            out.hint(&format!("Deleted {}.", found.name));
        }
        NotifyCommand::Test { rule } => return test(app, &rule, out).await,
        NotifyCommand::Log { rule, state, limit, after } => {
            let rule_id = match rule {
                Some(rule) => Some(app.notification_rules_find(&rule).await?.id),
                None => None,
            };
            let page = app.deliveries_list(DeliveriesFilter { rule_id, state, limit, after }).await?;
            log(&page.items, out)?;
            super::tell_more(page.next.filter(|_| !out.json).map(|id| id.to_string()), out);
        }
    }
    Ok(exit::DONE)
}

async fn test(app: &App, rule: &str, out: &Out) -> Result<u8, AppError> {
    let found = app.notification_rules_find(rule).await?;
    let trial = app.notification_rules_test(found.id).await?;
    if out.json {
        out.json(&serde_json::json!({ "delivered": trial.delivered, "error": trial.error }));
    } else if let Some(error) = &trial.error {
        out.line(&format!("{} could not tell: {error}", found.name));
    } else {
        out.line(&format!("{} told by {}.", found.name, channel(&found.channel)));
    }
    Ok(if trial.delivered { exit::DONE } else { exit::FAILED })
}

fn log(rows: &[DeliveryRow], out: &Out) -> Result<(), AppError> {
    if out.json {
        out.json(&flat_all(rows, "delivery")?);
        return Ok(());
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let delivery = &row.delivery;
            vec![
                delivery.id.to_string(),
                row.rule.clone(),
                row.event_type.to_string(),
                row.subject_name.clone().unwrap_or_else(|| row.subject_id.to_string()),
                delivery.state.to_string(),
                delivery.attempts.to_string(),
                instant(delivery.delivered_at.or(delivery.next_attempt_at)),
                delivery.last_error.clone().unwrap_or_default(),
            ]
        })
        .collect();
    out.table(&["ID", "RULE", "EVENT", "ABOUT", "STATE", "ATTEMPTS", "AT", "ERROR"], &rows);
    Ok(())
}

async fn enable(app: &App, rule: &str, enabled: bool, out: &Out) -> Result<(), AppError> {
    let found = app.notification_rules_find(rule).await?;
    app.notification_rules_set_enabled(found.id, enabled).await?;
    out.hint(&format!("{} is {}.", found.name, if enabled { "enabled" } else { "disabled" }));
    Ok(())
}

fn channel(channel: &NotificationChannel) -> String {
    match channel {
        NotificationChannel::Desktop {} => "desktop".to_owned(),
        NotificationChannel::Email { to, .. } => format!("email {}", to.join(", ")),
        NotificationChannel::Webhook { url } => format!("webhook {url}"),
        NotificationChannel::Amqp { url, exchange, .. } => format!("amqp {url} {exchange}"),
    }
}

fn events(row: &NotificationRuleRow) -> String {
    row.rule.event_types.iter().map(|event| event.as_str()).collect::<Vec<_>>().join(", ")
}

fn list(rows: &[NotificationRuleRow], out: &Out) -> Result<(), AppError> {
    if out.json {
        out.json(&flat_all(rows, "rule")?);
        return Ok(());
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let enabled = if row.rule.is_enabled { "yes" } else { "no" };
            vec![row.rule.name.clone(), enabled.to_owned(), events(row), channel(&row.rule.channel)]
        })
        .collect();
    out.table(&["RULE", "ENABLED", "EVENTS", "CHANNEL"], &rows);
    Ok(())
}

fn show(row: &NotificationRuleRow, out: &Out) -> Result<(), AppError> {
    if out.json {
        out.json(&flat(row, "rule")?);
        return Ok(());
    }
    let rule = &row.rule;
    out.line(&format!("{} ({})", rule.name, if rule.is_enabled { "enabled" } else { "disabled" }));
    out.line(&format!("id {}", rule.id));
    out.line(&format!("tells {}", events(row)));
    let secret = if row.has_secret { ", secret stored" } else { "" };
    out.line(&format!("by {}{secret}", channel(&rule.channel)));
    let about = [
        ("tag", rule.tags.len()),
        ("job", rule.jobs.len()),
        ("chain", rule.chains.len()),
        ("monitor", rule.monitors.len()),
    ];
    for (kind, count) in about.into_iter().filter(|(_, count)| *count > 0) {
        out.line(&format!("about {count} {kind}{}", if count == 1 { "" } else { "s" }));
    }
    Ok(())
}
