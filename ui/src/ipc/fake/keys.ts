/**
 * Keys in the fake host, with the rules of the Rust side that the pages show: what follows what, who uses what, what
 * is refused. A key file holds what its name says (`locked`, `keyring`, `expired`, `known`, `renewed`, `id_…`).
 */
import type { AuditLogEntry, Job, KeyImport, MovedJob, MovedKey, PgpKey, PgpKeyStatus, SshKey, Use, Value } from '../bindings';
import type { Commands } from '../host';
import { appError, nameTaken } from './error';
import { ago, newId, tagsOn, type Data } from './seed';

type KeyCommands = Pick<Commands, Extract<keyof Commands, `pgpKeys${string}` | `sshKeys${string}` | `keys${string}`>>;
export type KeyEntity = 'pgp_key' | 'ssh_key';

const ME = 'm.koch@fin-ws-07';
const DAY = 86_400_000;
const READS = ['private_key_ids', 'signer_key_ids'];
const inDays = (days: number) => new Date(Date.now() + days * DAY).toISOString();

export interface Surroundings {
  data: Data;
  changed: (kind: KeyEntity | 'job', id: string) => void;
  needVault: () => void;
  usesOf: (id: string) => Use[];
}

export function createKeys({ data, changed, needVault, usesOf }: Surroundings): KeyCommands {
  const pgp = (id: string): PgpKey => data.pgpKeys.find((key) => key.id === id) ?? gone();
  const ssh = (id: string): SshKey => data.sshKeys.find((key) => key.id === id) ?? gone();
  const note = (kind: KeyEntity, id: string, operation: string, details: Value = {}) => {
    data.history.push(entry(kind, id, operation, details, ago(0), data.history.length + 1000));
    changed(kind, id);
  };
  const set = (key: PgpKey, change: Partial<PgpKey>): PgpKey => {
    const details = Object.fromEntries(Object.entries(change).map(([field, to]) => [field, { from: key[field as keyof PgpKey] as Value, to: to as Value }]));
    Object.assign(key, change, { updated_at: ago(0) });
    note('pgp_key', key.id, 'status' in change ? 'StateChanged' : 'Updated', details);
    return key;
  };
  const free = (name: string, kind: string, keys: readonly { name: string }[]) => {
    if (keys.some((key) => key.name.toLowerCase() === name.toLowerCase())) throw nameTaken(kind, name);
  };
  const unused = (id: string, kind: string, name: string) => {
    const names = [...new Set(usesOf(id).map((use) => use.job_name ?? use.connection_name ?? ''))];
    if (names.length > 0) throw appError('conflict', `The ${kind} ${name} is used by ${names.join(', ')}.`);
  };

  const addPgp = (fields: Pick<PgpKey, 'name' | 'algorithm' | 'key_type' | 'status' | 'expires_at' | 'user_ids'>): PgpKey => {
    free(fields.name, 'PGP key', data.pgpKeys);
    const fingerprint = fingerprintOf(fields.name + data.pgpKeys.length);
    const key: PgpKey = {
      id: newId(), fingerprint, short_key_id: fingerprint.slice(-16), purpose: null, public_key_data: '-----BEGIN PGP PUBLIC KEY BLOCK-----', successor_key_id: null,
      created_by: ME, created_at: ago(0), updated_at: ago(0), is_deleted: false, deleted_at: null, ...fields,
    };
    data.pgpKeys.push(key);
    note('pgp_key', key.id, 'Created');
    return key;
  };
  const addSsh = (name: string, key_type: SshKey['key_type']): SshKey => {
    free(name, 'SSH key', data.sshKeys);
    const key: SshKey = {
      id: newId(), name, key_type, public_key_data: `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI ${name}`, fingerprint: `SHA256:${btoa(name.padEnd(33, '+')).slice(0, 43)}`,
      status: 'active', notes: null, created_by: ME, created_at: ago(0), updated_at: ago(0), is_deleted: false, deleted_at: null,
    };
    data.sshKeys.push(key);
    note('ssh_key', key.id, 'Created');
    return key;
  };

  const ours = (key: PgpKey, what: string) => {
    if (key.key_type === 'public_only') throw appError('key_unusable', `The key \`${key.name}\` is a partner's: ${what}.`);
    needVault();
  };

  return {
    pgpKeysList: async () => data.pgpKeys.map((key) => ({ key, uses: usesOf(key.id).length, tags: tagsOn(data, key.id) })),
    pgpKeysGenerate: async (draft) => {
      needVault();
      if (draft.user_id.trim() === '') {
        throw appError('validation', 'The key is not complete.', [{ path: 'user_id', code: 'required', message: 'Enter a name or mail address for the key.', severity: 'error' }]);
      }
      const expires_at = draft.expires_in_days == null ? null : inDays(draft.expires_in_days);
      return addPgp({ name: draft.name, algorithm: draft.algorithm, key_type: 'key_pair', status: 'active', expires_at, user_ids: [draft.user_id] });
    },
    pgpKeysImport: async (source) => {
      const file = keyFile(source, 'pgp');
      if (file.says.includes('known')) {
        const known = data.pgpKeys[0] ?? gone();
        return { imported: [], updated: [], warnings: [`The key ${known.fingerprint} is there already, as \`${known.name}\`.`] };
      }
      if (file.says.includes('renewed')) {
        const known = data.pgpKeys.find((key) => key.key_type === 'public_only') ?? gone();
        return { imported: [], updated: [set(known, { expires_at: inDays(900), status: 'active' })], warnings: [] };
      }
      const expired = file.says.includes('expired');
      const names = file.says.includes('keyring') ? [file.name, `${file.name} 2`] : [file.name];
      const imported = names.map((name) =>
        addPgp({
          name, algorithm: 'rsa_4096', key_type: file.locked ? 'key_pair' : 'public_only', status: expired ? 'retired' : 'active',
          expires_at: inDays(expired ? -90 : 365), user_ids: [`${name} <edi@partner.example>`],
        }),
      );
      const warnings = expired ? imported.map((key) => `The key \`${key.name}\` expired and is kept as retired: it opens and checks old files, and protects no new ones.`) : [];
      return { imported, updated: [], warnings };
    },
    pgpKeysExport: async () => null,
    pgpKeysExportPrivate: async (id) => {
      ours(pgp(id), 'it has no private part here');
      note('pgp_key', id, 'PrivateKeyExported');
      return null;
    },
    pgpKeysExportRevocation: async (id) => {
      ours(pgp(id), 'only its owner can revoke it');
      note('pgp_key', id, 'RevocationExported');
      return null;
    },
    pgpKeysRevoke: async (id, _reason, message) => {
      const key = pgp(id);
      ours(key, 'only its owner can revoke it');
      if (message.length > 500) {
        throw appError('validation', 'The message is too long.', [{ path: 'message', code: 'invalid', message: 'A message is one line of at most 500 characters.', severity: 'error' }]);
      }
      return set(key, { status: 'revoked' });
    },
    pgpKeysImportRevocation: async (id, path) => {
      if (!/revo/i.test(path)) throw appError('key_unreadable', `${path} is not a revocation certificate of the key \`${pgp(id).name}\`.`);
      return set(pgp(id), { status: 'revoked' });
    },
    pgpKeysSetSuccessor: async (id, successor) => {
      const key = pgp(id);
      if (successor !== null) refuseSuccessor(key, pgp(successor), data.pgpKeys);
      return set(key, { successor_key_id: successor });
    },
    pgpKeysMovePreview: async (id) => {
      const successor = newestSuccessor(pgp(id), data.pgpKeys);
      return { successor, jobs: moves(data.jobs, pgp(id), successor.id).map(({ moved }) => moved) };
    },
    pgpKeysMoveUsers: async (id) => {
      const successor = newestSuccessor(pgp(id), data.pgpKeys);
      const all = moves(data.jobs, pgp(id), successor.id);
      for (const { job, steps, moved } of all) {
        Object.assign(job, { steps, current_version: moved.version, updated_at: ago(0) });
        data.versions.get(job.id)?.push({ version_number: moved.version, created_at: job.updated_at, created_by: ME, steps });
        changed('job', job.id);
      }
      return { successor, jobs: all.map(({ moved }) => moved) };
    },
    pgpKeysRetire: async (id) => {
      const key = pgp(id);
      if (key.status === 'revoked') throw appError('invalid_transition', `The key \`${key.name}\` is revoked and cannot be retired.`);
      if (key.status !== 'retired') set(key, { status: 'retired' });
      return null;
    },
    pgpKeysDelete: async (id) => {
      unused(id, 'PGP key', pgp(id).name);
      data.pgpKeys = data.pgpKeys.filter((key) => key.id !== id);
      note('pgp_key', id, 'Deleted');
      return null;
    },

    sshKeysList: async () => data.sshKeys.map((key) => ({ key, uses: usesOf(key.id).length, tags: tagsOn(data, key.id) })),
    sshKeysGenerate: async (draft) => {
      needVault();
      return addSsh(draft.name, draft.key_type);
    },
    sshKeysImport: async (source) => {
      const file = keyFile(source, 'ssh');
      needVault();
      return file.says.includes('known') ? (data.sshKeys[0] ?? gone()) : addSsh(file.name, 'ed25519');
    },
    sshKeysExportPublic: async (id) => ssh(id).public_key_data,
    sshKeysRetire: async (id) => {
      const key = ssh(id);
      note('ssh_key', id, 'StateChanged', { status: { from: key.status, to: 'retired' } });
      Object.assign(key, { status: 'retired', updated_at: ago(0) });
      return null;
    },
    sshKeysDelete: async (id) => {
      unused(id, 'SSH key', ssh(id).name);
      data.sshKeys = data.sshKeys.filter((key) => key.id !== id);
      note('ssh_key', id, 'Deleted');
      return null;
    },
    keysWhereUsed: async (id) => usesOf(id),
    keysHistory: async (id) => [...told(data, id), ...data.history.filter((one) => one.entity_id === id)].reverse(),
  };
}

