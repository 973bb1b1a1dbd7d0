-- What starts by itself: fire times that passed without a run, and what chains ask of the runs of their members.

-- Fire times that were not used as they came, and why; what became of them says the policy.
CREATE TABLE missed_fires (
    id BLOB PRIMARY KEY NOT NULL,
    -- Of job_schedules or chain_schedules; kept when the schedule is gone.
    schedule_id BLOB NOT NULL,
    job_id BLOB REFERENCES jobs (id),
    chain_id BLOB REFERENCES job_chains (id),
    reason TEXT NOT NULL CHECK (reason IN ('misfire', 'overlap', 'refused')),
    first_at TEXT NOT NULL,
    last_at TEXT NOT NULL,
    -- Fire times from the first to the last; no more than 10,000 are counted.
    count INTEGER NOT NULL CHECK (count >= 1),
    -- Runs that were started for them.
    started INTEGER NOT NULL CHECK (started >= 0),
    -- Why it was refused, in a sentence.
    message TEXT,
    recorded_at TEXT NOT NULL,
    CHECK ((job_id IS NULL) <> (chain_id IS NULL)),
    CHECK (first_at <= last_at)
) STRICT;
CREATE INDEX missed_fires_schedule ON missed_fires (schedule_id, id);
CREATE INDEX missed_fires_job ON missed_fires (job_id);
CREATE INDEX missed_fires_chain ON missed_fires (chain_id);
