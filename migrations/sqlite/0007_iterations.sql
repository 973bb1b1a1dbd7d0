-- What rows inside loops amount to, and which of them failed, without reading a hundred thousand rows.
CREATE INDEX step_executions_iterations ON step_executions
    (job_execution_id, step_order, state, iteration_path, retry_attempt, bytes_processed) WHERE iteration_path <> '';
