/**
 * The fake host's data: one morning at Halden & Rowe, with every state that a page has to show. Times are relative to
 * the moment of loading, so that "today" is today.
 */
import type {
  AuditLogEntry, Calendar, ChainExecution, Connection, ConnectionDraft, ErrorCode, ExpectedFileCheck, FailurePolicy, FileEvent, FileMonitor, Job, JobChain, JobDependency, JobExecution, JobExecutionState, JobStep, KnownHost, LogLine,
  MissedFires, MonitorFileLog, NodeView, Page,
  PgpAlgorithm, RetryFrom, Tag,
  PgpKey, PgpKeyStatus, Receipt, SettingView, SshKey, SshKeyType, StepExecution, StepExecutionState, Value,
} from '../bindings';
import { newLooks, noteTheStory, type Looks } from './audit';
import { toCalendar } from './calendars';
import { addChain, addChainRun } from './chains';
import { seenFile, toMonitor } from './monitors';
import { newOutbox, tellTheStory, type Outbox } from './notifications';
import { edgeOf, toSchedule, type StoredSchedule } from './schedules';
import { newSettings } from './settings';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
export const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
const ahead = (days: number): string => new Date(Date.now() + days * DAY).toISOString();

let next = 0;
/** Ids that look like real ones, in order of age. */
export function newId(): string {
  next += 1;
  const tail = (next * 2_654_435_761) % 2 ** 32;
  return `01932f1a-${String(7000 + next).padStart(4, '0')}-7${String(next % 1000).padStart(3, '0')}-9c1e-${tail.toString(16).padStart(12, '0')}`;
}

export interface Execution extends JobExecution {
  files: number | null;
  bytes: number | null;
  /** 0 to 1 while it runs. */
  progress: number | null;
}

export interface Data {
  vault: 'uninitialised' | 'locked' | 'unlocked' | 'unavailable';
  /** Since when the vault's key is being replaced. */
  rotatingSince: string | null;
  /** Whether Courier starts with the session. */
  autostart: boolean;
  settings: SettingView[];
  /** What was asked for outside the window. */
  asked: Page | null;
  /** What was shown in the file manager. */
  revealed: string[];
  /** What the window did that the store does not show. */
  noted: { tested: boolean; dryRun: boolean };
  /** Recovery codes that were saved, by the path of their file. */
  savedCodes: Map<string, string>;
  /** How often the files of other programs were changed. */
  fileChanges: number;
  jobs: Job[];
  executions: Execution[];
  chains: JobChain[];
  chainRuns: ChainExecution[];
  attempts: Map<string, StepExecution[]>;
  /** Items that a run's outermost loop goes through. */
  items: Map<string, number>;
  /** Lines of runs that noted more than usual. */
  logs: Map<string, LogLine[]>;
  /** Files of runs that are gone since. */
  missing: Map<string, string[]>;
  /** How runs were done again. */
  retries: { id: string; from: RetryFrom }[];
  nodes: NodeView[];
  receipts: Map<string, Receipt[]>;
  /** What happened to files beside the runs' own transfers and steps. */
  passages: FileEvent[];
  connections: Connection[];
  passwords: Set<string>;
  /** Connections whose proxy's password is kept. */
  proxyPasswords: Set<string>;
  knownHosts: KnownHost[];
  pgpKeys: PgpKey[];
  sshKeys: SshKey[];
  /** What was done with keys since the window was opened. */
  history: AuditLogEntry[];
  /** The record, oldest first. */
  audit: AuditLogEntry[];
  looks: Looks;
  tags: Tag[];
  /** The tags of each thing, by its id. */
  tagged: Map<string, Tag[]>;
  schedules: StoredSchedule[];
  missed: MissedFires[];
  dependencies: JobDependency[];
  calendars: Calendar[];
  monitors: FileMonitor[];
  /** What was found at the deadlines of their clocks. */
  checks: ExpectedFileCheck[];
  /** Files for which monitors started something. */
  monitorFiles: MonitorFileLog[];
  /** Notification rules, and what became of telling. */
  outbox: Outbox;
  versions: Map<string, { version_number: number; created_at: string; created_by: string; steps: JobStep[] }[]>;
}

export const STOP: FailurePolicy = { type: 'stop', max_retries: 3, backoff_base_seconds: 1, backoff_max_seconds: 60 };

export function emptyData(vault: Data['vault'] = 'uninitialised'): Data {
  return {
    vault, rotatingSince: null, autostart: false, settings: newSettings(), asked: null, revealed: [], noted: { tested: false, dryRun: false }, savedCodes: new Map(), fileChanges: 0, jobs: [], executions: [], chains: [], chainRuns: [], attempts: new Map(), items: new Map(), logs: new Map(), missing: new Map(), retries: [], nodes: [thisNode()], receipts: new Map(), passages: [], connections: [], passwords: new Set(), proxyPasswords: new Set(),
    knownHosts: [], pgpKeys: [], sshKeys: [], history: [], audit: [], looks: newLooks(), outbox: newOutbox(), versions: new Map(), tags: [], tagged: new Map(), schedules: [], missed: [], dependencies: [], calendars: [], monitors: [], checks: [], monitorFiles: [],
  };
}