function gone(): never {
  throw appError('not_found', 'That key is not there any more.');
}

function fingerprintOf(text: string): string {
  let seed = 2_166_136_261;
  return Array.from({ length: 40 }, (_, index) => {
    seed = Math.imul(seed ^ text.charCodeAt(index % text.length) ^ index, 16_777_619) >>> 0;
    return (seed % 16).toString(16);
  })
    .join('')
    .toUpperCase();
}

function keyFile({ path, name, passphrase }: KeyImport, as: 'pgp' | 'ssh'): { name: string; says: string; locked: boolean } {
  const says = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (says.includes('missing')) throw appError('file_not_found', `Cannot read ${path}: there is no such file.`);
  const is = /^id_|\.(ppk|pem)$/.test(says) ? 'ssh' : /\.(txt|csv|pdf)$/.test(says) ? 'nothing' : 'pgp';
  if (is !== as) throw appError('key_unreadable', 'This is not a key that Courier can read: it is of another kind.');
  const locked = says.includes('locked');
  if (locked && passphrase !== 'right') {
    throw appError('wrong_passphrase', passphrase ? `The passphrase of the key in ${says} is wrong.` : `The key in ${says} is protected by a passphrase. Enter it.`);
  }
  return { name: name ?? says.replace(/\.[a-z]+$/, ''), says, locked };
}

