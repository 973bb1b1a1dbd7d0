//! Writing a plan: keys are made and secrets sealed before, then everything goes into one unit of work.

use super::plan::{self, NewPgp, NewSsh, PgpMade, Plan, PlannedConnection, PlannedRule, SshMade};
use super::{Applied, ApplyMode, ApplyRequest, read, shape};
use crate::algorithms::note_legacy;
use crate::app::App;
use crate::error::{AppError, Result};
use crate::ssh_keys::SshKeyDraft;
use courier_domain::calendar::Calendar;
use courier_domain::chain::JobChain;
use courier_domain::connection::{Connection, Sealed};
use courier_domain::dependency::{DependencyDraft, JobDependency};
use courier_domain::job::Job;
use courier_domain::key::{PgpKey, SshKey};
use courier_domain::monitor::{FileMonitor, MonitorEvent};
use courier_domain::notification::NotificationRule;
use courier_domain::schedule::{ChainSchedule, JobSchedule, Schedule};
use courier_domain::setting::setting;
use courier_domain::tag::Tag;
use courier_domain::{JobId, Problems, SecretId};
use courier_engine::places;
use courier_store::UnitOfWork;

impl App {
    /// Applies a bundle: everything of it, or nothing.
    ///
    /// # Errors
    /// Every problem of the bundle at once; the vault is locked and a secret must be stored; what would be deleted is
    /// in use.
    pub async fn bundle_apply(&self, request: ApplyRequest) -> Result<Applied> {
        let mut problems = Problems::default();
        let value =
            read::parse(&request.text).map_err(|problem| AppError::invalid(Problems::one(problem)))?;
        let bundle = shape::read(value, &mut problems);
        let mut plan = plan::plan(self, &request, bundle, problems).await?;
        if !plan.problems.0.is_empty() {
            return Err(AppError::invalid(plan.problems));
        }
        let dry_run = request.mode == ApplyMode::DryRun;
        let (changes, warnings) = (plan.changes.clone(), plan.warnings.clone());
        if dry_run {
            // What the store alone can tell, such as a thing that is still in use, is found by writing and taking it
            // back. Keys are not made for that, and what is sealed needs the vault.
            if plan.ssh_keys.is_empty() && plan.pgp_keys.is_empty() && !plan.needs_vault {
                let unit = self.written(plan, Made::default()).await?;
                unit.rollback().await;
            }
        } else {
            if plan.needs_vault {
                self.vault_needed()?;
            }
            let made = self.make(&mut plan).await?;
            self.written(plan, made).await?.commit().await?;
        }
        Ok(Applied { dry_run, changes, warnings })
    }

    /// Makes keys and seals secrets, which takes time and must not hold up other writers.
    async fn make(&self, plan: &mut Plan) -> Result<Made> {
        let mut made = Made::default();
        for key in std::mem::take(&mut plan.ssh_keys) {
            made.ssh_keys.push(self.make_ssh(key).await?);
        }
        for key in std::mem::take(&mut plan.pgp_keys) {
            made.pgp_keys.push(self.make_pgp(key).await?);
        }
        let seal =
            |place, value: &courier_vault::SecretString| self.vault().seal(&place, value.expose().as_bytes());
        for (id, value) in &plan.secrets {
            made.secrets.push((*id, seal(places::step_secret(*id), value)?));
        }
        for planned in &plan.connections {
            let place = || places::connection_password(planned.id);
            let own = planned.password.as_ref().map(|text| seal(place(), text)).transpose()?;
            let place = || places::proxy_password(planned.id);
            let proxy = planned.proxy_password.as_ref().map(|text| seal(place(), text)).transpose()?;
            made.passwords.push((own, proxy));
        }
        for planned in &plan.rules {
            let place = || places::notification_secret(planned.id);
            made.rule_secrets.push(planned.secret.as_ref().map(|text| seal(place(), text)).transpose()?);
        }
        Ok(made)
    }

