-- Chains, schedules, dependencies, monitors, tags, notification rules: the rest of the domain.
-- Conventions as in 0001.

CREATE TABLE job_chains (
    id BLOB PRIMARY KEY NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_key TEXT NOT NULL,
    description TEXT,
    is_enabled INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    is_deleted INTEGER NOT NULL CHECK (is_deleted IN (0, 1)),
    deleted_at TEXT,
    CHECK (is_deleted = (deleted_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX job_chains_name_key ON job_chains (name_key) WHERE NOT is_deleted;

-- A member that left its chain stays here as deleted, because runs refer to it. Its first edge stands in the row, all of
-- them in job_chain_edges.
CREATE TABLE job_chain_members (
    id BLOB PRIMARY KEY NOT NULL,
    chain_id BLOB NOT NULL REFERENCES job_chains (id),
    job_id BLOB NOT NULL REFERENCES jobs (id),
    name TEXT NOT NULL CHECK (name <> ''),
    name_key TEXT NOT NULL,
    execution_order INTEGER NOT NULL CHECK (execution_order >= 0),
    depends_on_member_id BLOB REFERENCES job_chain_members (id),
    run_on_upstream_failure INTEGER NOT NULL CHECK (run_on_upstream_failure IN (0, 1)),
    parameters TEXT NOT NULL,
    is_deleted INTEGER NOT NULL CHECK (is_deleted IN (0, 1)),
    CHECK (depends_on_member_id IS NOT NULL OR NOT run_on_upstream_failure),
    CHECK (depends_on_member_id <> id)
) STRICT;
CREATE UNIQUE INDEX job_chain_members_order ON job_chain_members (chain_id, execution_order) WHERE NOT is_deleted;
CREATE UNIQUE INDEX job_chain_members_name_key ON job_chain_members (chain_id, name_key) WHERE NOT is_deleted;
CREATE INDEX job_chain_members_job_id ON job_chain_members (job_id);

CREATE TABLE job_chain_edges (
    member_id BLOB NOT NULL REFERENCES job_chain_members (id),
    depends_on_member_id BLOB NOT NULL REFERENCES job_chain_members (id),
    position INTEGER NOT NULL CHECK (position >= 0),
    run_on_upstream_failure INTEGER NOT NULL CHECK (run_on_upstream_failure IN (0, 1)),
    PRIMARY KEY (member_id, depends_on_member_id),
    CHECK (member_id <> depends_on_member_id)
) STRICT;

-- pending: stored, moved on by whoever advances chains. running: at least one member is not over. paused, failed: moved
-- on by a person.
CREATE TABLE chain_executions (
    id BLOB PRIMARY KEY NOT NULL,
    chain_id BLOB NOT NULL REFERENCES job_chains (id),
    triggered_by TEXT NOT NULL CHECK (triggered_by <> ''),
    state TEXT NOT NULL CHECK (state IN ('pending', 'running', 'completed', 'failed', 'paused', 'cancelled')),
    started_at TEXT,
    completed_at TEXT,
    config_snapshot TEXT NOT NULL,
    parameters TEXT NOT NULL,
    error_message TEXT,
    -- Unique for what must start once: a schedule's fire time, a monitor's batch.
    trigger_key TEXT UNIQUE CHECK (trigger_key <> ''),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CHECK ((state IN ('completed', 'failed', 'cancelled')) = (completed_at IS NOT NULL)),
    CHECK (state NOT IN ('running', 'paused', 'completed', 'failed') OR started_at IS NOT NULL)
) STRICT;
CREATE INDEX chain_executions_chain ON chain_executions (chain_id, id);
CREATE INDEX chain_executions_open ON chain_executions (state) WHERE state IN ('pending', 'running', 'paused');

CREATE TABLE chain_member_executions (
    id BLOB PRIMARY KEY NOT NULL,
    chain_execution_id BLOB NOT NULL REFERENCES chain_executions (id),
    member_id BLOB NOT NULL REFERENCES job_chain_members (id),
    execution_order INTEGER NOT NULL CHECK (execution_order >= 0),
    name TEXT NOT NULL CHECK (name <> ''),
    state TEXT NOT NULL
        CHECK (state IN ('pending', 'queued', 'running', 'completed', 'failed', 'skipped', 'cancelled')),
    job_execution_id BLOB REFERENCES job_executions (id),
    reason TEXT,
    started_at TEXT,
    completed_at TEXT,
    UNIQUE (chain_execution_id, member_id),
    CHECK (state NOT IN ('queued', 'running') OR job_execution_id IS NOT NULL),
    CHECK ((state IN ('completed', 'failed', 'skipped', 'cancelled')) = (completed_at IS NOT NULL))
) STRICT;
CREATE INDEX chain_member_executions_job ON chain_member_executions (job_execution_id);

CREATE TABLE job_dependencies (
    id BLOB PRIMARY KEY NOT NULL,
    upstream_job_id BLOB NOT NULL REFERENCES jobs (id),
    downstream_job_id BLOB NOT NULL REFERENCES jobs (id),
    run_on_failure INTEGER NOT NULL CHECK (run_on_failure IN (0, 1)),
    trigger_downstream INTEGER NOT NULL CHECK (trigger_downstream IN (0, 1)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (downstream_job_id, upstream_job_id),
    CHECK (upstream_job_id <> downstream_job_id)
) STRICT;
CREATE INDEX job_dependencies_upstream ON job_dependencies (upstream_job_id);

CREATE TABLE job_schedules (
    id BLOB PRIMARY KEY NOT NULL,
    job_id BLOB NOT NULL REFERENCES jobs (id),
    schedule_type TEXT NOT NULL CHECK (schedule_type IN ('cron', 'one_shot')),
    cron_expression TEXT,
    run_at TEXT,
    time_zone TEXT NOT NULL CHECK (time_zone <> ''),
    misfire_policy TEXT NOT NULL CHECK (misfire_policy IN ('run_once', 'skip', 'run_all')),
    overlap_policy TEXT NOT NULL CHECK (overlap_policy IN ('queue', 'skip')),
    parameters TEXT NOT NULL,
    is_enabled INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
    last_fired_at TEXT,
    next_fire_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CHECK ((schedule_type = 'cron') = (cron_expression IS NOT NULL)),
    CHECK ((schedule_type = 'one_shot') = (run_at IS NOT NULL)),
    CHECK (is_enabled OR next_fire_at IS NULL)
) STRICT;
CREATE INDEX job_schedules_job_id ON job_schedules (job_id);
CREATE INDEX job_schedules_next ON job_schedules (next_fire_at) WHERE next_fire_at IS NOT NULL;

CREATE TABLE chain_schedules (
    id BLOB PRIMARY KEY NOT NULL,
    chain_id BLOB NOT NULL REFERENCES job_chains (id),
    schedule_type TEXT NOT NULL CHECK (schedule_type IN ('cron', 'one_shot')),
    cron_expression TEXT,
    run_at TEXT,
    time_zone TEXT NOT NULL CHECK (time_zone <> ''),
    misfire_policy TEXT NOT NULL CHECK (misfire_policy IN ('run_once', 'skip', 'run_all')),
    overlap_policy TEXT NOT NULL CHECK (overlap_policy IN ('queue', 'skip')),
    parameters TEXT NOT NULL,
    is_enabled INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
    last_fired_at TEXT,
    next_fire_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CHECK ((schedule_type = 'cron') = (cron_expression IS NOT NULL)),
    CHECK ((schedule_type = 'one_shot') = (run_at IS NOT NULL)),
    CHECK (is_enabled OR next_fire_at IS NULL)
) STRICT;
CREATE INDEX chain_schedules_chain_id ON chain_schedules (chain_id);
CREATE INDEX chain_schedules_next ON chain_schedules (next_fire_at) WHERE next_fire_at IS NOT NULL;

-- trigger_events: 1 file_created, 2 file_modified, 4 file_exists.
CREATE TABLE file_monitors (
    id BLOB PRIMARY KEY NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_key TEXT NOT NULL,
    description TEXT,
    watch_target TEXT NOT NULL CHECK (json_extract(watch_target, '$.type') IN ('local', 'remote')),
    trigger_events INTEGER NOT NULL CHECK (trigger_events BETWEEN 1 AND 7),
    file_patterns TEXT NOT NULL,
    exclude_patterns TEXT NOT NULL,
    recursive INTEGER NOT NULL CHECK (recursive IN (0, 1)),
    polling_interval_sec INTEGER NOT NULL CHECK (polling_interval_sec > 0),
    stability_window_sec INTEGER NOT NULL CHECK (stability_window_sec >= 0),
    batch_mode INTEGER NOT NULL CHECK (batch_mode IN (0, 1)),
    max_files_per_run INTEGER CHECK (max_files_per_run > 0),
    compare_content INTEGER NOT NULL CHECK (compare_content IN (0, 1)),
    max_consecutive_failures INTEGER NOT NULL CHECK (max_consecutive_failures > 0),
    consecutive_failure_count INTEGER NOT NULL CHECK (consecutive_failure_count >= 0),
    state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'disabled', 'error')),
    last_error TEXT,
    run_on TEXT NOT NULL CHECK (run_on <> ''),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    is_deleted INTEGER NOT NULL CHECK (is_deleted IN (0, 1)),
    deleted_at TEXT,
    CHECK (is_deleted = (deleted_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX file_monitors_name_key ON file_monitors (name_key) WHERE NOT is_deleted;

-- A binding that left its monitor stays here as deleted, because the file log refers to it.
CREATE TABLE monitor_job_bindings (
    id BLOB PRIMARY KEY NOT NULL,
    monitor_id BLOB NOT NULL REFERENCES file_monitors (id),
    job_id BLOB REFERENCES jobs (id),
    chain_id BLOB REFERENCES job_chains (id),
    parameters TEXT NOT NULL,
    position INTEGER NOT NULL CHECK (position >= 0),
    is_deleted INTEGER NOT NULL CHECK (is_deleted IN (0, 1)),
    CHECK ((job_id IS NULL) <> (chain_id IS NULL))
) STRICT;
CREATE INDEX monitor_job_bindings_monitor_id ON monitor_job_bindings (monitor_id);
CREATE INDEX monitor_job_bindings_job_id ON monitor_job_bindings (job_id);
CREATE INDEX monitor_job_bindings_chain_id ON monitor_job_bindings (chain_id);

CREATE TABLE monitor_directory_states (
    id BLOB PRIMARY KEY NOT NULL,
    monitor_id BLOB NOT NULL UNIQUE REFERENCES file_monitors (id),
    directory_listing TEXT NOT NULL,
    captured_at TEXT NOT NULL
) STRICT;

CREATE TABLE monitor_file_logs (
    id BLOB PRIMARY KEY NOT NULL,
    monitor_id BLOB NOT NULL REFERENCES file_monitors (id),
    file_path TEXT NOT NULL CHECK (file_path <> ''),
    file_size INTEGER NOT NULL CHECK (file_size >= 0),
    file_hash TEXT CHECK (length(file_hash) = 64),
    last_modified TEXT NOT NULL,
    triggered_at TEXT NOT NULL,
    -- The first of monitor_file_log_executions: of job_executions, or of chain_executions where a chain was started.
    execution_id BLOB NOT NULL,
    trigger_event TEXT NOT NULL CHECK (trigger_event IN ('file_created', 'file_modified', 'file_exists')),
    generation INTEGER NOT NULL CHECK (generation >= 0)
) STRICT;
-- One trigger for one file; file_exists means each look, so it is not among them.
CREATE UNIQUE INDEX monitor_file_logs_once ON monitor_file_logs
    (monitor_id, file_path, generation, file_size, last_modified, trigger_event) WHERE trigger_event <> 'file_exists';
CREATE INDEX monitor_file_logs_newest ON monitor_file_logs (monitor_id, id);
CREATE INDEX monitor_file_logs_path ON monitor_file_logs (monitor_id, file_path, id);
CREATE INDEX monitor_file_logs_triggered_at ON monitor_file_logs (triggered_at);

CREATE TABLE monitor_file_log_executions (
    file_log_id BLOB NOT NULL REFERENCES monitor_file_logs (id),
    binding_id BLOB NOT NULL REFERENCES monitor_job_bindings (id),
    job_execution_id BLOB REFERENCES job_executions (id),
    chain_execution_id BLOB REFERENCES chain_executions (id),
    PRIMARY KEY (file_log_id, binding_id),
    CHECK ((job_execution_id IS NULL) <> (chain_execution_id IS NULL))
) STRICT;
CREATE INDEX monitor_file_log_executions_job ON monitor_file_log_executions (job_execution_id);
CREATE INDEX monitor_file_log_executions_chain ON monitor_file_log_executions (chain_execution_id);

CREATE TABLE tags (
    id BLOB PRIMARY KEY NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_key TEXT NOT NULL,
    color TEXT CHECK (length(color) = 7),
    category TEXT,
    description TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    is_deleted INTEGER NOT NULL CHECK (is_deleted IN (0, 1)),
    deleted_at TEXT,
    CHECK (is_deleted = (deleted_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX tags_name_key ON tags (name_key) WHERE NOT is_deleted;

CREATE TABLE entity_tags (
    id BLOB PRIMARY KEY NOT NULL,
    tag_id BLOB NOT NULL REFERENCES tags (id),
    entity_type TEXT NOT NULL
        CHECK (entity_type IN ('job', 'job_chain', 'connection', 'pgp_key', 'ssh_key', 'file_monitor')),
    entity_id BLOB NOT NULL,
    UNIQUE (tag_id, entity_type, entity_id)
) STRICT;
CREATE INDEX entity_tags_entity ON entity_tags (entity_type, entity_id);

CREATE TABLE notification_rules (
    id BLOB PRIMARY KEY NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_key TEXT NOT NULL,
    is_enabled INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
    event_types TEXT NOT NULL,
    -- Ids of the tags, jobs, chains and monitors it is about, as lists; all empty means everything.
    tags TEXT NOT NULL,
    jobs TEXT NOT NULL,
    chains TEXT NOT NULL,
    monitors TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (json_extract(channel, '$.type') IN ('desktop', 'email', 'webhook', 'amqp')),
    secret_encrypted BLOB,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    is_deleted INTEGER NOT NULL CHECK (is_deleted IN (0, 1)),
    deleted_at TEXT,
    CHECK (is_deleted = (deleted_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX notification_rules_name_key ON notification_rules (name_key) WHERE NOT is_deleted;

-- One event on its way to one rule. domain_events.processed_at is set when none of them is pending any more.
CREATE TABLE event_deliveries (
    id BLOB PRIMARY KEY NOT NULL,
    event_id BLOB NOT NULL REFERENCES domain_events (id),
    rule_id BLOB NOT NULL REFERENCES notification_rules (id),
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'suppressed', 'dead')),
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    next_attempt_at TEXT,
    delivered_at TEXT,
    last_error TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (event_id, rule_id),
    CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL)),
    CHECK ((state = 'delivered') = (delivered_at IS NOT NULL))
) STRICT;
CREATE INDEX event_deliveries_due ON event_deliveries (next_attempt_at) WHERE state = 'pending';

-- Unique for what must start once: a schedule's fire time, a monitor's batch, a chain's member.
ALTER TABLE job_executions ADD COLUMN trigger_key TEXT CHECK (trigger_key <> '');
CREATE UNIQUE INDEX job_executions_trigger_key ON job_executions (trigger_key) WHERE trigger_key IS NOT NULL;
CREATE INDEX job_executions_chain ON job_executions (chain_execution_id) WHERE chain_execution_id IS NOT NULL;
CREATE INDEX job_executions_retry_of ON job_executions (retry_of) WHERE retry_of IS NOT NULL;
CREATE INDEX receipts_step_execution_id ON receipts (step_execution_id);
-- SQLite cannot add a foreign key to a table that is there.
CREATE TRIGGER job_executions_chain_execution_insert BEFORE INSERT ON job_executions
WHEN NEW.chain_execution_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM chain_executions WHERE id = NEW.chain_execution_id)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: job_executions.chain_execution_id'); END;
CREATE TRIGGER job_executions_chain_execution_update BEFORE UPDATE OF chain_execution_id ON job_executions
WHEN NEW.chain_execution_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM chain_executions WHERE id = NEW.chain_execution_id)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: job_executions.chain_execution_id'); END;
CREATE TRIGGER chain_executions_keep_runs BEFORE DELETE ON chain_executions
WHEN EXISTS (SELECT 1 FROM job_executions WHERE chain_execution_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: job_executions.chain_execution_id'); END;
