-- Years of history: each list walks an index from its cursor on, and a claim looks at what is queued alone.

-- What a run handed on: of its last completed step that counts files, and of the last that moved bytes. Kept in the row,
-- so that a list of runs does not look at their steps.
ALTER TABLE job_executions ADD COLUMN files INTEGER CHECK (files >= 0);
ALTER TABLE job_executions ADD COLUMN bytes INTEGER CHECK (bytes >= 0);

-- Together with (state, id) and the key: every filter of the list of runs. The first says alone how a job's last runs went.
DROP INDEX job_executions_job;
CREATE INDEX job_executions_job ON job_executions (job_id, id, state);
CREATE INDEX job_executions_job_state ON job_executions (job_id, state, id);
-- What started a run: the word before the colon.
CREATE INDEX job_executions_trigger ON job_executions
    (substr(triggered_by, 1, instr(triggered_by || ':', ':') - 1), state, id);
DROP INDEX job_executions_chain;
CREATE INDEX job_executions_chain ON job_executions (chain_execution_id, id) WHERE chain_execution_id IS NOT NULL;

-- Knows the job too, so that a long line behind a busy job is passed without reading its rows.
DROP INDEX job_executions_queue;
CREATE INDEX job_executions_queue ON job_executions (priority DESC, queued_at, id, job_id) WHERE state = 'queued';

CREATE INDEX domain_events_processed ON domain_events (id) WHERE processed_at IS NOT NULL;