const thisNode = (): NodeView => ({
  id: newId(), name: 'fin-ws-07', pid: 48_121, version: '0.1.0', serves_queue: true, started_at: ago(3 * DAY), heartbeat_at: ago(4_000), is_alive: true, is_this: true, runs: [],
});

/** The tags of a thing that are not deleted, by name. */
export const tagsOn = (data: Data, id: string): Tag[] => (data.tagged.get(id) ?? []).filter((tag) => !tag.is_deleted).sort((a, b) => a.name.localeCompare(b.name));

export const tagOf = (name: string, color: string | null = null): Tag => ({
  id: newId(), name, color, category: null, description: null, created_at: ago(0), updated_at: ago(0), is_deleted: false, deleted_at: null,
});

export function toConnection(id: string, draft: ConnectionDraft, before?: Connection): Connection {
  const now = new Date().toISOString();
  return {
    id,
    name: draft.name,
    group: draft.group ?? null,
    protocol: draft.protocol,
    host: draft.host,
    port: draft.port ?? (draft.protocol === 'sftp' ? 22 : 21),
    auth_method: draft.auth_method ?? 'password',
    username: draft.username,
    ssh_key_id: draft.ssh_key_id ?? null,
    host_key_policy: draft.host_key_policy ?? 'trust_on_first_use',
    stored_host_fingerprint: draft.stored_host_fingerprint ?? null,
    passive_mode: draft.passive_mode ?? true,
    tls_version_floor: draft.tls_version_floor ?? null,
    tls_cert_policy: draft.tls_cert_policy ?? 'system_trust',
    tls_pinned_thumbprint: draft.tls_pinned_thumbprint ?? null,
    tls_mode: draft.tls_mode ?? (draft.port === 990 ? 'implicit' : 'explicit'),
    tls_version_ceiling: draft.tls_version_ceiling ?? null,
    ssh_algorithms: draft.ssh_algorithms ?? null,
    connect_timeout_sec: draft.connect_timeout_sec ?? 30,
    operation_timeout_sec: draft.operation_timeout_sec ?? 300,
    keepalive_interval_sec: draft.keepalive_interval_sec ?? 60,
    transport_retries: draft.transport_retries ?? 2,
    session_limit: draft.session_limit ?? 4,
    transfer_profile: draft.transfer_profile ?? 'auto',
    rate_limit: draft.rate_limit ?? null,
    jump_connection_id: draft.jump_connection_id ?? null,
    proxy: draft.proxy ?? null,
    learned: before?.learned ?? { tls_1_2_only: false, compat: false },
    status: draft.status ?? 'active',
    fips_override: draft.fips_override ?? false,
    notes: draft.notes ?? null,
    created_at: before?.created_at ?? now,
    updated_at: now,
    is_deleted: false,
    deleted_at: null,
  };
}

export const FINGERPRINTS = {
  known: 'SHA256:56qnSV3DU4Imb5xE9ddgpKT697gOfRwhH+DtDWOLaCQ',
  shown: 'SHA256:7ZkN2Tgwml+sRjO2ko6LCGRmkxMxITrk0+gF/y4o54w',
};

function connections(data: Data, ops: SshKey): void {
  const rows: [name: string, group: string, host: string, extra?: Partial<ConnectionDraft>][] = [
    ['Aldgate Bank', 'Banks', 'sftp.aldgatebank.example'],
    ['Aldgate payments', 'Banks', 'pay.aldgatebank.example'],
    ['Meridian Freight', 'Carriers', 'edi.meridianfreight.example'],
    ['Ostrava Steel', 'Carriers', 'sftp.ostravasteel.example'],
    ['Norrland Paper', 'Carriers', 'ftp.norrlandpaper.example', { protocol: 'ftps', auth_method: 'password' }],
    ['Kestrel Insurance', 'Insurers', 'sftp.kestrel-ins.example', { auth_method: 'password' }],
    ['Kestrel photos', 'Insurers', 'photos.kestrel-ins.example', { auth_method: 'password' }],
    ['Baltic Grain', 'Suppliers', 'sftp.balticgrain.example'],
    ['Baltic Grain, test', 'Suppliers', 'test.balticgrain.example', { status: 'disabled' }],
    ['Solent Retail', 'Suppliers', 'b2b.solentretail.example', { protocol: 'ftps', auth_method: 'password' }],
    ['Tamsin Foods', 'Suppliers', 'ftp.tamsinfoods.example', { protocol: 'ftp', auth_method: 'password' }],
    ['Pontis Rail', 'Carriers', 'sftp.pontisrail.example', { ssh_algorithms: { encryption: ['aes256-ctr', 'aes256-cbc'], mac: ['hmac-sha1'] } }],
    ['Sund Shipping', 'Carriers', 'sftp.sundshipping.example', { proxy: { kind: 'http', host: 'proxy.halden-rowe.example', port: 3128, username: 'courier' } }],
    ['Vantage Payroll', 'Suppliers', 'intake.vantagepay.example', { host_key_policy: 'manual', stored_host_fingerprint: 'SHA256:Hb0mKqvLr9XkW2dQeYt5uNfS8cJzVpA4oGi7E1RlTwM' }],
    ['Archive server', 'Internal', 'archive.halden-rowe.example'],
    ['SAP landing', 'Internal', 'sap-landing.halden-rowe.example'],
  ];
  for (const [name, group, host, extra] of rows) {
    const connection = toConnection(newId(), {
      name, group, host, protocol: 'sftp', username: group === 'Internal' ? 'courier' : 'halden-rowe',
      auth_method: 'ssh_key', ssh_key_id: ops.id, transport_retries: 3, operation_timeout_sec: 30, ...extra,
    });
    if (connection.auth_method === 'password') {
      connection.ssh_key_id = null;
      data.passwords.add(connection.id);
    }
    if (connection.proxy?.username) data.proxyPasswords.add(connection.id);
    data.connections.push(connection);
    if (connection.protocol === 'sftp' && connection.status === 'active') {
      data.knownHosts.push({
        id: newId(), connection_id: connection.id,
        fingerprint: name === 'Baltic Grain' ? FINGERPRINTS.known : `SHA256:${btoa(name.padEnd(33, '~')).slice(0, 43)}`,
        key_type: 'ssh-ed25519', first_seen: ago(619 * DAY), last_seen: ago(2 * HOUR), approved_by: 'system', revoked_at: null,
      });
    }
  }
  const named = (name: string) => data.connections.find((c) => c.name === name);
  const production = tagOf('Production', '#2563EB');
  data.tags.push(production, tagOf('Month end', '#D97706'));
  const tagged = named('Aldgate Bank');
  if (tagged) data.tagged.set(tagged.id, [production]);
  const behind = named('SAP landing');
  if (behind) behind.jump_connection_id = named('Archive server')?.id ?? null;
}

