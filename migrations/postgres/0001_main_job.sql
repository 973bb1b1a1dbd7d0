-- Courier 0.1: jobs, runs, connections, keys, audit, events, settings, secrets, nodes.
-- The same version number stands in both folders; a state or enum that the code knows is repeated here as a CHECK.
-- Times are UTC with whole microseconds. Names are unique without regard to case among what is not deleted:
-- `name_key` holds the name in lower case, made by the program, because databases disagree about letters beyond ASCII.

CREATE TABLE jobs (
    id UUID PRIMARY KEY NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_key TEXT NOT NULL,
    description TEXT,
    current_version INTEGER NOT NULL CHECK (current_version >= 1),
    failure_policy JSONB NOT NULL
        CHECK (failure_policy ->> 'type' IN ('stop', 'retry_step', 'retry_job', 'skip_and_continue')),
    is_enabled BOOLEAN NOT NULL,
    parameters JSONB NOT NULL,
    time_zone TEXT,
    max_instances INTEGER NOT NULL CHECK (max_instances >= 1),
    priority INTEGER NOT NULL,
    run_on TEXT NOT NULL CHECK (run_on <> ''),
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    is_deleted BOOLEAN NOT NULL,
    deleted_at TIMESTAMPTZ,
    CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE UNIQUE INDEX jobs_name_key ON jobs (name_key) WHERE NOT is_deleted;

-- A step that left its job stays here as deleted, because runs refer to it.
CREATE TABLE job_steps (
    id UUID PRIMARY KEY NOT NULL,
    job_id UUID NOT NULL REFERENCES jobs (id),
    step_order INTEGER NOT NULL CHECK (step_order >= 0),
    name TEXT NOT NULL CHECK (name <> ''),
    alias TEXT NOT NULL CHECK (alias <> ''),
    type_key TEXT NOT NULL CHECK (type_key <> ''),
    configuration JSONB NOT NULL,
    timeout_seconds BIGINT NOT NULL CHECK (timeout_seconds >= 0),
    failure_policy JSONB
        CHECK (failure_policy IS NULL
            OR failure_policy ->> 'type' IN ('stop', 'retry_step', 'retry_job', 'skip_and_continue')),
    enabled BOOLEAN NOT NULL,
    is_deleted BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX job_steps_step_order ON job_steps (job_id, step_order) WHERE NOT is_deleted;
CREATE UNIQUE INDEX job_steps_alias ON job_steps (job_id, alias) WHERE NOT is_deleted;

CREATE TABLE job_versions (
    id UUID PRIMARY KEY NOT NULL,
    job_id UUID NOT NULL REFERENCES jobs (id),
    version_number INTEGER NOT NULL CHECK (version_number >= 1),
    config_snapshot TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by TEXT NOT NULL,
    UNIQUE (job_id, version_number)
);

CREATE TABLE nodes (
    id UUID PRIMARY KEY NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    pid BIGINT NOT NULL,
    version TEXT NOT NULL,
    -- Takes whatever is queued; a node without lives for one run.
    serves_queue BOOLEAN NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    heartbeat_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX nodes_heartbeat_at ON nodes (heartbeat_at);

-- queued: waits for a free slot, moved on by claim. running: held by `claimed_by` until `lease_expires_at`, moved on by
-- its holder, or back to queued by rescue once the lease is over. paused, failed: moved on by a person's resume.
CREATE TABLE job_executions (
    id UUID PRIMARY KEY NOT NULL,
    job_id UUID NOT NULL,
    job_version_number INTEGER NOT NULL,
    chain_execution_id UUID,
    triggered_by TEXT NOT NULL CHECK (triggered_by <> ''),
    state TEXT NOT NULL
        CHECK (state IN ('created', 'queued', 'running', 'paused', 'completed', 'failed', 'cancelled')),
    queued_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ,
    context_snapshot TEXT NOT NULL,
    priority INTEGER NOT NULL,
    parameters JSONB NOT NULL,
    retry_of UUID REFERENCES job_executions (id),
    attempt INTEGER NOT NULL CHECK (attempt >= 0),
    had_skips BOOLEAN NOT NULL,
    error_code TEXT,
    error_message TEXT,
    cancel_requested_at TIMESTAMPTZ,
    pause_requested_at TIMESTAMPTZ,
    claimed_by UUID,
    lease_expires_at TIMESTAMPTZ,
    epoch BIGINT NOT NULL CHECK (epoch >= 0),
    rescues INTEGER NOT NULL CHECK (rescues >= 0),
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    FOREIGN KEY (job_id, job_version_number) REFERENCES job_versions (job_id, version_number),
    CHECK ((state = 'running') = (claimed_by IS NOT NULL)),
    CHECK ((claimed_by IS NULL) = (lease_expires_at IS NULL)),
    CHECK (state = 'created' OR state = 'cancelled' OR queued_at IS NOT NULL),
    CHECK (state <> 'running' OR (started_at IS NOT NULL AND epoch > 0)),
    CHECK ((state IN ('completed', 'failed', 'cancelled')) = (completed_at IS NOT NULL)),
    CHECK (state <> 'failed' OR error_code IS NOT NULL)
);
CREATE INDEX job_executions_queue ON job_executions (priority DESC, queued_at, id) WHERE state = 'queued';
CREATE INDEX job_executions_running ON job_executions (job_id) WHERE state = 'running';
CREATE INDEX job_executions_lease ON job_executions (lease_expires_at) WHERE state = 'running';
CREATE INDEX job_executions_job ON job_executions (job_id, id);
CREATE INDEX job_executions_state ON job_executions (state, id);

CREATE TABLE step_executions (
    id UUID PRIMARY KEY NOT NULL,
    job_execution_id UUID NOT NULL REFERENCES job_executions (id),
    job_step_id UUID NOT NULL REFERENCES job_steps (id),
    step_order INTEGER NOT NULL CHECK (step_order >= 0),
    state TEXT NOT NULL CHECK (state IN ('pending', 'running', 'completed', 'failed', 'skipped')),
    started_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ,
    duration_ms BIGINT CHECK (duration_ms >= 0),
    bytes_processed BIGINT CHECK (bytes_processed >= 0),
    output_data TEXT,
    error_message TEXT,
    error_stack_trace TEXT,
    retry_attempt INTEGER NOT NULL CHECK (retry_attempt >= 0),
    iteration_path TEXT NOT NULL,
    error_code TEXT,
    UNIQUE (job_execution_id, step_order, iteration_path, retry_attempt),
    CHECK (state <> 'running' OR started_at IS NOT NULL),
    CHECK ((state IN ('completed', 'failed', 'skipped')) = (completed_at IS NOT NULL))
);

CREATE TABLE ssh_keys (
    id UUID PRIMARY KEY NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_key TEXT NOT NULL,
    key_type TEXT NOT NULL CHECK (key_type IN ('rsa_2048', 'rsa_3072', 'rsa_4096', 'ed25519', 'ecdsa_256')),
    public_key_data TEXT NOT NULL,
    private_key_data BYTEA NOT NULL,
    passphrase_hash BYTEA,
    fingerprint TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'retired', 'deleted')),
    notes TEXT,
    created_by TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    is_deleted BOOLEAN NOT NULL,
    deleted_at TIMESTAMPTZ,
    CHECK (is_deleted = (deleted_at IS NOT NULL)),
    CHECK (is_deleted = (status = 'deleted')),
    CHECK (NOT is_deleted OR length(private_key_data) = 0)
);
CREATE UNIQUE INDEX ssh_keys_name_key ON ssh_keys (name_key) WHERE NOT is_deleted;
CREATE UNIQUE INDEX ssh_keys_fingerprint ON ssh_keys (fingerprint) WHERE NOT is_deleted;

CREATE TABLE pgp_keys (
    id UUID PRIMARY KEY NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    short_key_id TEXT NOT NULL,
    algorithm TEXT NOT NULL
        CHECK (algorithm IN ('rsa_2048', 'rsa_3072', 'rsa_4096', 'ecc_curve25519', 'ecc_p256', 'ecc_p384')),
    key_type TEXT NOT NULL CHECK (key_type IN ('public_only', 'key_pair')),
    purpose TEXT,
    status TEXT NOT NULL CHECK (status IN ('active', 'expiring', 'retired', 'revoked', 'deleted')),
    public_key_data TEXT NOT NULL,
    private_key_data BYTEA,
    passphrase_hash BYTEA,
    expires_at TIMESTAMPTZ,
    successor_key_id UUID REFERENCES pgp_keys (id),
    created_by TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    is_deleted BOOLEAN NOT NULL,
    deleted_at TIMESTAMPTZ,
    user_ids JSONB NOT NULL,
    CHECK (is_deleted = (deleted_at IS NOT NULL)),
    CHECK (is_deleted = (status = 'deleted')),
    CHECK (NOT is_deleted OR (private_key_data IS NULL AND passphrase_hash IS NULL)),
    CHECK (key_type = 'key_pair' OR private_key_data IS NULL),
    CHECK (key_type = 'public_only' OR is_deleted OR private_key_data IS NOT NULL)
);
CREATE UNIQUE INDEX pgp_keys_name_key ON pgp_keys (name_key) WHERE NOT is_deleted;
CREATE UNIQUE INDEX pgp_keys_fingerprint ON pgp_keys (fingerprint) WHERE NOT is_deleted;

CREATE TABLE connections (
    id UUID PRIMARY KEY NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_key TEXT NOT NULL,
    "group" TEXT,
    protocol TEXT NOT NULL CHECK (protocol IN ('sftp', 'ftp', 'ftps')),
    host TEXT NOT NULL CHECK (host <> ''),
    port BIGINT NOT NULL CHECK (port BETWEEN 1 AND 65535),
    auth_method TEXT NOT NULL CHECK (auth_method IN ('password', 'ssh_key', 'password_and_ssh_key')),
    username TEXT NOT NULL CHECK (username <> ''),
    password_encrypted BYTEA,
    ssh_key_id UUID REFERENCES ssh_keys (id),
    host_key_policy TEXT NOT NULL CHECK (host_key_policy IN ('trust_on_first_use', 'always_trust', 'manual')),
    stored_host_fingerprint TEXT,
    passive_mode BOOLEAN NOT NULL,
    tls_version_floor TEXT CHECK (tls_version_floor IN ('tls_1_0', 'tls_1_1', 'tls_1_2', 'tls_1_3')),
    tls_cert_policy TEXT NOT NULL CHECK (tls_cert_policy IN ('system_trust', 'pinned_thumbprint', 'insecure')),
    tls_pinned_thumbprint TEXT,
    ssh_algorithms JSONB,
    connect_timeout_sec BIGINT NOT NULL CHECK (connect_timeout_sec > 0),
    operation_timeout_sec BIGINT NOT NULL CHECK (operation_timeout_sec > 0),
    keepalive_interval_sec BIGINT NOT NULL CHECK (keepalive_interval_sec >= 0),
    transport_retries BIGINT NOT NULL CHECK (transport_retries >= 0),
    status TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
    fips_override BOOLEAN NOT NULL,
    notes TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    is_deleted BOOLEAN NOT NULL,
    deleted_at TIMESTAMPTZ,
    CHECK (is_deleted = (deleted_at IS NOT NULL)),
    CHECK (auth_method = 'password' OR ssh_key_id IS NOT NULL)
);
CREATE UNIQUE INDEX connections_name_key ON connections (name_key) WHERE NOT is_deleted;
CREATE INDEX connections_ssh_key_id ON connections (ssh_key_id);

CREATE TABLE known_hosts (
    id UUID PRIMARY KEY NOT NULL,
    connection_id UUID NOT NULL REFERENCES connections (id),
    fingerprint TEXT NOT NULL CHECK (fingerprint <> ''),
    key_type TEXT NOT NULL CHECK (key_type <> ''),
    first_seen TIMESTAMPTZ NOT NULL,
    last_seen TIMESTAMPTZ NOT NULL,
    approved_by TEXT NOT NULL CHECK (approved_by <> ''),
    revoked_at TIMESTAMPTZ,
    UNIQUE (connection_id, fingerprint)
);

-- Sealed by the vault; of no use without its key.
CREATE TABLE secrets (
    id UUID PRIMARY KEY NOT NULL,
    sealed BYTEA NOT NULL CHECK (length(sealed) > 0),
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE receipts (
    id UUID PRIMARY KEY NOT NULL,
    job_execution_id UUID NOT NULL REFERENCES job_executions (id),
    step_execution_id UUID NOT NULL REFERENCES step_executions (id),
    connection_id UUID NOT NULL REFERENCES connections (id),
    direction TEXT NOT NULL CHECK (direction IN ('download', 'upload')),
    remote_path TEXT NOT NULL,
    local_path TEXT NOT NULL,
    size BIGINT NOT NULL CHECK (size >= 0),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    started_at TIMESTAMPTZ NOT NULL,
    completed_at TIMESTAMPTZ NOT NULL,
    resumed_bytes BIGINT NOT NULL CHECK (resumed_bytes BETWEEN 0 AND size),
    verified_by TEXT NOT NULL CHECK (verified_by IN ('size', 'sha256')),
    server_identity TEXT NOT NULL,
    source_modified_at TIMESTAMPTZ
);
CREATE INDEX receipts_job_execution_id ON receipts (job_execution_id, id);
CREATE INDEX receipts_remote_path ON receipts (connection_id, remote_path);
CREATE INDEX receipts_sha256 ON receipts (sha256);

-- What a step is about to give its final name; found again by a later attempt of the same step, which then knows its own
-- work from somebody else's.
CREATE TABLE step_intents (
    job_execution_id UUID NOT NULL REFERENCES job_executions (id),
    step_order INTEGER NOT NULL,
    source TEXT NOT NULL,
    destination TEXT NOT NULL,
    size BIGINT NOT NULL CHECK (size >= 0),
    sha256 TEXT CHECK (sha256 IS NULL OR length(sha256) = 64),
    recorded_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (job_execution_id, step_order, destination)
);

CREATE TABLE execution_log_lines (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_execution_id UUID NOT NULL REFERENCES job_executions (id),
    at TIMESTAMPTZ NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('debug', 'info', 'warn', 'error')),
    step_alias TEXT,
    file TEXT,
    message TEXT NOT NULL
);
CREATE INDEX execution_log_lines_job_execution_id ON execution_log_lines (job_execution_id, id);

CREATE TABLE system_settings (
    key TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL,
    description TEXT,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by TEXT NOT NULL
);

CREATE TABLE domain_events (
    id UUID PRIMARY KEY NOT NULL,
    event_type TEXT NOT NULL CHECK (event_type <> ''),
    entity_type TEXT NOT NULL CHECK (entity_type <> ''),
    entity_id UUID NOT NULL,
    payload JSONB NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    processed_at TIMESTAMPTZ,
    processed_by TEXT
);
CREATE INDEX domain_events_pending ON domain_events (id) WHERE processed_at IS NULL;
CREATE INDEX domain_events_entity ON domain_events (entity_id, id);

-- `details` is text on both databases: the hash covers its very bytes.
CREATE TABLE audit_log_entries (
    id UUID PRIMARY KEY NOT NULL,
    entity_type TEXT NOT NULL
        CHECK (entity_type IN ('job', 'job_execution', 'step_execution', 'chain', 'chain_execution', 'connection',
            'pgp_key', 'ssh_key', 'file_monitor', 'tag', 'system_setting', 'vault', 'schedule',
            'notification_rule')),
    entity_id UUID NOT NULL,
    operation TEXT NOT NULL CHECK (operation <> ''),
    performed_by TEXT NOT NULL CHECK (performed_by <> ''),
    performed_at TIMESTAMPTZ NOT NULL,
    details TEXT NOT NULL,
    sequence BIGINT NOT NULL UNIQUE CHECK (sequence >= 1),
    previous_hash TEXT NOT NULL CHECK (length(previous_hash) = 64),
    entry_hash TEXT NOT NULL CHECK (length(entry_hash) = 64)
);
CREATE INDEX audit_log_entries_entity ON audit_log_entries (entity_type, entity_id, performed_at);
CREATE INDEX audit_log_entries_performed_at ON audit_log_entries (performed_at);
CREATE INDEX audit_log_entries_performed_by ON audit_log_entries (performed_by, performed_at);

CREATE FUNCTION audit_log_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_log_entries is append-only';
END $$;
CREATE TRIGGER audit_log_entries_refuse_change BEFORE UPDATE OR DELETE ON audit_log_entries
    FOR EACH ROW EXECUTE FUNCTION audit_log_entries_refuse();
CREATE TRIGGER audit_log_entries_refuse_truncate BEFORE TRUNCATE ON audit_log_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_entries_refuse();
