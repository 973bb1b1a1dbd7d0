-- Which file became which: what a step did to a file on this machine, and what people sent again by hand. Receipts hold the
-- transfers; the hashes tie both together.
CREATE TABLE file_passages (
    id UUID PRIMARY KEY NOT NULL,
    job_execution_id UUID REFERENCES job_executions (id),
    step_execution_id UUID REFERENCES step_executions (id),
    -- The type of the step, or hand.fetch, hand.send, hand.send_again.
    operation TEXT NOT NULL,
    performed_by TEXT NOT NULL,
    connection_id UUID REFERENCES connections (id),
    source_path TEXT,
    source_size BIGINT CHECK (source_size >= 0),
    source_sha256 TEXT CHECK (source_sha256 IS NULL OR length(source_sha256) = 64),
    result_path TEXT,
    result_size BIGINT CHECK (result_size >= 0),
    result_sha256 TEXT CHECK (result_sha256 IS NULL OR length(result_sha256) = 64),
    at TIMESTAMPTZ NOT NULL,
    CHECK (source_path IS NOT NULL OR result_path IS NOT NULL)
);
CREATE INDEX file_passages_job_execution_id ON file_passages (job_execution_id, id);
CREATE INDEX file_passages_step_execution_id ON file_passages (step_execution_id);
CREATE INDEX file_passages_source_sha256 ON file_passages (source_sha256) WHERE source_sha256 IS NOT NULL;
CREATE INDEX file_passages_result_sha256 ON file_passages (result_sha256) WHERE result_sha256 IS NOT NULL;