    /// The whole plan in one unit of work, not yet committed.
    async fn written(&self, plan: Plan, made: Made) -> Result<UnitOfWork> {
        let mut unit = self.begin().await?;
        let now = unit.now();
        for (key, value) in &plan.settings {
            unit.set_setting(key, value).await?;
        }
        for planned in plan.tags {
            match planned.before {
                None => unit.insert_tag(&Tag::new(planned.id, planned.draft, now)).await?,
                Some(mut tag) => {
                    let seen = tag.updated_at;
                    tag.edit(planned.draft, now);
                    unit.update_tag(&tag, seen).await?;
                }
            }
        }
        for planned in plan.calendars {
            match planned.before {
                None => unit.insert_calendar(&Calendar::new(planned.id, planned.draft, now)).await?,
                Some(mut calendar) => {
                    let seen = calendar.updated_at;
                    calendar.edit(planned.draft, now);
                    unit.update_calendar(&calendar, seen).await?;
                }
            }
        }
        for key in &made.ssh_keys {
            unit.insert_ssh_key(key).await?;
        }
        for key in &made.pgp_keys {
            unit.insert_pgp_key(key).await?;
        }
        for (id, sealed) in &made.secrets {
            unit.put_secret(*id, sealed).await?;
        }
        let mut passwords = made.passwords.into_iter();
        for planned in plan.connections {
            write_connection(&mut unit, planned, passwords.next().unwrap_or_default()).await?;
        }
        for planned in plan.jobs {
            match (planned.before, planned.draft) {
                (None, Some(draft)) => {
                    unit.insert_job(&Job::new(planned.id, draft, now, || self.new_id())).await?;
                }
                (Some(mut job), Some(draft)) => {
                    job.edit(draft, now, || self.new_id());
                    unit.update_job(&job).await?;
                }
                (_, None) => {}
            }
            if let Some(enabled) = planned.is_enabled {
                unit.set_job_enabled(planned.id, enabled).await?;
            }
        }
        for planned in plan.chains {
            match (planned.before, planned.draft) {
                (None, Some(draft)) => {
                    unit.insert_chain(&JobChain::new(planned.id, draft, now, || self.new_id())).await?;
                }
                (Some(mut chain), Some(draft)) => {
                    let seen = chain.updated_at;
                    chain.edit(draft, now, || self.new_id());
                    unit.update_chain(&chain, seen).await?;
                }
                (_, None) => {}
            }
            if let Some(enabled) = planned.is_enabled {
                unit.set_chain_enabled(planned.id, enabled).await?;
            }
        }
        for planned in plan.job_schedules {
            for id in planned.removed {
                unit.delete_schedule::<JobSchedule>(id).await?;
            }
            for draft in planned.added {
                let (id, job_id) = (self.new_id(), planned.owner);
                let calendar = unit.hold_calendar(draft.calendar_id).await?;
                let schedule = Schedule::new(draft, calendar.as_ref(), now);
                unit.insert_schedule(&JobSchedule { id, job_id, schedule }).await?;
            }
        }
        for planned in plan.chain_schedules {
            for id in planned.removed {
                unit.delete_schedule::<ChainSchedule>(id).await?;
            }
            for draft in planned.added {
                let (id, chain_id) = (self.new_id(), planned.owner);
                let calendar = unit.hold_calendar(draft.calendar_id).await?;
                let schedule = Schedule::new(draft, calendar.as_ref(), now);
                unit.insert_schedule(&ChainSchedule { id, chain_id, schedule }).await?;
            }
        }
        self.write_dependencies(&mut unit, plan.dependencies).await?;
        for planned in plan.monitors {
            match (planned.before, planned.draft) {
                (None, Some(draft)) => {
                    let new_id = || self.new_id();
                    let monitor = FileMonitor::new(planned.id, draft, self.node_name(), now, new_id);
                    unit.insert_monitor(&monitor).await?;
                    self.take_baseline(&mut unit, &monitor, None).await?;
                }
                (Some(before), Some(draft)) => {
                    let mut monitor = before.clone();
                    monitor.edit(draft, self.node_name(), now, || self.new_id());
                    let monitor = unit.update_monitor(&monitor, before.updated_at).await?;
                    self.take_baseline(&mut unit, &monitor, Some(&before)).await?;
                }
                (_, None) => {}
            }
            for event in planned.moves {
                let monitor = unit.move_monitor(planned.id, *event, None).await?;
                if *event == MonitorEvent::Activate {
                    self.take_baseline(&mut unit, &monitor, None).await?;
                }
            }
        }
        let mut rule_secrets = made.rule_secrets.into_iter();
        for planned in plan.rules {
            write_rule(&mut unit, planned, rule_secrets.next().flatten()).await?;
        }
        for (kind, id, tags) in &plan.tagged {
            unit.set_tags_of(*kind, *id, tags).await?;
        }
        remove(&mut unit, &plan.removals).await?;
        Ok(unit)
    }

    /// What leaves goes first, so that no cycle is seen that is not there in the end.
    async fn write_dependencies(
        &self,
        unit: &mut UnitOfWork,
        wanted: Vec<(JobId, Vec<DependencyDraft>)>,
    ) -> Result<()> {
        let mut added = Vec::new();
        for (job, drafts) in wanted {
            let stored = unit.upstream_dependencies(job).await?;
            let same = |edge: &JobDependency, draft: &DependencyDraft| {
                edge.upstream_job_id == draft.upstream_job_id
                    && edge.run_on_failure == draft.run_on_failure
                    && edge.trigger_downstream == draft.trigger_downstream
            };
            for edge in stored.iter().filter(|edge| !drafts.iter().any(|draft| same(edge, draft))) {
                unit.delete_dependency(edge.id).await?;
            }
            added.extend(
                drafts
                    .into_iter()
                    .filter(|draft| !stored.iter().any(|edge| same(edge, draft)))
                    .map(|draft| (job, draft)),
            );
        }
        for (downstream_job_id, draft) in added {
            let edge = JobDependency {
                id: self.new_id(),
                upstream_job_id: draft.upstream_job_id,
                downstream_job_id,
                run_on_failure: draft.run_on_failure,
                trigger_downstream: draft.trigger_downstream,
                created_at: unit.now(),
                updated_at: unit.now(),
            };
            unit.insert_dependency(&edge).await?;
        }
        Ok(())
    }