function keys(data: Data): SshKey {
  const pgp = (
    name: string, user: string, fingerprint: string, algorithm: PgpAlgorithm, days: number | null, ours: boolean,
    status: PgpKeyStatus = 'active', made = 400,
  ): PgpKey => ({
    id: newId(), name, fingerprint: fingerprint.replaceAll(' ', ''), short_key_id: fingerprint.replaceAll(' ', '').slice(-16), algorithm,
    key_type: ours ? 'key_pair' : 'public_only', purpose: null, status,
    public_key_data: '-----BEGIN PGP PUBLIC KEY BLOCK-----\n…\n-----END PGP PUBLIC KEY BLOCK-----',
    expires_at: days === null ? null : ahead(days), successor_key_id: null, created_by: 'm.koch@fin-ws-07', created_at: ago(made * DAY),
    updated_at: ago(DAY), is_deleted: false, deleted_at: null, user_ids: [`${name} <${user}>`],
  });
  data.pgpKeys.push(
    pgp('Halden Finance 2024', 'finance@halden-rowe.example', '79F9 4CED A558 8062 4DAD 51D4 6C14 98D2 FDD6 17E5', 'rsa_4096', 9, true, 'expiring', 721),
    pgp('Halden Payroll', 'payroll@halden-rowe.example', '0B4D 77A1 C2E5 9F38 6D10 44B7 E8E6 7D1A 3032 34AA', 'rsa_4096', 219, true, 'active', 511),
    pgp('Halden Claims', 'claims@halden-rowe.example', '5A21 8E0C D4F7 3B96 1C82 70A5 40B8 DE93 C009 41EA', 'ecc_p384', 417, true),
    pgp('Halden Finance 2026', 'finance@halden-rowe.example', 'C7D0 15F3 9A6B 28E4 B03F 8C51 D673 61DF A0E0 192B', 'ecc_curve25519', 709, true, 'active', 22),
    pgp('Halden Finance 2022', 'finance@halden-rowe.example', '91CE 06B8 F4A2 5D73 2E49 A6F0 E4EF 8B2C FADC C957', 'rsa_3072', -720, true, 'retired', 1450),
    pgp('Kestrel Claims', 'pgp@kestrel-ins.example', 'D318 A94F 67E0 2CB5 8B7A 13D6 B3FD 1295 8974 9B38', 'rsa_3072', 77, false),
    pgp('Solent Retail', 'b2b@solentretail.example', '2F86 C0E9 51D4 B73A 94E2 6B0F 6907 09BD 7A14 C5CA', 'rsa_4096', 130, false),
    pgp('Ostrava Dispatch', 'expedice@ostravasteel.example', '8C5B E71D 30A4 F962 D7B8 095C 742E 2CC1 7ADE 6330', 'ecc_curve25519', 300, false),
    pgp('Meridian AP 2026', 'ap@meridianfreight.example', 'E09A 4B6D 72F1 C835 5F1E D2A4 1479 3FEC 8BC8 09EE', 'ecc_curve25519', 403, false, 'active', 320),
    pgp('Aldgate Payments', 'secure@aldgatebank.example', '6D72 F8A1 0CB4 E539 A8D0 47FE E5FC 338D 5FBA D7AA', 'rsa_4096', 535, false),
    pgp('Norrland EDI', 'edi@norrlandpaper.example', 'B51C 2E7F 96A0 D48B 0E63 9FD1 82B1 766F 3988 AAE3', 'ecc_p256', null, false),
    pgp('Meridian AP 2023', 'ap@meridianfreight.example', '47E8 D0B2 A6F9 1C53 7B08 E5A2 3416 16C1 B1A5 8732', 'rsa_2048', -322, false, 'revoked', 1200),
  );
  const ssh = (name: string, key_type: SshKeyType, fingerprint: string, status: SshKey['status'] = 'active'): SshKey => ({
    id: newId(), name, key_type, fingerprint, status, notes: null,
    public_key_data: `${key_type === 'ed25519' ? 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI' : 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAACAQ'}${fingerprint.slice(7, 40)} ${name}`,
    created_by: 'm.koch@fin-ws-07', created_at: ago(300 * DAY), updated_at: ago(DAY), is_deleted: false, deleted_at: null,
  });
  const ops = ssh('courier-ops-2026', 'ed25519', 'SHA256:tIR4iM+CzF8Cu/8LQMF8BIyk0qPZ2m5wX7vNdR1sUjE');
  data.sshKeys.push(ops, ssh('kestrel-legacy', 'rsa_4096', 'SHA256:9dK2mXvB7nQpL4sZ0wR8tYhJ3fGcE6aU1oIiVxNyMkA'), ssh('courier-ops-2023', 'ed25519', 'SHA256:Qw8eRt5yUiOpAs3dFgHjKlZx7cVbNm2qW4eR6tY9uIo', 'retired'));
  return ops;
}

