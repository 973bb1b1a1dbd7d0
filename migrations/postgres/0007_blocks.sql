-- Blocks of steps: loops that go on at the iteration where they stopped, and runs that wait for runs that they started.

-- The run of the loop that the iteration belongs to: rows of an earlier run of it prove nothing.
ALTER TABLE step_executions ADD COLUMN loop_id UUID;
-- What a resume needs to know of this row beside its outputs, as JSON.
ALTER TABLE step_executions ADD COLUMN resume_data TEXT;

-- The run that waits for this one: until this one is over, that needs no place among those that may run at once.
ALTER TABLE job_executions ADD COLUMN awaited_by UUID REFERENCES job_executions (id);
CREATE INDEX job_executions_awaited_by ON job_executions (awaited_by) WHERE awaited_by IS NOT NULL;

-- As step_intents, for steps inside loops.
CREATE TABLE iteration_intents (
    job_execution_id UUID NOT NULL REFERENCES job_executions (id),
    step_order INTEGER NOT NULL,
    iteration_path TEXT NOT NULL CHECK (iteration_path <> ''),
    source TEXT NOT NULL,
    destination TEXT NOT NULL,
    size BIGINT NOT NULL CHECK (size >= 0),
    sha256 TEXT CHECK (sha256 IS NULL OR length(sha256) = 64),
    recorded_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (job_execution_id, step_order, iteration_path, destination)
);