const protects = (status: PgpKeyStatus) => status === 'active' || status === 'expiring';

function refuseSuccessor(key: PgpKey, successor: PgpKey, keys: readonly PgpKey[]): void {
  const refuse = (why: string) => {
    const message = `\`${successor.name}\` cannot follow \`${key.name}\`: ${why}.`;
    throw appError('validation', message, [{ path: 'successor_key_id', code: 'successor', message, severity: 'error' }]);
  };
  const names = [key.name, successor.name];
  for (let next = successor.successor_key_id; next !== null && names.length <= keys.length; ) {
    const found = keys.find((other) => other.id === next);
    if (!found) break;
    names.push(found.name);
    if (found.id === key.id) refuse(`the keys would follow each other in a circle: ${names.join(' → ')}`);
    next = found.successor_key_id;
  }
  if (!protects(successor.status)) refuse(`\`${successor.name}\` is ${successor.status}; a successor must be active`);
  if (key.key_type === 'key_pair' && successor.key_type === 'public_only') refuse(`\`${successor.name}\` has no private part here, but \`${key.name}\` is one of our key pairs`);
}

function newestSuccessor(key: PgpKey, keys: readonly PgpKey[]): PgpKey {
  let newest: PgpKey | undefined;
  let next = key.successor_key_id;
  for (let seen = 0; next !== null && seen < keys.length; seen += 1) {
    const found = keys.find((other) => other.id === next);
    if (found && protects(found.status)) newest = found;
    next = found?.successor_key_id ?? null;
  }
  if (!newest) throw appError('key_unusable', `The key \`${key.name}\` has no successor that can be used.`);
  return newest;
}