interface StepSeed {
  name: string;
  type_key: string;
  configuration: Record<string, Value>;
}

/** A job with its first versions. */
export function addJob(data: Data, name: string, version: number, steps: StepSeed[], extra: Partial<Job> = {}): Job {
  const id = newId();
  const job: Job = {
    id, name, description: null, current_version: version, failure_policy: { ...STOP, type: 'retry_step' }, is_enabled: true, parameters: [],
    time_zone: 'Europe/London', max_instances: 1, priority: 0, run_on: 'any', created_at: ago(200 * DAY), updated_at: ago(3 * DAY), is_deleted: false,
    deleted_at: null,
    steps: steps.map((step, step_order) => ({
      id: newId(), job_id: id, step_order, alias: step.name.toLowerCase().replace(/[^a-z0-9]/g, '_'), timeout_seconds: 300, failure_policy: null,
      enabled: true, ...step,
    })),
    ...extra,
  };
  data.jobs.push(job);
  data.versions.set(id, Array.from({ length: version }, (_, index) => ({
    version_number: index + 1, created_at: ago((version - index) * 6 * DAY), created_by: 'm.koch@fin-ws-07', steps: job.steps,
  })));
  return job;
}

export function addExecution(
  data: Data, job: Job, state: JobExecutionState, at: { started?: number; took?: number }, moved: { files?: number; bytes?: number; progress?: number } = {},
  failure?: { code: ErrorCode; message: string },
): Execution {
  const started = at.started === undefined ? null : ago(at.started);
  const over = state === 'completed' || state === 'failed' || state === 'cancelled';
  const execution: Execution = {
    id: newId(), job_id: job.id, job_version_number: job.current_version, chain_execution_id: null, trigger_key: null,
    triggered_by: 'manual:m.koch@fin-ws-07', state, queued_at: started ?? ago(2 * MINUTE), started_at: state === 'queued' ? null : started,
    completed_at: over && started ? new Date(Date.parse(started) + (at.took ?? 1000)).toISOString() : null,
    context_snapshot: '{}', priority: 0, parameters: {}, retry_of: null, attempt: 0, had_skips: false,
    error_code: failure?.code ?? null, error_message: failure?.message ?? null, cancel_requested_at: null, pause_requested_at: null,
    claimed_by: null, lease_expires_at: null, epoch: 1, rescues: 0, created_at: started ?? ago(2 * MINUTE), updated_at: ago(0),
    files: moved.files ?? null, bytes: moved.bytes ?? null, progress: moved.progress ?? null,
  };
  data.executions.push(execution);
  data.attempts.set(execution.id, attemptsOf(execution, job));
  return execution;
}

/** Step rows that fit the run's state: finished ones first, then the one that runs or failed. */
function attemptsOf(execution: Execution, job: Job): StepExecution[] {
  if (execution.started_at === null) return [];
  const start = Date.parse(execution.started_at);
  const end = execution.completed_at ? Date.parse(execution.completed_at) : Date.now();
  const steps = job.steps.length;
  const last: StepExecutionState = execution.state === 'completed' ? 'completed' : execution.state === 'failed' ? 'failed' : 'running';
  const reached = execution.state === 'completed' ? steps : execution.state === 'failed' ? 1 : Math.min(steps, 2);
  return job.steps.slice(0, reached).map((step, index) => {
    const from = start + ((end - start) * index) / reached;
    const to = start + ((end - start) * (index + 1)) / reached;
    const state: StepExecutionState = index === reached - 1 ? last : 'completed';
    return {
      id: newId(), job_execution_id: execution.id, job_step_id: step.id, step_order: index, state, started_at: new Date(from).toISOString(),
      completed_at: state === 'running' ? null : new Date(to).toISOString(), duration_ms: state === 'running' ? null : Math.round(to - from),
      bytes_processed: execution.bytes, output_data: state === 'completed' ? JSON.stringify({ file_count: execution.files ?? 0, bytes: execution.bytes ?? 0 }) : null,
      error_message: state === 'failed' ? execution.error_message : null, error_stack_trace: null, retry_attempt: 0, iteration_path: '',
      error_code: state === 'failed' ? execution.error_code : null,
    };
  });
}

