-- Signed checkpoints of the audit log, and signed records of what was pruned from it.

-- A checkpoint says which hash the entry `sequence` had when it was made. Key and signature are Ed25519 in hex.
CREATE TABLE audit_checkpoints (
    sequence BIGINT PRIMARY KEY NOT NULL CHECK (sequence >= 1),
    entry_hash TEXT NOT NULL CHECK (length(entry_hash) = 64),
    created_at TIMESTAMPTZ NOT NULL,
    public_key TEXT NOT NULL CHECK (length(public_key) = 64),
    signature TEXT NOT NULL CHECK (length(signature) = 128)
);

-- Entries up to `pruned_to` were given up on purpose; `entry_hash` is the last one's, where the rest of the chain begins.
CREATE TABLE audit_prunes (
    pruned_to BIGINT PRIMARY KEY NOT NULL CHECK (pruned_to >= 1),
    entry_hash TEXT NOT NULL CHECK (length(entry_hash) = 64),
    pruned_at TIMESTAMPTZ NOT NULL,
    performed_by TEXT NOT NULL CHECK (performed_by <> ''),
    public_key TEXT NOT NULL CHECK (length(public_key) = 64),
    signature TEXT NOT NULL CHECK (length(signature) = 128)
);

-- Serves every table of the log; rows up to the newest prune record may go from those that have a sequence.
CREATE OR REPLACE FUNCTION audit_log_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME <> 'audit_prunes' THEN
        IF OLD.sequence <= (SELECT COALESCE(MAX(pruned_to), 0) FROM audit_prunes) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;

CREATE TRIGGER audit_checkpoints_refuse_change BEFORE UPDATE OR DELETE ON audit_checkpoints
    FOR EACH ROW EXECUTE FUNCTION audit_log_entries_refuse();
CREATE TRIGGER audit_checkpoints_refuse_truncate BEFORE TRUNCATE ON audit_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_entries_refuse();
CREATE TRIGGER audit_prunes_refuse_change BEFORE UPDATE OR DELETE ON audit_prunes
    FOR EACH ROW EXECUTE FUNCTION audit_log_entries_refuse();
CREATE TRIGGER audit_prunes_refuse_truncate BEFORE TRUNCATE ON audit_prunes
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_entries_refuse();

-- Pages of the log go by sequence, whatever they are filtered by.
DROP INDEX audit_log_entries_entity;
DROP INDEX audit_log_entries_performed_by;
CREATE INDEX audit_log_entries_entity ON audit_log_entries (entity_id, sequence);
CREATE INDEX audit_log_entries_entity_type ON audit_log_entries (entity_type, sequence);
CREATE INDEX audit_log_entries_operation ON audit_log_entries (operation, sequence);
CREATE INDEX audit_log_entries_performed_by ON audit_log_entries (performed_by, sequence);
