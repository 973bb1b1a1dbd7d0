//! A store with rules, an engine that tells by them, and a clock that can be moved.

use courier_domain::audit::AuditableEntityType;
use courier_domain::event::{EventType, NewEvent};
use courier_domain::job::Job;
use courier_domain::notification::{EventDelivery, NotificationRule};
use courier_domain::{Clock, IdSource, JobId, JobStepId, NotificationRuleId, Timestamp};
use courier_engine::{Engine, EngineParts, RunningEngine, Work, places};
use courier_store::{DeliveryFilter, NewestEvents, Store, StoreUrl};
use courier_vault::{InitMethod, Keychain, Vault, VaultOptions};
use serde_json::{Value, json};
use std::os::unix::fs::DirBuilderExt;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

/// Far more than any of it takes; a test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The real time and what was added to it.
#[derive(Debug, Default)]
pub(crate) struct MockClock(Mutex<chrono::TimeDelta>);

impl MockClock {
    pub(crate) fn advance(&self, by: chrono::TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for MockClock {
    fn now(&self) -> Timestamp {
        let real = Timestamp::from(std::time::UNIX_EPOCH + std::time::UNIX_EPOCH.elapsed().unwrap());
        chrono::SubsecRound::trunc_subsecs(real + *self.0.lock().unwrap(), 6)
    }
}

#[derive(Debug)]
pub(super) struct Ids;

impl IdSource for Ids {
    #[expect(clippy::disallowed_methods, reason = "this is the test's source of ids")]
    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

pub(crate) struct World {
    pub(crate) _home: tempfile::TempDir,
    pub(crate) clock: Arc<MockClock>,
    pub(crate) store: Store,
    pub(crate) vault: Vault,
    pub(crate) engine: Engine,
}

impl World {
    pub(crate) async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let url = StoreUrl::in_home(home.path());
        Self::on(home, &url, Arc::default()).await
    }

    pub(crate) async fn on(home: tempfile::TempDir, url: &StoreUrl, clock: Arc<MockClock>) -> Self {
        let store = Store::open(url, clock.clone(), Arc::new(Ids)).await.unwrap();
        let folder = home.path().join("private");
        std::fs::DirBuilder::new().mode(0o700).create(&folder).unwrap();
        let mut options = VaultOptions::new(clock.clone());
        options.keychain = Keychain::disabled();
        let vault = Vault::open(home.path(), options);
        vault.init(InitMethod::KeyFile(folder.join("vault.key"))).unwrap();
        let engine = Engine::new(EngineParts {
            store: store.clone(),
            vault: vault.clone(),
            home: home.path().to_owned(),
            clock: clock.clone(),
            ids: Arc::new(Ids),
            node_name: "test".into(),
        });
        Self { _home: home, clock, store, vault, engine }
    }

    pub(crate) async fn start(&self) -> RunningEngine {
        self.engine.start(Work::All).await.unwrap()
    }

    pub(crate) async fn allow_loopback(&self) {
        let mut unit = self.store.begin("tester@here").await.unwrap();
        unit.set_setting("security.webhook_allow_loopback", "true").await.unwrap();
        unit.commit().await.unwrap();
    }

    pub(crate) async fn job(&self, name: &str) -> JobId {
        let step =
            json!({ "name": "List", "type_key": "file.list", "configuration": { "path": "/nowhere" } });
        let draft = serde_json::from_value(json!({ "name": name, "steps": [step] })).unwrap();
        let job = Job::new(JobId(Ids.new_id()), draft, self.clock.now(), || JobStepId(Ids.new_id()));
        let mut unit = self.store.begin("tester@here").await.unwrap();
        unit.insert_job(&job).await.unwrap();
        unit.commit().await.unwrap();
        job.id
    }

    /// A rule for these events by this channel; `more` are other fields of its draft.
    pub(crate) async fn rule(
        &self,
        events: &[EventType],
        channel: Value,
        secret: Option<&str>,
        more: Value,
    ) -> NotificationRule {
        let id = NotificationRuleId(Ids.new_id());
        let mut draft = json!({ "name": format!("tell {id}"), "event_types": events, "channel": channel });
        for (field, value) in more.as_object().into_iter().flatten() {
            draft[field] = value.clone();
        }
        let sealed = secret
            .map(|secret| self.vault.seal(&places::notification_secret(id), secret.as_bytes()).unwrap());
        let draft = serde_json::from_value(draft).unwrap();
        let rule = NotificationRule::new(id, draft, sealed, self.clock.now());
        let mut unit = self.store.begin("tester@here").await.unwrap();
        unit.insert_notification_rule(&rule).await.unwrap();
        unit.commit().await.unwrap();
        rule
    }

    /// Something happens to a run of the job; `n` tells it from others.
    pub(crate) async fn happens(&self, job: JobId, event_type: EventType, n: u32) {
        let mut unit = self.store.begin("system").await.unwrap();
        let run = Ids.new_id();
        let payload = json!({ "job_id": job, "n": n, "error_message": format!("no such file {n}") });
        let entity_type = AuditableEntityType::JobExecution;
        unit.event(NewEvent { event_type, entity_type, entity_id: run, payload });
        unit.audit(entity_type, run, "StateChanged", json!({}));
        unit.commit().await.unwrap();
    }

    /// Deliveries by the rule, oldest first.
    pub(crate) async fn deliveries(&self, rule: &NotificationRule) -> Vec<EventDelivery> {
        let filter = DeliveryFilter { rule_id: Some(rule.id), limit: 1_000, ..DeliveryFilter::default() };
        let mut all = self.store.read().await.unwrap().deliveries(&filter).await.unwrap();
        all.sort_by_key(|delivery| delivery.event_id);
        all
    }

    /// Waits until the rule's deliveries are as wanted.
    pub(crate) async fn until(
        &self,
        rule: &NotificationRule,
        wanted: impl Fn(&[EventDelivery]) -> bool,
    ) -> Vec<EventDelivery> {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let deliveries = self.deliveries(rule).await;
            if wanted(&deliveries) {
                return deliveries;
            }
            assert!(tokio::time::Instant::now() < until, "{deliveries:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until no event is left to be dealt with.
    pub(crate) async fn until_quiet(&self) {
        let until = tokio::time::Instant::now() + PATIENCE;
        let open = NewestEvents { processed: Some(false), limit: 10, ..NewestEvents::default() };
        loop {
            let left = self.store.read().await.unwrap().newest_events(&open).await.unwrap();
            if left.is_empty() {
                return;
            }
            assert!(tokio::time::Instant::now() < until, "{left:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