export interface LoopRun {
  state: JobExecutionState;
  /** How many have begun, and of how many. */
  iterations: number;
  of: number;
  /** Their second step fails. */
  failing?: readonly number[];
}

/** A run of a job that goes through a list: fetch, then for each file decrypt and put away, then tell. */
export function addLoopRun(data: Data, { state, iterations, of, failing = [] }: LoopRun): Execution {
  const job = addJob(data, 'Tamsin price lists', 5, [
    { name: 'List files', type_key: 'sftp.list', configuration: {} },
    { name: 'For each file', type_key: 'flow.foreach', configuration: {} },
    { name: 'Fetch', type_key: 'sftp.download', configuration: {} },
    { name: 'Decrypt', type_key: 'pgp.decrypt', configuration: {} },
    { name: 'End', type_key: 'flow.end', configuration: {} },
    { name: 'Put away', type_key: 'file.move', configuration: {} },
  ]);
  const failed = state === 'failed';
  const error = { code: 'unknown_signer' as const, message: 'INV-20261120-PL.zip.pgp is signed by 9C41 77AD, who is not known.' };
  const execution = addExecution(data, job, state, { started: 6 * MINUTE, took: 5 * MINUTE }, { files: iterations, bytes: iterations * 1_100_000, progress: 0.4 }, failed ? error : undefined);
  const start = Date.parse(execution.started_at ?? '');
  const span = (5 * MINUTE) / of;
  const row = (order: number, path: string, rowState: StepExecutionState, from: number, took: number, more: Partial<StepExecution> = {}): StepExecution => ({
    id: newId(), job_execution_id: execution.id, job_step_id: job.steps[order]?.id ?? '', step_order: order, state: rowState, started_at: new Date(start + from).toISOString(),
    completed_at: rowState === 'running' ? null : new Date(start + from + took).toISOString(), duration_ms: rowState === 'running' ? null : Math.round(took),
    bytes_processed: null, output_data: null, error_message: null, error_stack_trace: null, retry_attempt: 0, iteration_path: path, error_code: null, ...more,
  });
  const why: Partial<StepExecution> = { error_code: error.code, error_message: error.message };
  const rows = [row(0, '', 'completed', 0, 2_000), row(1, '', state === 'running' ? 'running' : failed ? 'failed' : 'completed', 2_000, iterations * span, failed ? why : {})];
  for (let n = 0; n < iterations; n += 1) {
    const from = 2_000 + n * span;
    const path = String(n);
    const goesOn = state === 'running' && n === iterations - 1;
    rows.push(row(2, path, 'completed', from, span * 0.6, { bytes_processed: 1_100_000 }));
    rows.push(row(3, path, goesOn ? 'running' : failing.includes(n) ? 'failed' : 'completed', from + span * 0.6, span * 0.4, failing.includes(n) ? why : {}));
    if (!goesOn && !failing.includes(n)) rows.push(row(4, path, 'completed', from + span, 0));
  }
  data.attempts.set(execution.id, rows);
  data.items.set(execution.id, of);
  return execution;
}

