-- Signed checkpoints of the audit log, and signed records of what was pruned from it.

-- A checkpoint says which hash the entry `sequence` had when it was made. Key and signature are Ed25519 in hex.
CREATE TABLE audit_checkpoints (
    sequence INTEGER PRIMARY KEY NOT NULL CHECK (sequence >= 1),
    entry_hash TEXT NOT NULL CHECK (length(entry_hash) = 64),
    created_at TEXT NOT NULL,
    public_key TEXT NOT NULL CHECK (length(public_key) = 64),
    signature TEXT NOT NULL CHECK (length(signature) = 128)
) STRICT;

-- Entries up to `pruned_to` were given up on purpose; `entry_hash` is the last one's, where the rest of the chain begins.
CREATE TABLE audit_prunes (
    pruned_to INTEGER PRIMARY KEY NOT NULL CHECK (pruned_to >= 1),
    entry_hash TEXT NOT NULL CHECK (length(entry_hash) = 64),
    pruned_at TEXT NOT NULL,
    performed_by TEXT NOT NULL CHECK (performed_by <> ''),
    public_key TEXT NOT NULL CHECK (length(public_key) = 64),
    signature TEXT NOT NULL CHECK (length(signature) = 128)
) STRICT;

DROP TRIGGER audit_log_entries_refuse_delete;
CREATE TRIGGER audit_log_entries_refuse_delete BEFORE DELETE ON audit_log_entries
WHEN OLD.sequence > (SELECT COALESCE(MAX(pruned_to), 0) FROM audit_prunes)
BEGIN SELECT RAISE(ABORT, 'audit_log_entries is append-only'); END;
-- REPLACE takes a row away without asking the trigger above.
CREATE TRIGGER audit_log_entries_refuse_replace BEFORE INSERT ON audit_log_entries
WHEN EXISTS (SELECT 1 FROM audit_log_entries WHERE sequence = NEW.sequence OR id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'audit_log_entries is append-only'); END;

CREATE TRIGGER audit_checkpoints_refuse_update BEFORE UPDATE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'audit_checkpoints is append-only'); END;
CREATE TRIGGER audit_checkpoints_refuse_delete BEFORE DELETE ON audit_checkpoints
WHEN OLD.sequence > (SELECT COALESCE(MAX(pruned_to), 0) FROM audit_prunes)
BEGIN SELECT RAISE(ABORT, 'audit_checkpoints is append-only'); END;
CREATE TRIGGER audit_prunes_refuse_update BEFORE UPDATE ON audit_prunes
BEGIN SELECT RAISE(ABORT, 'audit_prunes is append-only'); END;
CREATE TRIGGER audit_prunes_refuse_delete BEFORE DELETE ON audit_prunes
BEGIN SELECT RAISE(ABORT, 'audit_prunes is append-only'); END;

-- Pages of the log go by sequence, whatever they are filtered by.
DROP INDEX audit_log_entries_entity;
DROP INDEX audit_log_entries_performed_by;
CREATE INDEX audit_log_entries_entity ON audit_log_entries (entity_id, sequence);
CREATE INDEX audit_log_entries_entity_type ON audit_log_entries (entity_type, sequence);
CREATE INDEX audit_log_entries_operation ON audit_log_entries (operation, sequence);
CREATE INDEX audit_log_entries_performed_by ON audit_log_entries (performed_by, sequence);
