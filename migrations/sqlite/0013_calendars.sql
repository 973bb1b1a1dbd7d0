-- Calendars, and the expected-file clock of monitors.

-- Named days on which schedules and expected-file clocks rest.
CREATE TABLE calendars (
    id BLOB PRIMARY KEY NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_key TEXT NOT NULL,
    description TEXT,
    -- Skipped in every week.
    weekdays TEXT NOT NULL,
    -- Single dates and dates of every year, each with a word if it has one.
    dates TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    is_deleted INTEGER NOT NULL CHECK (is_deleted IN (0, 1)),
    deleted_at TEXT,
    CHECK (is_deleted = (deleted_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX calendars_name_key ON calendars (name_key) WHERE NOT is_deleted;

ALTER TABLE job_schedules ADD COLUMN calendar_id BLOB REFERENCES calendars (id);
CREATE INDEX job_schedules_calendar_id ON job_schedules (calendar_id) WHERE calendar_id IS NOT NULL;
ALTER TABLE chain_schedules ADD COLUMN calendar_id BLOB REFERENCES calendars (id);
CREATE INDEX chain_schedules_calendar_id ON chain_schedules (calendar_id) WHERE calendar_id IS NOT NULL;

-- What must have come by when, and the deadline that is checked next.
ALTER TABLE file_monitors ADD COLUMN expected_files TEXT;
ALTER TABLE file_monitors ADD COLUMN next_deadline_at TEXT
    CHECK (next_deadline_at IS NULL OR expected_files IS NOT NULL);
CREATE INDEX file_monitors_next_deadline ON file_monitors (next_deadline_at) WHERE next_deadline_at IS NOT NULL;
-- Files that started something are counted by when they did.
CREATE INDEX monitor_file_logs_triggered ON monitor_file_logs (monitor_id, triggered_at);

-- What was found at each deadline; a deadline is checked once.
CREATE TABLE expected_file_checks (
    id BLOB PRIMARY KEY NOT NULL,
    monitor_id BLOB NOT NULL REFERENCES file_monitors (id),
    deadline_at TEXT NOT NULL,
    counted_from TEXT NOT NULL,
    expected_count INTEGER NOT NULL CHECK (expected_count >= 1),
    found_count INTEGER NOT NULL CHECK (found_count >= 0),
    -- When the missing ones were there too.
    arrived_at TEXT,
    checked_at TEXT NOT NULL,
    UNIQUE (monitor_id, deadline_at),
    CHECK (counted_from < deadline_at),
    CHECK (arrived_at IS NULL OR found_count < expected_count)
) STRICT;
CREATE INDEX expected_file_checks_newest ON expected_file_checks (monitor_id, id);

-- The audit log knows calendars. SQLite cannot change a rule in place, and to copy the log may take long: the rule's text
-- is put in the schema, as SQLite's own page on ALTER TABLE has it for rules that no stored row can break.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''notification_rule'')', '''notification_rule'', ''calendar'')')
    WHERE type = 'table' AND name = 'audit_log_entries';
PRAGMA writable_schema = RESET;