/** The whole morning. */
export function storyData(): Data {
  const data = emptyData('unlocked');
  const ops = keys(data);
  data.nodes.push(
    { ...thisNode(), name: 'courier-prod-2', pid: 911, started_at: ago(19 * DAY), heartbeat_at: ago(7_000), is_this: false },
    { ...thisNode(), name: 'courier-prod-1', pid: 904, started_at: ago(19 * DAY), heartbeat_at: ago(11 * HOUR), is_alive: false, is_this: false },
  );
  connections(data, ops);
  const server = (name: string): string => data.connections.find((c) => c.name === name)?.id ?? '';
  const key = (name: string): string => data.pgpKeys.find((k) => k.name === name)?.id ?? '';
  const fetch = (connection: string, path: string): StepSeed => ({ name: 'Fetch files', type_key: 'sftp.download', configuration: { connection_id: server(connection), remote_path: path } });
  const decrypt: StepSeed = { name: 'Decrypt', type_key: 'pgp.decrypt', configuration: { input_path: '{{ steps.fetch_files.files }}', private_key_ids: [key('Halden Finance 2024')], require_signature: true, signer_key_ids: [key('Meridian AP 2026')] } };
  const unpack: StepSeed = { name: 'Unpack', type_key: 'file.unzip', configuration: { archive_path: '{{ steps.decrypt.files }}' } };
  const move = (to: string): StepSeed => ({ name: 'Put away', type_key: 'file.move', configuration: { source_path: '{{ steps.unpack.files }}', destination_path: to } });
  const sign: StepSeed = { name: 'Encrypt', type_key: 'pgp.encrypt', configuration: { input_path: '/data/out/*.csv', recipient_key_ids: [key('Aldgate Payments')], signing_key_id: key('Halden Finance 2024') } };
  const send = (connection: string, path: string): StepSeed => ({ name: 'Deliver', type_key: 'sftp.upload', configuration: { connection_id: server(connection), local_path: '{{ steps.encrypt.files }}', remote_path: path } });

  const job = {
    aldgate: addJob(data, 'Aldgate payments', 22, [sign, send('Aldgate payments', '/in/')]),
    statements: addJob(data, 'Aldgate statements', 9, [fetch('Aldgate Bank', '/out/*.pgp'), decrypt]),
    archive: addJob(data, 'Archive sent files', 4, [{ name: 'Pack', type_key: 'file.zip', configuration: { source_paths: '/data/sent/**', output_path: '/data/archive/{{ now | date("%Y-%m-%d") }}.zip' } }]),
    contracts: addJob(data, 'Baltic contracts', 6, [fetch('Baltic Grain', '/contracts/*.pdf')]),
    prices: addJob(data, 'Baltic prices', 11, [fetch('Baltic Grain', '/prices/*.csv')]),
    claims: addJob(data, 'Kestrel claims', 17, [fetch('Kestrel Insurance', '/claims/*.zip')]),
    photos: addJob(data, 'Kestrel claim photos', 3, [fetch('Kestrel photos', '/photos/**')]),
    ledger: addJob(data, 'Ledger archive', 8, [{ name: 'Pack', type_key: 'file.zip', configuration: { source_paths: '/data/ledger/**', output_path: '/data/archive/ledger.zip' } }]),
    meridian: addJob(data, 'Meridian invoices', 14, [fetch('Meridian Freight', '/out/*.zip.pgp'), decrypt, unpack, move('/mnt/nas01/invoices/')]),
    remittance: addJob(data, 'Meridian remittance advice', 7, [sign, send('Meridian Freight', '/in/remittance/')]),
    monthEnd: addJob(data, 'Month-end extract', 19, [sign, send('SAP landing', '/extract/')]),
    ostrava: addJob(data, 'Ostrava delivery notes', 2, [fetch('Ostrava Steel', '/dodaci/*.xml')]),
    returns: addJob(data, 'Solent returns', 10, [fetch('SAP landing', '/returns/*.csv')]),
    onboarding: addJob(data, 'Supplier onboarding pack', 1, [send('Archive server', '/packs/')], { is_enabled: false }),
    payroll: addJob(data, 'Vantage payroll', 13, [sign, send('Vantage Payroll', '/intake/')]),
    timesheets: addJob(data, 'Vantage timesheets', 5, [fetch('Vantage Payroll', '/timesheets/*.csv')]),
  };
  addJob(data, 'Ledger restore test', 1, [unpack]);

  const MB = 1_000_000;
  // Earlier runs fill the history; every one in this list is [job, runs before the last, which of them failed].
  const history: [Job, number, number[]][] = [
    [job.aldgate, 11, []], [job.statements, 11, [5]], [job.archive, 11, []], [job.contracts, 11, []], [job.prices, 11, [10]], [job.claims, 11, [9, 10]],
    [job.photos, 11, []], [job.ledger, 11, []], [job.meridian, 11, [10]], [job.remittance, 11, []], [job.monthEnd, 11, []], [job.ostrava, 11, []],
    [job.returns, 9, [3]], [job.onboarding, 2, []], [job.payroll, 11, []], [job.timesheets, 11, []],
  ];
  const lastAge = new Map([[job.archive, 23 * HOUR], [job.photos, 61 * HOUR], [job.remittance, 63 * HOUR], [job.returns, 64 * HOUR], [job.payroll, 24 * DAY], [job.onboarding, 103 * DAY]]);
  for (const [of, runs, failed] of history) {
    for (let index = 0; index < runs; index += 1) {
      const bad = failed.includes(index);
      addExecution(data, of, bad ? 'failed' : 'completed', { started: (runs - index) * (97 + (next % 17)) * MINUTE + (lastAge.get(of) ?? 2 * HOUR), took: 20_000 + index * 900 },
        bad ? {} : { files: 1 + (index % 4), bytes: (4 + index) * MB }, bad ? { code: 'connection_timeout', message: 'The server did not answer within 30 s.' } : undefined);
    }
  }
  addExecution(data, job.onboarding, 'completed', { started: 103 * DAY, took: 12_000 }, { files: 6, bytes: 44 * MB });
  addExecution(data, job.aldgate, 'completed', { started: 95 * MINUTE, took: 41_000 }, { files: 14, bytes: 38.2 * MB });
  addExecution(data, job.statements, 'completed', { started: 6 * MINUTE, took: 18_000 }, { files: 3, bytes: 4.1 * MB });
  addExecution(data, job.archive, 'completed', { started: 23 * HOUR, took: 192_000 }, { files: 1206, bytes: 2400 * MB }).had_skips = true;
  addExecution(data, job.contracts, 'failed', { started: 97 * MINUTE, took: 900 }, {}, { code: 'host_key_changed', message: 'sftp.balticgrain.example showed another host key than the known one.' });
  addExecution(data, job.prices, 'failed', { started: 35 * MINUTE, took: 1100 }, {}, { code: 'host_key_changed', message: 'sftp.balticgrain.example showed another host key than the known one.' });
  addExecution(data, job.claims, 'failed', { started: 5 * MINUTE, took: 6000 }, {}, { code: 'authentication_failed', message: 'sftp.kestrel-ins.example no longer takes the password of halden-rowe.' });
  addExecution(data, job.photos, 'completed', { started: 61 * HOUR, took: 160_000 }, { files: 318, bytes: 1900 * MB });
  addExecution(data, job.remittance, 'completed', { started: 63 * HOUR, took: 9000 }, { files: 1, bytes: 0.212 * MB });
  addExecution(data, job.ostrava, 'completed', { started: 55 * MINUTE, took: 4000 }, { files: 1, bytes: 0.097 * MB });
  addExecution(data, job.payroll, 'completed', { started: 24 * DAY, took: 11_000 }, { files: 2, bytes: 3.3 * MB });
  addExecution(data, job.timesheets, 'completed', { started: 50 * MINUTE, took: 22_000 }, { files: 41, bytes: 9.8 * MB });
  addExecution(data, job.returns, 'paused', { started: 64 * HOUR }, { files: 212, bytes: 640 * MB, progress: 0.44 });
  addExecution(data, job.ledger, 'running', { started: 2 * MINUTE }, { files: 1, bytes: 7900 * MB, progress: 0.64 });
  addExecution(data, job.meridian, 'running', { started: 5 * MINUTE }, { files: 4, bytes: 1430 * MB, progress: 0.71 });
  addExecution(data, job.monthEnd, 'queued', { started: 3 * MINUTE });
  chains(data, job);
  data.executions.sort((a, b) => a.created_at.localeCompare(b.created_at));
  startsByItself(data, job);
  tellTheStory(data);
  noteTheStory(data);
  return data;
}

