//! `courier notify`: the rules that say who is told of what.

use super::{flat, flat_all};
use crate::args::notify::NotifyCommand;
use crate::exit;
use crate::output::Out;
use courier_app::{App, AppError, NotificationRuleRow};
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
    }
    Ok(exit::DONE)
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
