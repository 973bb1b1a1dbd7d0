-- What rows inside loops amount to, newest attempts only, without reading a hundred thousand rows.
CREATE INDEX step_executions_newest ON step_executions
    (job_execution_id, step_order, iteration_path, retry_attempt, state, bytes_processed) WHERE iteration_path <> '';
-- The few iterations that somebody looks for.
CREATE INDEX step_executions_open ON step_executions
    (job_execution_id, step_order, state, iteration_path, retry_attempt)
    WHERE iteration_path <> '' AND state IN ('failed', 'pending', 'running');
