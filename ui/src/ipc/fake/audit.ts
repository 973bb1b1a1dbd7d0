/** The record in the fake host: entries of the story, narrowed and paged as the store does it. */
import type { Channel } from '@tauri-apps/api/core';
import type { AuditLogEntry, AuditProgress, AuditReport, AuditRow, AuditableEntityType } from '../bindings';
import type { Commands } from '../host';
import { appError } from './error';
import { ago, newId, type Data } from './seed';

type AuditCommands = Pick<Commands, Extract<keyof Commands, `audit${string}`>>;

const hash = (sequence: number) => Array.from({ length: 64 }, (_, index) => ((Math.imul(sequence + 7, index + 31) >>> 3) % 16).toString(16)).join('');

/** Adds an entry behind the last. */
export function note(data: Data, performed_by: string, operation: string, entity_type: AuditableEntityType, entity_id: string, details: AuditLogEntry['details'], performed_at = ago(0)): void {
  const sequence = (data.audit.at(-1)?.sequence ?? 0) + 1;
  data.audit.push({ id: newId(), entity_type, entity_id, operation, performed_by, performed_at, details, sequence, previous_hash: sequence === 1 ? '0'.repeat(64) : hash(sequence - 1), entry_hash: hash(sequence) });
}

const MINUTE = 60_000;
const PEOPLE = ['m.koch@fin-ws-07', 'a.novak@courier-prod-2'];

/** What happened to the story's things, oldest first: more than a page of it. */
export function noteTheStory(data: Data): void {
  const [koch = '', novak = ''] = PEOPLE;
  const [job] = data.jobs;
  const [connection] = data.connections;
  const [key] = data.pgpKeys;
  if (!job || !connection || !key) return;
  const runs = data.executions.slice(0, 40);
  let age = 9 * 24 * 60 * MINUTE;
  const then = () => ago((age -= 40 * MINUTE));
  note(data, koch, 'Created', 'connection', connection.id, { name: connection.name, host: connection.host, port: 22, protocol: 'sftp' }, then());
  note(data, koch, 'Created', 'pgp_key', key.id, { name: key.name, algorithm: 'rsa_4096' }, then());
  note(data, koch, 'Created', 'job', job.id, { name: job.name, steps: [{ name: 'Fetch files', type_key: 'sftp.download' }], failure_policy: { type: 'stop' } }, then());
  while (data.audit.length < 260) {
    for (const run of runs) {
      note(data, 'system', 'StateChanged', 'job_execution', run.id, { from: 'queued', to: 'running', job_id: run.job_id }, then());
      note(data, 'system', 'StateChanged', 'job_execution', run.id, { from: 'running', to: run.state, job_id: run.job_id }, then());
    }
  }
  note(data, novak, 'HostKeyTrusted', 'connection', connection.id, { fingerprint: 'SHA256:c1Bl4', key_type: 'ssh-ed25519' }, then());
  note(
    data, koch, 'Updated', 'job', job.id,
    {
      name: { from: job.name, to: `${job.name} (daily)` },
      failure_policy: { from: { type: 'stop', max_retries: 3 }, to: { type: 'retry_step', max_retries: 3 } },
      steps: {
        from: [{ id: 'a', name: 'Fetch files', configuration: { remote_path: '/out/*.pgp' } }, { id: 'b', name: 'Unpack', configuration: {} }],
        to: [{ id: 'b', name: 'Unpack', configuration: {} }, { id: 'a', name: 'Fetch files', configuration: { remote_path: '/out/*.gpg' } }],
      },
    },
    then(),
  );
  note(data, koch, 'Updated', 'system_setting', 'job.concurrency_limit', { key: 'job.concurrency_limit', from: '5', to: '8' }, ago(20 * MINUTE));
  note(data, koch, 'Unlocked', 'vault', '00000000-0000-0000-0000-000000000000', {}, ago(MINUTE));
}

/** How a look through the record goes here. */
export interface Looks {
  /** A look stays half-way until it is stopped. */
  slow: boolean;
  /** The first entry that is not as it was written. */
  broken: number | null;
  exported: string[];
}

export const newLooks = (): Looks => ({ slow: false, broken: null, exported: [] });

export function createAudit({ data, remote }: { data: Data; remote: { stopping: (name: string) => Promise<never> } }): AuditCommands {
  const nameOf = ({ entity_type, entity_id }: AuditLogEntry): string | null => {
    const runOf = data.executions.find((run) => run.id === entity_id)?.job_id;
    if (entity_type === 'system_setting') return entity_id;
    return [...data.jobs, ...data.connections, ...data.pgpKeys, ...data.sshKeys, ...data.chains, ...data.monitors, ...data.tags, ...data.calendars].find(({ id }) => id === (runOf ?? entity_id))?.name ?? null;
  };
  const rowOf = (entry: AuditLogEntry): AuditRow => ({ entry, name: nameOf(entry), owner: null });
  const values = (of: (entry: AuditLogEntry) => string) => [...new Set(data.audit.map(of))].sort();
  const through = async (name: string, channel: Channel<AuditProgress>) => {
    const of = data.audit.length;
    channel.onmessage({ done: Math.round(of / 2), of });
    if (data.looks.slow) await remote.stopping(name);
    channel.onmessage({ done: of, of });
  };
  return {
    auditList: async ({ entity_type = null, entity = null, operation = null, performed_by = null, since = null, until = null, limit = 50, after = null }) => {
      const known = entity === null ? null : data.audit.filter((entry) => entry.entity_id === entity || nameOf(entry)?.toLowerCase() === entity.toLowerCase()).map((entry) => entry.entity_id);
      if (known?.length === 0) throw appError('not_found', `Nothing that the record is about has the name \`${entity}\`.`);
      const fits = data.audit
        .filter((entry) => entity_type === null || entry.entity_type === entity_type)
        .filter((entry) => known === null || known.includes(entry.entity_id))
        .filter((entry) => (operation === null || entry.operation === operation) && (performed_by === null || entry.performed_by === performed_by))
        .filter((entry) => (since === null || entry.performed_at >= since) && (until === null || entry.performed_at < until))
        .filter((entry) => after === null || entry.sequence < Number(after))
        .reverse();
      const items = fits.slice(0, limit);
      return { items: items.map(rowOf), next: fits.length > limit ? String(items.at(-1)?.sequence) : null };
    },
    auditChoices: async () => ({ operations: values((entry) => entry.operation), people: values((entry) => entry.performed_by) }),
    auditVerify: async (transfer, channel) => {
      await through(transfer, channel);
      const { broken: at } = data.looks;
      const broken = at === null ? null : { sequence: at, entry_id: data.audit.find(({ sequence }) => sequence === at)?.id ?? null, reason: 'its fields are not what was recorded' };
      const whole_to = at === null ? data.audit.length : at - 1;
      const report: AuditReport = {
        broken, whole_to, first_sequence: 1, pruned_by: null, pruned_at: null, checkpoints: 1, sealed_to: broken || whole_to === 0 ? null : whole_to, outside_checkpoints: 0, sealed_outside_to: null,
        notes: [],
      };
      return report;
    },
    auditExport: async ({ path }, transfer, channel) => {
      if (path.endsWith('there.jsonl')) throw appError('already_exists', `Cannot write ${path}: it is there already.`);
      await through(transfer, channel);
      data.looks.exported.push(path);
      return data.audit.length * 512;
    },
  };
}
