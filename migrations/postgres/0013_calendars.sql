-- Calendars, and the expected-file clock of monitors.

-- Named days on which schedules and expected-file clocks rest.
CREATE TABLE calendars (
    id UUID PRIMARY KEY NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_key TEXT NOT NULL,
    description TEXT,
    -- Skipped in every week.
    weekdays JSONB NOT NULL,
    -- Single dates and dates of every year, each with a word if it has one.
    dates JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    is_deleted BOOLEAN NOT NULL,
    deleted_at TIMESTAMPTZ,
    CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE UNIQUE INDEX calendars_name_key ON calendars (name_key) WHERE NOT is_deleted;

ALTER TABLE job_schedules ADD COLUMN calendar_id UUID REFERENCES calendars (id);
CREATE INDEX job_schedules_calendar_id ON job_schedules (calendar_id) WHERE calendar_id IS NOT NULL;
ALTER TABLE chain_schedules ADD COLUMN calendar_id UUID REFERENCES calendars (id);
CREATE INDEX chain_schedules_calendar_id ON chain_schedules (calendar_id) WHERE calendar_id IS NOT NULL;

-- What must have come by when, and the deadline that is checked next.
ALTER TABLE file_monitors ADD COLUMN expected_files JSONB;
ALTER TABLE file_monitors ADD COLUMN next_deadline_at TIMESTAMPTZ
    CHECK (next_deadline_at IS NULL OR expected_files IS NOT NULL);
CREATE INDEX file_monitors_next_deadline ON file_monitors (next_deadline_at) WHERE next_deadline_at IS NOT NULL;
-- Files that started something are counted by when they did.
CREATE INDEX monitor_file_logs_triggered ON monitor_file_logs (monitor_id, triggered_at);

-- What was found at each deadline; a deadline is checked once.
CREATE TABLE expected_file_checks (
    id UUID PRIMARY KEY NOT NULL,
    monitor_id UUID NOT NULL REFERENCES file_monitors (id),
    deadline_at TIMESTAMPTZ NOT NULL,
    counted_from TIMESTAMPTZ NOT NULL,
    expected_count BIGINT NOT NULL CHECK (expected_count >= 1),
    found_count BIGINT NOT NULL CHECK (found_count >= 0),
    -- When the missing ones were there too.
    arrived_at TIMESTAMPTZ,
    checked_at TIMESTAMPTZ NOT NULL,
    UNIQUE (monitor_id, deadline_at),
    CHECK (counted_from < deadline_at),
    CHECK (arrived_at IS NULL OR found_count < expected_count)
);
CREATE INDEX expected_file_checks_newest ON expected_file_checks (monitor_id, id);

-- The audit log knows calendars.
ALTER TABLE audit_log_entries DROP CONSTRAINT audit_log_entries_entity_type_check;
ALTER TABLE audit_log_entries ADD CONSTRAINT audit_log_entries_entity_type_check
    CHECK (entity_type IN ('job', 'job_execution', 'step_execution', 'chain', 'chain_execution', 'connection',
        'pgp_key', 'ssh_key', 'file_monitor', 'tag', 'system_setting', 'vault', 'schedule',
        'notification_rule', 'calendar'));
