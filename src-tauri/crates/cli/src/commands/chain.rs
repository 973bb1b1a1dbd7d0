//! `courier chain`.

use super::flat;
use crate::args::{ChainCommand, ChainExecutionsArgs, ChainListArgs, ChainRunArgs, ChainSort};
use crate::exit;
use crate::output::{Out, instant, took};
use crate::stops::{StopSignal, Stops};
use courier_app::{App, AppError, ChainExecutionFilter, ChainExecutionView, ChainView, Work};
use courier_domain::chain::{ChainExecutionState, ChainMemberExecution, ChainMemberState};
use courier_domain::tag::TaggableEntityType;
use courier_domain::{ChainExecutionId, ErrorCode};
use serde_json::json;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

/// Finds what no change told of.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

pub(super) async fn run(app: &App, command: ChainCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        ChainCommand::List(args) => list(app, args, out).await?,
        ChainCommand::Show { chain } => {
            let view = app.chains_get(app.chains_find(&chain).await?.id).await?;
            show(&view, out)?;
        }
        ChainCommand::Enable { chain } => enable(app, &chain, true, out).await?,
        ChainCommand::Disable { chain } => enable(app, &chain, false, out).await?,
        ChainCommand::Delete { chain } => {
            let found = app.chains_find(&chain).await?;
            app.chains_delete(found.id).await?;
            out.hint(&format!("Deleted {}; `courier chain restore` brings it back.", found.name));
        }
        ChainCommand::Restore { chain } => {
            let found = app.chains_find_deleted(&chain).await?;
            app.chains_restore(found.id).await?;
            out.hint(&format!("Restored {}.", found.name));
        }
        ChainCommand::Run(args) => return run_chain(app, args, out).await,
        ChainCommand::Executions(args) => executions(app, args, out).await?,
        ChainCommand::Pause { run } => {
            app.chain_executions_pause(run).await?;
            out.hint("Paused.");
        }
        ChainCommand::Resume { run } => {
            app.chain_executions_resume(run).await?;
            out.hint("It goes on.");
        }
        ChainCommand::Cancel { run } => {
            app.chain_executions_cancel(run).await?;
            out.hint("Cancelled.");
        }
        ChainCommand::Retry { run } => {
            app.chain_executions_retry(run).await?;
            out.hint("What failed is done again.");
        }
    }
    Ok(exit::DONE)
}

async fn run_chain(app: &App, args: ChainRunArgs, out: &Out) -> Result<u8, AppError> {
    let chain = app.chains_find(&args.chain).await?;
    if !args.detach && !app.has_node().await? {
        app.vault_ready()?;
    }
    let id = app.chains_run(chain.id, super::run::parameters(&args.param)?).await?;
    if args.detach {
        if out.json {
            out.json(&json!({ "id": id }));
        } else {
            out.line(&id.to_string());
        }
        return Ok(exit::DONE);
    }
    let view = follow(app, id, out).await?;
    show_run(&view, out)?;
    Ok(match view.execution.state {
        ChainExecutionState::Completed => exit::DONE,
        ChainExecutionState::Cancelled => exit::CANCELLED,
        ChainExecutionState::Pending
        | ChainExecutionState::Running
        | ChainExecutionState::Paused
        | ChainExecutionState::Failed => exit::FAILED,
    })
}

/// Follows a run of a chain until nothing moves it any more; this process is its node if there is no other. Ctrl-C
/// cancels it, a shutdown leaves it to go on later.
async fn follow(app: &App, id: ChainExecutionId, out: &Out) -> Result<ChainExecutionView, AppError> {
    let mut changes = app.changes();
    let mut stops = Stops::listen()?;
    let node = match app.has_node().await? {
        true => None,
        false => Some(app.start_engine(Work::OnlyChain(id)).await?),
    };
    let mut shown: BTreeMap<String, ChainMemberState> = BTreeMap::new();
    let view = loop {
        let view = app.chain_executions_get(id).await?;
        for member in &view.execution.members {
            if shown.insert(member.name.clone(), member.state) != Some(member.state) {
                tell(member, out);
            }
        }
        // Until a person lets it go on, a paused one does not move.
        if view.execution.state.is_terminal() || view.execution.state == ChainExecutionState::Paused {
            break view;
        }
        tokio::select! {
            _ = changes.recv() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            signal = stops.next() => match signal {
                StopSignal::Interrupt => app.chain_executions_cancel(id).await?,
                StopSignal::Shutdown => break view,
            },
        }
    };
    if let Some(node) = node {
        node.shutdown().await;
    }
    Ok(view)
}

fn tell(member: &ChainMemberExecution, out: &Out) {
    if out.json {
        out.json(&json!({ "member": member.name, "state": member.state, "job_execution_id": member.job_execution_id }));
    } else if member.state != ChainMemberState::Pending {
        let reason = member.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        out.note(&format!("{}: {}{reason}", member.name, member.state));
    }
}