    async fn make_ssh(&self, key: NewSsh) -> Result<SshKey> {
        match key.made {
            SshMade::Generate(key_type) => {
                self.generate_ssh(key.id, SshKeyDraft { name: key.name, key_type, passphrase: None }).await
            }
            SshMade::Imported(pair) => self.ssh_row(key.id, key.name, pair, self.now()),
            SshMade::Public(public) => Ok(self.ssh_public_row(key.id, key.name, public, self.now())),
        }
    }

    async fn make_pgp(&self, key: NewPgp) -> Result<PgpKey> {
        match key.made {
            PgpMade::Generate(draft) => self.generate_pgp(key.id, draft).await,
            PgpMade::Imported { name, key: imported, passphrase } => {
                self.imported_row(key.id, name, &imported, passphrase.as_ref()).await
            }
        }
    }
}

/// What is ready before the unit of work begins, in the order of the plan.
#[derive(Default)]
struct Made {
    ssh_keys: Vec<SshKey>,
    pgp_keys: Vec<PgpKey>,
    secrets: Vec<(SecretId, Sealed)>,
    /// Of a connection and of its proxy.
    passwords: Vec<(Option<Sealed>, Option<Sealed>)>,
    rule_secrets: Vec<Option<Sealed>>,
}

async fn write_connection(
    unit: &mut UnitOfWork,
    planned: PlannedConnection,
    (password, proxy_password): (Option<Sealed>, Option<Sealed>),
) -> Result<()> {
    match planned.before {
        None => {
            let mut connection = Connection::new(planned.id, planned.draft, password, unit.now())?;
            connection.set_proxy_password(proxy_password);
            unit.insert_connection(&connection).await?;
            note_legacy(unit, None, &connection);
        }
        Some(mut connection) => {
            let before = connection.clone();
            connection.edit(planned.draft, password, unit.now())?;
            if proxy_password.is_some() {
                connection.set_proxy_password(proxy_password);
            }
            unit.update_connection(&connection, before.updated_at).await?;
            note_legacy(unit, Some(&before), &connection);
        }
    }
    Ok(())
}

async fn write_rule(unit: &mut UnitOfWork, planned: PlannedRule, secret: Option<Sealed>) -> Result<()> {
    // An empty place marks a secret that is still to be given.
    let secret = secret.or_else(|| planned.waits.then(|| Sealed(Vec::new())));
    match planned.before {
        None => {
            let rule = NotificationRule::new(planned.id, planned.draft, secret, unit.now());
            unit.insert_notification_rule(&rule).await?;
        }
        Some(mut rule) => {
            let seen = rule.updated_at;
            rule.edit(planned.draft, unit.now());
            rule.secret_encrypted = secret.or(rule.secret_encrypted.take());
            unit.update_notification_rule(&rule, seen).await?;
        }
    }
    Ok(())
}

/// What refers to others goes before them.
async fn remove(unit: &mut UnitOfWork, removals: &plan::Removals) -> Result<()> {
    for key in &removals.settings {
        if let Some(spec) = setting(key) {
            unit.set_setting(key, spec.default).await?;
        }
    }
    for id in &removals.rules {
        unit.delete_notification_rule(*id).await?;
    }
    for id in &removals.monitors {
        unit.delete_monitor(*id).await?;
    }
    for id in &removals.chains {
        unit.delete_chain(*id).await?;
    }
    for id in &removals.jobs {
        // Nothing that stays waits for it, and what it waited for does not matter any more.
        for edge in unit.upstream_dependencies(*id).await? {
            unit.delete_dependency(edge.id).await?;
        }
    }
    for id in &removals.jobs {
        unit.delete_job(*id).await?;
    }
    for id in &removals.connections {
        unit.delete_connection(*id).await?;
    }
    for id in &removals.pgp_keys {
        unit.delete_pgp_key(*id).await?;
    }
    for id in &removals.ssh_keys {
        unit.delete_ssh_key(*id).await?;
    }
    for id in &removals.tags {
        unit.delete_tag(*id).await?;
    }
    for id in &removals.calendars {
        unit.delete_calendar(*id).await?;
    }
    Ok(())
}
