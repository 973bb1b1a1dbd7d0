-- Monitors at work: which node looks at the folder, what was asked of it, why it is only scanned.
ALTER TABLE file_monitors ADD COLUMN held_by BLOB;
ALTER TABLE file_monitors ADD COLUMN scan_requested_at TEXT;
ALTER TABLE file_monitors ADD COLUMN degraded TEXT CHECK (degraded <> '');

-- What a monitor told the runs it started. Not in their own rows, which are written again at each checkpoint.
CREATE TABLE run_triggers (
    job_execution_id BLOB UNIQUE REFERENCES job_executions (id),
    chain_execution_id BLOB UNIQUE REFERENCES chain_executions (id),
    facts TEXT NOT NULL,
    CHECK ((job_execution_id IS NULL) <> (chain_execution_id IS NULL))
) STRICT;