async fn list(app: &App, args: ChainListArgs, out: &Out) -> Result<(), AppError> {
    let mut chains = if args.deleted { app.chains_deleted().await? } else { app.chains_list().await? };
    if let Some(part) = args.search.map(|s| s.to_lowercase()) {
        chains.retain(|c| c.name.to_lowercase().contains(&part));
    }
    if let Some(tag) = &args.tag {
        let tagged = app.tags_carriers(TaggableEntityType::JobChain, tag).await?;
        chains.retain(|c| tagged.contains(&c.id.0));
    }
    if let Some(enabled) = args.enabled {
        chains.retain(|c| c.is_enabled == enabled);
    }
    match args.sort {
        ChainSort::Name => chains.sort_by_key(|c| (c.name.to_lowercase(), c.id)),
        ChainSort::Changed => chains.sort_by_key(|c| Reverse((c.updated_at, c.id))),
        ChainSort::Next => chains.sort_by_key(|c| (c.next_fire_at.is_none(), c.next_fire_at, c.id)),
    }
    let (chains, more) = super::page_of(chains, args.after.as_deref(), args.limit, |c| c.id.to_string())?;
    if out.json {
        out.json(&chains);
        return Ok(());
    }
    let rows: Vec<_> = chains
        .iter()
        .map(|c| {
            vec![
                c.name.clone(),
                if c.is_enabled { "yes".into() } else { "no".into() },
                c.member_count.to_string(),
                c.last.as_ref().map_or_else(|| "-".into(), |l| l.state.to_string()),
                instant(c.last.as_ref().and_then(|l| l.completed_at.or(l.started_at))),
                instant(c.next_fire_at),
            ]
        })
        .collect();
    out.table(&["CHAIN", "ENABLED", "MEMBERS", "LAST RUN", "AT", "NEXT"], &rows);
    super::tell_more(more, out);
    Ok(())
}

fn show(view: &ChainView, out: &Out) -> Result<(), AppError> {
    if out.json {
        out.json(&flat(view, "chain")?);
        return Ok(());
    }
    let chain = &view.chain;
    out.line(&format!("{} ({})", chain.name, if chain.is_enabled { "enabled" } else { "disabled" }));
    out.line(&format!("id {}", chain.id));
    if let Some(description) = &chain.description {
        out.line(description);
    }
    for member in &chain.members {
        let job = view.jobs.iter().find(|j| j.id == member.job_id).map_or("?", |j| j.name.as_str());
        let after: Vec<String> = member
            .depends_on
            .iter()
            .filter_map(|edge| {
                let upstream = chain.members.iter().find(|m| m.id == edge.depends_on_member_id)?;
                let word = if edge.run_on_upstream_failure { " (also after a failure)" } else { "" };
                Some(format!("{}{word}", upstream.name))
            })
            .collect();
        let after = if after.is_empty() { String::new() } else { format!(", after {}", after.join(", ")) };
        out.line(&format!("{}. {} [{job}]{after}", member.execution_order + 1, member.name));
        for (name, value) in &member.parameters {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            out.line(&format!("     {name}: {value}"));
        }
    }
    for schedule in &view.schedules {
        let next = instant(schedule.schedule.next_fire_at);
        out.line(&format!(
            "schedule {}: {}, next {next}",
            schedule.id,
            super::schedule::when(&schedule.schedule)
        ));
    }
    Ok(())
}

async fn enable(app: &App, chain: &str, enabled: bool, out: &Out) -> Result<(), AppError> {
    let found = app.chains_find(chain).await?;
    app.chains_set_enabled(found.id, enabled).await?;
    out.hint(&format!("{} is {}.", found.name, if enabled { "enabled" } else { "disabled" }));
    Ok(())
}

async fn executions(app: &App, args: ChainExecutionsArgs, out: &Out) -> Result<(), AppError> {
    if let Some(id) = args.id {
        let missing = || AppError::new(ErrorCode::NotFound, format!("There is no chain run `{id}`."));
        let id: ChainExecutionId = id.parse().map_err(|_| missing())?;
        return show_run(&app.chain_executions_get(id).await?, out);
    }
    let chain_id = match args.chain {
        Some(chain) => Some(app.chains_find(&chain).await?.id),
        None => None,
    };
    let filter = ChainExecutionFilter { chain_id, states: args.state, limit: args.limit, after: args.after };
    let page = app.chain_executions_list(filter).await?;
    if out.json {
        out.json(&page.items);
        return Ok(());
    }
    let rows: Vec<_> = page
        .items
        .iter()
        .map(|run| {
            vec![
                run.id.to_string(),
                run.chain_name.clone(),
                run.state.to_string(),
                instant(run.started_at.or(Some(run.created_at))),
                took(run.started_at, run.completed_at),
                format!("{}/{}", run.finished_count, run.member_count),
                run.error_message.clone().unwrap_or_default(),
            ]
        })
        .collect();
    out.table(&["RUN", "CHAIN", "STATE", "STARTED", "TOOK", "MEMBERS", "ERROR"], &rows);
    super::tell_more(page.next, out);
    Ok(())
}

fn show_run(view: &ChainExecutionView, out: &Out) -> Result<(), AppError> {
    if out.json {
        out.json(&flat(view, "execution")?);
        return Ok(());
    }
    let run = &view.execution;
    out.line(&format!("{}: {}", view.chain_name, run.state));
    out.line(&format!("id {}, {}", run.id, run.triggered_by));
    out.line(&format!(
        "started {}, took {}",
        instant(run.started_at),
        took(run.started_at, run.completed_at)
    ));
    if let Some(message) = &run.error_message {
        out.line(&format!("error: {message}"));
    }
    for member in &run.members {
        let run = member.job_execution_id.map(|id| format!(", run {id}")).unwrap_or_default();
        let reason = member.reason.as_deref().map(|r| format!(": {r}")).unwrap_or_default();
        out.line(&format!("{}. {}: {}{run}{reason}", member.execution_order + 1, member.name, member.state));
    }
    Ok(())
}