/** Three chains: one that runs, one that failed, one that is switched off. */
function chains(data: Data, job: Record<'statements' | 'meridian' | 'claims' | 'archive' | 'remittance' | 'prices' | 'ledger' | 'timesheets' | 'payroll' | 'contracts' | 'returns', Job>): void {
  job.remittance.parameters = [{ name: 'day', type: 'date', default: null, required: true, description: 'The day whose invoices are advised.' }];
  const morning = addChain(data, 'Morning close', [
    { name: 'Aldgate statements', job: job.statements },
    { name: 'Meridian invoices', job: job.meridian },
    { name: 'Kestrel claims', job: job.claims },
    { name: 'Merge ledger', job: job.ledger, after: ['Aldgate statements', 'Meridian invoices'] },
    { name: 'Claims journal', job: job.contracts, after: ['Kestrel claims'] },
    { name: 'Tell claims desk', job: job.archive, after: ['Kestrel claims!'] },
    { name: 'Remittance', job: job.remittance, after: ['Merge ledger', 'Tell claims desk!'], parameters: { day: "{{ now | date('%Y-%m-%d') }}" } },
  ], { description: 'Everything that must be there before the desk opens' });
  const payroll = addChain(data, 'Payroll run', [
    { name: 'Timesheets', job: job.timesheets },
    { name: 'Payroll', job: job.payroll, after: ['Timesheets'] },
  ]);
  addChain(data, 'Quarter end', [{ name: 'Prices', job: job.prices }, { name: 'Returns', job: job.returns, after: ['Prices'] }], { is_enabled: false });
  addChainRun(data, morning, 'completed', { started: 3 * DAY, took: 9 * MINUTE }, {});
  const refused = 'sftp.vantagepay.example no longer takes the password of halden-rowe.';
  addChainRun(data, payroll, 'failed', { started: DAY, took: 3 * MINUTE }, { Timesheets: { state: 'failed', reason: refused }, Payroll: { state: 'skipped', reason: '`Timesheets` failed.' } }, `\`Timesheets\` failed: ${refused}`);
  addChainRun(data, morning, 'running', { started: 5 * MINUTE }, {
    'Aldgate statements': { state: 'completed' }, 'Meridian invoices': { state: 'running' }, 'Kestrel claims': { state: 'failed', reason: 'sftp.kestrel-ins.example no longer takes the password of halden-rowe.', took: 6_000 },
    'Merge ledger': { state: 'pending' }, 'Claims journal': { state: 'skipped', reason: '`Kestrel claims` failed.' }, 'Tell claims desk': { state: 'completed', started: 10_000, took: 2_000 },
    Remittance: { state: 'pending' },
  });
  data.schedules.push({ ...toSchedule({ type: 'chain', id: morning.id }, { schedule_type: 'cron', cron_expression: '0 30 7 ? * MON-FRI', time_zone: 'Europe/Berlin' }), last_fired_at: ago(5 * MINUTE) });
}

type Named = 'aldgate' | 'statements' | 'archive' | 'ledger' | 'meridian' | 'monthEnd' | 'ostrava' | 'returns' | 'timesheets' | 'prices';