/** Each job as it is after the move, with what is told about it. */
function moves(jobs: readonly Job[], key: PgpKey, successor: string): { job: Job; steps: Job['steps']; moved: MovedJob }[] {
  return jobs.flatMap((job) => {
    const fields: MovedKey[] = [];
    const steps = job.steps.map((step) => {
      const configuration = { ...step.configuration };
      for (const [field, value] of Object.entries(configuration)) {
        const keep = READS.includes(field) && key.status !== 'revoked';
        const change = keep ? ('added' as const) : ('replaced' as const);
        if (value === key.id) configuration[field] = successor;
        else if (Array.isArray(value) && value.includes(key.id)) {
          if (keep && value.includes(successor)) continue;
          configuration[field] = [...new Set(value.flatMap((id) => (id !== key.id ? [id] : keep ? [id, successor] : [successor])))];
        } else continue;
        fields.push({ step_name: step.name, field, change });
      }
      return { ...step, configuration };
    });
    return fields.length === 0 ? [] : [{ job, steps, moved: { id: job.id, name: job.name, version: job.current_version + 1, fields } }];
  });
}

function entry(entity_type: KeyEntity, entity_id: string, operation: string, details: Value, performed_at: string, sequence: number): AuditLogEntry {
  const performed_by = operation === 'StateChanged' && sequence < 1000 ? 'system' : ME;
  return { id: newId(), entity_type, entity_id, operation, performed_by, performed_at, details, sequence, previous_hash: '', entry_hash: '' };
}

/** What happened to a key of the story before the window was opened. */
function told(data: Data, id: string): AuditLogEntry[] {
  if (data.history.some((one) => one.entity_id === id && one.operation === 'Created')) return [];
  const key = data.pgpKeys.find((one) => one.id === id);
  if (!key) return [entry('ssh_key', id, 'Created', {}, data.sshKeys.find((one) => one.id === id)?.created_at ?? ago(0), 1)];
  const came = entry('pgp_key', id, 'Created', {}, key.created_at, 1);
  if (key.status !== 'expiring') return [came];
  return [
    came, entry('pgp_key', id, 'UsedForSign', { files: 3 }, ago(9 * DAY), 2), entry('pgp_key', id, 'UsedForDecrypt', { files: 12 }, ago(3 * DAY), 3),
    entry('pgp_key', id, 'StateChanged', { status: { from: 'active', to: 'expiring' } }, ago(2 * DAY), 4),
  ];
}
