// A record of changes as it is after years.
import { changeStore } from './store.mjs';

const PART = 50_000;

/** Adds so many entries to what the home's record holds, a part at a time, since the engine writes too. */
export function growRecord(home, entries) {
  for (let part = 0; part < entries / PART; part += 1) {
    changeStore(home, `INSERT INTO audit_log_entries (id, entity_type, entity_id, operation, performed_by, performed_at, details, sequence, previous_hash, entry_hash)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${PART})
      SELECT randomblob(16), 'job', (SELECT id FROM jobs LIMIT 1), 'StateChanged', 'system', performed_at, '{"from":"queued","to":"running"}', last + i, entry_hash, entry_hash
      FROM n, (SELECT sequence AS last, performed_at, entry_hash FROM audit_log_entries ORDER BY sequence DESC LIMIT 1);`);
  }
}