/** Schedules, what waits for what, and monitors. */
function startsByItself(data: Data, job: Record<Named, Job>): void {
  const schedule = (of: Job, cron: string, more: Partial<StoredSchedule> = {}) => {
    const made = { ...toSchedule({ type: 'job', id: of.id }, { schedule_type: 'cron', cron_expression: cron, time_zone: 'Europe/London' }), ...more };
    data.schedules.push(made);
    return made;
  };
  schedule(job.meridian, '0 30 7 ? * MON-FRI', { last_fired_at: ago(5 * MINUTE) });
  schedule(job.meridian, '0 0 6 L * ?', { time_zone: 'Europe/Berlin', misfire_policy: 'skip', overlap_policy: 'skip', is_enabled: false, next_fire_at: null });
  schedule(job.statements, '0 0/30 8-18 ? * MON-FRI', { last_fired_at: ago(6 * MINUTE) });
  schedule(job.timesheets, '0 45 * * * ?', { last_fired_at: ago(50 * MINUTE) });
  schedule(job.aldgate, '0 0 6 * * ?', { last_fired_at: ago(95 * MINUTE) });
  schedule(job.prices, '0 0 7,8 ? * MON-SAT', { last_fired_at: ago(35 * MINUTE) });
  const nightly = schedule(job.ledger, '0 0 22 * * ?', { last_fired_at: ago(2 * MINUTE) });
  schedule(job.archive, '0 15 8 ? * SUN', { misfire_policy: 'run_all', last_fired_at: ago(23 * HOUR) });
  data.missed.push({
    id: newId(), schedule_id: nightly.id, job_id: job.ledger.id, chain_id: null, reason: 'misfire', first_at: ago(11 * HOUR), last_at: ago(2 * HOUR), count: 4, started: 1, message: null,
    recorded_at: ago(40 * MINUTE),
  });
  data.dependencies.push(edgeOf(job.monthEnd.id, job.ledger.id), edgeOf(job.monthEnd.id, job.statements.id, { run_on_failure: true }), edgeOf(job.archive.id, job.aldgate.id, { trigger_downstream: true }));

  const server = (name: string): string => data.connections.find((connection) => connection.name === name)?.id ?? '';
  const year = new Date().getFullYear() + 1;
  const holidays = toCalendar({
    name: 'Czech holidays', description: 'And the weekends, when Ostrava does not ship', weekdays: ['saturday', 'sunday'],
    dates: [{ date: '01-01', name: 'New Year' }, { date: '12-24', name: 'Christmas Eve' }, { date: '12-25', name: 'Christmas' }, { date: `${year}-07-05`, name: 'Cyril and Methodius' }],
  });
  data.calendars.push(holidays, toCalendar({ name: 'Bank of England', dates: [{ date: '12-25' }, { date: '12-26' }] }));
  const notes = toMonitor({
    name: 'Ostrava delivery notes', watch_target: { type: 'remote', path: '/outgoing/delivery', connection_id: server('Ostrava Steel') }, file_patterns: ['DN_*.csv'], exclude_patterns: ['*_draft.csv'],
    trigger_events: ['file_created', 'file_modified'], bindings: [{ job_id: job.ostrava.id }],
    expected_files: { file_pattern: 'DN_*.csv', min_count: 8, by: '17:00', since: null, weekdays: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'], time_zone: 'Europe/Prague', calendar_id: holidays.id },
  });
  const deadline = (days: number) => `${ago(days * DAY).slice(0, 10)}T15:00:00Z`;
  const checked = (days: number, found_count: number, arrived_at: string | null = null): ExpectedFileCheck => ({
    id: newId(), monitor_id: notes.id, deadline_at: deadline(days), counted_from: deadline(days + 1), expected_count: 8, found_count, arrived_at, checked_at: deadline(days),
  });
  data.checks.push(checked(4, 8), checked(3, 5, ago(2.8 * DAY)), checked(2, 11), checked(1, 6));
  const returns = toMonitor({ name: 'Solent returns', watch_target: { type: 'local', path: '/mnt/nas02/solent/returns' }, polling_interval_sec: 30, bindings: [{ job_id: job.returns.id }] });
  Object.assign(returns, { state: 'error', consecutive_failure_count: 5, last_error: 'The folder /mnt/nas02/solent/returns is gone: the drive is not mounted.' });
  const scans = toMonitor({ name: 'Scanned receipts', watch_target: { type: 'local', path: '/srv/scans' }, recursive: true, batch_mode: false, file_patterns: ['**/*.pdf'], bindings: [{ job_id: job.archive.id }] });
  scans.state = 'paused';
  const prices = toMonitor({ name: 'Baltic price lists', watch_target: { type: 'remote', path: '/prices', connection_id: server('Baltic Grain') }, file_patterns: ['*.csv'], bindings: [{ job_id: job.prices.id }] });
  prices.state = 'disabled';
  data.monitors.push(notes, returns, scans, prices);
  const runs = data.executions.filter((run) => run.job_id === job.ostrava.id).reverse();
  for (let n = 0; n < 240; n += 1) {
    const at = ago((55 + n * 90) * MINUTE);
    const name = `DN_${at.slice(0, 10).replaceAll('-', '')}_${at.slice(11, 16).replace(':', '')}.csv`;
    data.monitorFiles.push(seenFile(notes, name, 80_000 + ((n * 7919) % 110_000), at, runs[n]?.id ?? newId(), n % 9 === 3 ? { trigger_event: 'file_modified' } : {}));
  }
}
