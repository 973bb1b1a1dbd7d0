/**
 * A host in memory, with the same contract as the window's: for tests and for looking at the pages in a browser. It
 * checks nothing that the Rust side would not also check, and knows only as much as the pages need.
 */
import type {
  AppStatus, Changed, ErrorCode, ExecutionProgress, FilesDragged, Job, JobDraft, JobRow, LogLine, Page, Problem, Receipt, StageReport, TestReport, Use, Value,
} from '../bindings';
import type { Commands, Host } from '../host';
import { about } from './about';
import { activityOf } from './activity';
import { listArchive } from './archives';
import { createAudit } from './audit';
import { createCalendars } from './calendars';
import { createChains } from './chains';
import { ALGORITHMS, CERTIFICATE, legacyOf, testStages } from './connections';
import { appError, nameTaken } from './error';
import { createFiles, receiptsOf } from './files';
import { firstStepsOf, SAMPLE_JOB } from './first-steps';
import { createImports } from './imports';
import { createKeys } from './keys';
import { iterationSteps, iterationViews, stepViews } from './loops';
import { createMonitors } from './monitors';
import { createDrops } from './drops';
import { createNotifications } from './notifications';
import { pathLooks } from './paths';
import { createRehearsals } from './rehearsal';
import { createRemote, listing } from './remote';
import { createSchedules, waitsFor } from './schedules';
import { createSettings } from './settings';
import { addExecution, addJob, addLoopRun, ago, emptyData, FINGERPRINTS, newId, STOP, storyData, tagsOn, toConnection, type Data, type Execution } from './seed';
import { stepTexts } from './steps';
import { createTags } from './tags';
import { startsOf, TEMPLATES } from './templates';
import { createVersions } from './versions';
import stepTypes from './step-types.json';

export interface FakeOptions {
  data?: Data;
  /** Milliseconds that each answer takes. */
  delay?: number;
  /** Commands that fail, with what they throw. */
  failing?: Partial<Record<keyof Commands, ErrorCode>>;
  /** Commands that never answer. */
  hanging?: readonly (keyof Commands)[];
  /** Whether runs move on by themselves. */
  live?: boolean;
}

export type FakeHost = Host & {
  data: Data;
  emit: (change: Changed) => void;
  /** Carries files over the window, drops them or takes them away again. */
  drag: (drag: FilesDragged) => void;
  /** Drops files on the window, on no field. */
  drop: (paths: readonly string[]) => void;
  /** As a click on a notification does. */
  askPage: (page: Page) => void;
  options: FakeOptions;
};

/** `?data=empty`, `?data=new` (no vault), `?fail=jobsList`, `?hang=jobsList`: states of a page to look at. */
export function optionsFromAddress(search: string): FakeOptions {
  const query = new URLSearchParams(search);
  const data = query.get('data');
  const fail = query.get('fail');
  const hang = query.get('hang');
  return {
    data: data === 'empty' ? emptyData('unlocked') : data === 'new' ? emptyData() : data === 'loop' ? loopData() : storyData(),
    delay: 40,
    live: query.get('live') !== 'no',
    ...(fail ? { failing: Object.fromEntries(fail.split(',').map((name) => [name, 'store_unavailable' as const])) } : {}),
    ...(hang ? { hanging: hang.split(',') as (keyof Commands)[] } : {}),
  };
}

/** The story, and a run of a loop that goes on. */
function loopData(): Data {
  const data = storyData();
  addLoopRun(data, { state: 'running', iterations: 1204, of: 1860, failing: [41, 388, 1002] });
  return data;
}

export function createFakeHost(options: FakeOptions = {}): FakeHost {
  const data = options.data ?? storyData();
  const listeners = new Set<(change: Changed) => void>();
  const dragged = new Set<(drag: FilesDragged) => void>();
  const askers = new Set<() => void>();
  const emit = (change: Changed) => listeners.forEach((listener) => listener(change));
  const changed = (entity_type: Changed['entity_type'], entity_id = '') => emit({ entity_type, entity_id });
  const find = <T extends { id: string }>(rows: T[], id: string): T => {
    const row = rows.find((r) => r.id === id);
    if (!row) throw appError('not_found', 'There is no such entry.');
    return row;
  };
  const lastOf = (job: Job): Execution | undefined => data.executions.filter((e) => e.job_id === job.id).at(-1);
  const usesOf = (id: string): Use[] => [
    ...data.jobs.flatMap((job) =>
      job.steps.flatMap((step) =>
        Object.entries(step.configuration)
          .filter(([, value]) => value === id || (Array.isArray(value) && value.includes(id)))
          .map(([how]) => ({ job_id: job.id, job_name: job.name, step_name: step.name, connection_id: null, connection_name: null, how })),
      ),
    ),
    ...data.connections
      .filter((c) => c.ssh_key_id === id)
      .map((c) => ({ job_id: null, job_name: null, step_name: null, connection_id: c.id, connection_name: c.name, how: 'ssh_key_id' })),
  ];
  const needVault = () => {
    if (data.vault === 'uninitialised') throw appError('vault_uninitialised', 'There is no vault to keep this in.');
    if (data.vault !== 'unlocked') throw appError('vault_locked', 'The vault is locked.');
  };

  const problemsOf = (draft: JobDraft): Problem[] => {
    const problems: Problem[] = [];
    const push = (path: string, code: string, message: string) => problems.push({ path, code, message, severity: 'error' });
    if (draft.name.trim() === '') push('name', 'required', 'Enter a name.');
    (draft.steps ?? []).forEach((step, index) => {
      const spec = stepTypes.find((s) => s.type_key === step.type_key);
      for (const field of spec?.fields ?? []) {
        const value = step.configuration?.[field.name];
        if (field.required && (value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0))) {
          push(`steps[${index}].configuration.${field.name}`, 'required', 'This is needed.');
        }
      }
    });
    return problems;
  };

  /** Moves a run on by itself until it is completed. */
  const play = (execution: Execution) => {
    if (options.live === false) return;
    const tick = () => {
      if (execution.state === 'queued') {
        execution.state = 'running';
        execution.started_at = new Date().toISOString();
        execution.progress = 0;
        execution.bytes = 0;
      } else if (execution.state === 'running') {
        execution.progress = Math.min(1, (execution.progress ?? 0) + 0.08);
        execution.bytes = Math.round((execution.progress ?? 0) * 48_000_000);
        if (execution.progress >= 1) {
          execution.state = 'completed';
          execution.completed_at = new Date().toISOString();
          execution.files = 6;
        }
      } else return;
      changed('job_execution', execution.id);
      if (execution.state === 'running') setTimeout(tick, 250);
    };
    setTimeout(tick, 200);
  };

  const start = (job: Job, triggeredBy: string, parameters: Record<string, Value>): Execution => {
    const execution = addExecution(data, job, 'queued', {});
    execution.triggered_by = triggeredBy;
    execution.parameters = parameters;
    execution.queued_at = new Date().toISOString();
    changed('job_execution', execution.id);
    play(execution);
    return execution;
  };

  const remote = createRemote();
  const commands: Commands = {
    ...createAudit({ data, remote }),
    ...createTags({ data, changed }),
    ...createSettings({ data, changed }),
    ...createNotifications({ data, changed, needVault }),
    pageAsked: async () => {
      const { asked } = data;
      data.asked = null;
      return asked;
    },
    autostartGet: async () => data.autostart,
    autostartSet: async (enabled) => {
      data.autostart = enabled;
      return null;
    },
    appStatus: async () => {
      const status: AppStatus = {
        version: '0.1.0', node_name: 'fin-ws-07', home: '/home/m.koch/.local/share/courier',
        vault: {
          state: data.vault,
          key_source: data.vault === 'unlocked' ? 'keychain' : null,
          detail: {
            unlocked: 'Unlocked by the system keychain.', locked: 'Locked. Runs that need a password or key wait.',
            uninitialised: 'Not set up yet.', unavailable: 'The system keychain does not answer.',
          }[data.vault],
          key_id: '5d1f09c2a7b3e884', created_at: ago(30 * 86_400_000), has_recovery_code: true, rotating_since: data.rotatingSince,
        },
        engine: { running: data.executions.filter((e) => e.state === 'running').length, slots: 5, queued: data.executions.filter((e) => e.state === 'queued').length, schedule_hold: null },
        counts: {
          jobs: data.jobs.length, executions_running: data.executions.filter((e) => e.state === 'running').length,
          connections: data.connections.length, pgp_keys: data.pgpKeys.length, ssh_keys: data.sshKeys.length,
        },
        has_sample: data.jobs.some((job) => job.name === SAMPLE_JOB),
      };
      return status;
    },
    firstSteps: async () => firstStepsOf(data),
    vaultInit: async () => {
      data.vault = 'unlocked';
      changed('vault');
      return { recovery_code: 'KXQM-7V2D-RT9P-4HJC-WZ83-NLFB' };
    },
    vaultUnlock: async (how) => {
      if (how.method === 'passphrase' && how.passphrase === 'wrong') throw appError('vault_wrong_key', 'The passphrase does not open this vault.');
      data.vault = 'unlocked';
      changed('vault');
      return null;
    },
    vaultRecover: async (code) => {
      if (code.replaceAll('-', '').length !== 24) throw appError('vault_wrong_key', 'The recovery code is wrong.');
      data.vault = 'unlocked';
      changed('vault');
      return null;
    },
    vaultRotateStart: async () => {
      needVault();
      data.rotatingSince ??= new Date().toISOString();
      changed('vault');
      return { recovery_code: 'PW3H-9RTC-J2XV-6NQB-E84K-ZDYM' };
    },
    vaultRotateFinish: async () => {
      needVault();
      data.rotatingSince = null;
      changed('vault');
      return { rewrapped: data.passwords.size + data.proxyPasswords.size + data.pgpKeys.length + data.sshKeys.length, unreadable: [] };
    },
    vaultLock: async () => {
      data.vault = 'locked';
      changed('vault');
      return null;
    },
    recoveryCodeSave: async (path, code) => {
      if (data.savedCodes.has(path)) throw appError('already_exists', `${path} exists already.`);
      data.savedCodes.set(path, code);
      return null;
    },
    nodesList: async () => data.nodes.map((node) => ({ ...node, runs: node.is_alive && node.serves_queue && node.is_this ? running() : node.runs })),
    demoCreate: async () => {
      needVault();
      const connection = toConnection(newId(), { name: 'Sample server', group: 'Sandbox', protocol: 'sftp', host: '127.0.0.1', port: 40222, username: 'sample' });
      data.connections.push(connection);
      data.passwords.add(connection.id);
      const job = addJob(data, SAMPLE_JOB, 1, [
        { name: 'Fetch files', type_key: 'sftp.download', configuration: { connection_id: connection.id, remote_path: '/out/*.zip.pgp' } },
        { name: 'Decrypt', type_key: 'pgp.decrypt', configuration: { input_path: '{{ steps.fetch_files.files }}' } },
        { name: 'Unpack', type_key: 'file.unzip', configuration: { archive_path: '{{ steps.decrypt.files }}' } },
      ]);
      changed('connection', connection.id);
      changed('job', job.id);
      return { job_id: job.id, connection_id: connection.id };
    },
    stepTypes: async () => stepTypes as never,
    ...about,
    ...pathLooks,

    jobsList: async () =>
      data.jobs
        .map((job): JobRow => {
          const last = lastOf(job);
          return {
            id: job.id, name: job.name, is_enabled: job.is_enabled, current_version: job.current_version, step_count: job.steps.length,
            last: last
              ? {
                  execution_id: last.id, state: last.state, error_code: last.error_code, error_message: last.error_message, had_skips: last.had_skips,
                  started_at: last.started_at, completed_at: last.completed_at, files: last.files, bytes: last.bytes, progress: last.progress,
                }
              : null,
            recent: data.executions.filter((e) => e.job_id === job.id).slice(-12).map((e) => ({ execution_id: e.id, state: e.state })),
            tags: tagsOn(data, job.id), updated_at: job.updated_at,
          };
        })
        .sort((a, b) => a.name.localeCompare(b.name)),
    jobsGet: async (id) => ({ job: structuredClone(find(data.jobs, id)), created_by: 'm.koch@fin-ws-07', tags: tagsOn(data, id) }),
    jobsValidate: async (_id, draft) => problemsOf(draft),
    jobsSave: async (id, draft, expectedVersion) => {
      const problems = problemsOf(draft);
      if (problems.some((p) => p.severity === 'error')) throw appError('validation', 'The job cannot be saved yet.', problems);
      const before = id === null ? null : find(data.jobs, id);
      if (before && expectedVersion !== null && before.current_version !== expectedVersion) throw appError('conflict', 'The job has a newer version.');
      if (data.jobs.some((other) => other.id !== id && other.name.toLowerCase() === draft.name.toLowerCase())) throw nameTaken('job', draft.name);
      const steps = (draft.steps ?? []).map((step) => ({ name: step.name, type_key: step.type_key, configuration: step.configuration ?? {} }));
      if (!before) {
        const made = addJob(data, draft.name, 1, steps, { description: draft.description ?? null, failure_policy: draft.failure_policy ?? STOP, parameters: draft.parameters ?? [] });
        changed('job', made.id);
        return structuredClone(made);
      }
      before.name = draft.name;
      before.description = draft.description ?? null;
      before.failure_policy = draft.failure_policy ?? STOP;
      before.parameters = draft.parameters ?? [];
      before.current_version += 1;
      before.updated_at = new Date().toISOString();
      before.steps = (draft.steps ?? []).map((step, step_order) => ({
        id: step.id ?? newId(), job_id: before.id, step_order, name: step.name, alias: step.alias ?? step.name.toLowerCase().replace(/[^a-z0-9]/g, '_'),
        type_key: step.type_key, configuration: step.configuration ?? {}, timeout_seconds: step.timeout_seconds ?? 300,
        failure_policy: step.failure_policy ?? null, enabled: step.enabled ?? true,
      }));
      data.versions.get(before.id)?.push({ version_number: before.current_version, created_at: before.updated_at, created_by: 'm.koch@fin-ws-07', steps: before.steps });
      changed('job', before.id);
      return structuredClone(before);
    },
    jobsDelete: async (id) => {
      data.jobs = data.jobs.filter((job) => job.id !== id);
      changed('job', id);
      return null;
    },
    jobsEnable: async (id, enabled) => {
      find(data.jobs, id).is_enabled = enabled;
      changed('job', id);
      return null;
    },
    jobsDuplicate: async (id) => {
      const job = find(data.jobs, id);
      const copy = addJob(data, `${job.name} (copy)`, 1, job.steps.map(({ name, type_key, configuration }) => ({ name, type_key, configuration })));
      changed('job', copy.id);
      return structuredClone(copy);
    },
    ...createVersions(data, changed),
    ...stepTexts,
    jobTemplates: async () => structuredClone([...TEMPLATES]),
    jobTemplatesStart: (key, id) => startsOf(commands, (job) => String(find(data.jobs, job).steps[0]?.configuration.local_path))(key, id),
    jobsRun: async (id, parameters) => {
      const job = find(data.jobs, id);
      if (!job.is_enabled) throw appError('conflict', `The job "${job.name}" is disabled.`);
      return start(job, 'manual:m.koch@fin-ws-07', parameters).id;
    },

    executionsList: async ({ job_id = null, states = [], triggered_by = null, since = null, search = null, limit = 50, after = null }) => {
      const rows = data.executions
        .filter((e) => (job_id === null || e.job_id === job_id) && (states.length === 0 || states.includes(e.state)))
        .filter((e) => triggered_by === null || e.triggered_by.split(':')[0] === triggered_by)
        .filter((e) => since === null || e.created_at >= since)
        .filter((e) => search === null || (data.jobs.find((j) => j.id === e.job_id)?.name ?? '').toLowerCase().includes(search.toLowerCase()))
        .sort((a, b) => (b.started_at ?? b.created_at).localeCompare(a.started_at ?? a.created_at));
      const from = after === null ? 0 : rows.findIndex((e) => e.id === after) + 1;
      const items = rows.slice(from, from + limit);
      return {
        items: items.map((e) => ({
          id: e.id, job_id: e.job_id, job_name: data.jobs.find((j) => j.id === e.job_id)?.name ?? 'Deleted job', job_version_number: e.job_version_number, chain_execution_id: e.chain_execution_id,
          triggered_by: e.triggered_by, state: e.state, error_code: e.error_code, error_message: e.error_message, had_skips: e.had_skips,
          queued_at: e.queued_at, started_at: e.started_at, completed_at: e.completed_at, files: e.files, bytes: e.bytes, progress: e.progress,
        })),
        next: from + limit < rows.length ? (items.at(-1)?.id ?? null) : null,
      };
    },
    executionsActivity: async () => activityOf(data),
    executionsGet: async (id) => {
      const execution = find(data.executions, id);
      const job = data.jobs.find((j) => j.id === execution.job_id);
      return {
        execution: structuredClone(execution), job_name: job?.name ?? 'Deleted job',
        steps: stepViews(job?.steps ?? [], data.attempts.get(id) ?? [], data.items.get(id) ?? null),
        receipts: tallyOf(receipts(id)),
        node_name: execution.state === 'running' ? 'fin-ws-07' : null,
        workspace_kept: execution.state === 'failed' || execution.state === 'paused',
        waits_for: waitsFor(data, execution),
      };
    },
    executionsReceipts: async (id, after, limit) => {
      const all = receipts(id);
      const from = after === null ? 0 : all.findIndex((receipt) => receipt.id === after) + 1;
      return all.slice(from, from + (limit || 1000));
    },
    executionsIterations: async (id, query) => {
      const execution = find(data.executions, id);
      return iterationViews(stepsOf(execution), data.attempts.get(id) ?? [], query, execution.state === 'running');
    },
    executionsIteration: async (id, loop, path) => iterationSteps(stepsOf(find(data.executions, id)), data.attempts.get(id) ?? [], loop, path),
    executionsLog: async (id, { levels = [], step = null, search = null, from = 0, limit = 0 }) => {
      const words = (search ?? '').toLowerCase();
      const lines = logOf(id).filter(
        (line) =>
          (levels.length === 0 || levels.includes(line.level)) &&
          (step === null || line.step_alias === step) &&
          `${line.message} ${line.file ?? ''}`.toLowerCase().includes(words),
      );
      return { total: lines.length, lines: lines.slice(from, from + (limit || 1000)) };
    },
    executionsCancel: async (id) => setState(id, 'cancelled'),
    executionsPause: async (id) => setState(id, 'paused'),
    executionsResume: async (id) => {
      setState(id, 'queued');
      play(find(data.executions, id));
      return null;
    },
    executionsRetryPreview: async (id, from) => {
      const before = find(data.executions, id);
      const job = find(data.jobs, before.job_id);
      const first = from.step ? job.steps.find((step) => step.alias === from.step) : job.steps[0];
      if (!first) throw appError('not_found', `There is no step \`${from.step}\` in that version.`);
      const earlier = job.steps.filter((step) => step.step_order < first.step_order);
      const rows = data.attempts.get(id) ?? [];
      const without = earlier.find((step) => !rows.some((row) => row.job_step_id === step.id && row.state === 'completed'));
      if (without) throw appError('conflict', `The step \`${without.alias}\` has no results in that run. Begin with it, or before it.`);
      return {
        job_version_number: from.current ? job.current_version : before.job_version_number, current_version: job.current_version,
        begins_with: first.name, taken_over: earlier.map((step) => step.name), files: earlier.length > 0 ? (before.files ?? 0) : 0,
        bytes: earlier.length > 0 ? (before.bytes ?? 0) : 0, missing: data.missing.get(id) ?? [],
      };
    },
    executionsRetry: async (id, from) => {
      const before = find(data.executions, id);
      const execution = addExecution(data, find(data.jobs, before.job_id), 'queued', {});
      data.retries.push({ id: execution.id, from });
      execution.job_version_number = from.current ? execution.job_version_number : before.job_version_number;
      execution.retry_of = id;
      execution.triggered_by = `retry:${id}`;
      changed('job_execution', execution.id);
      play(execution);
      return execution.id;
    },
    executionsFollow: async (id, channel) => {
      const execution = find(data.executions, id);
      const send = () => {
        if (execution.state !== 'running' || execution.progress === null) return;
        const total = Math.round((execution.bytes ?? 0) / Math.max(execution.progress, 0.01));
        const message: ExecutionProgress = {
          execution_id: id, step_order: 0, bytes_transferred: execution.bytes ?? 0, total_bytes: total,
          current_file: '/out/INV-20261123-DE.zip.pgp', transfer_rate_bytes_per_sec: 21_400_000,
        };
        channel.onmessage(message);
      };
      send();
      return null;
    },

    connectionsList: async () =>
      data.connections
        .map((connection) => ({ connection, has_password: data.passwords.has(connection.id), used_by: new Set(usesOf(connection.id).map((u) => u.job_id)).size, legacy_algorithms: legacyOf(connection.ssh_algorithms), tags: tagsOn(data, connection.id) }))
        .sort((a, b) => a.connection.name.localeCompare(b.connection.name)),
    connectionsGet: async (id) => ({
      connection: structuredClone(find(data.connections, id)), has_password: data.passwords.has(id), has_proxy_password: data.proxyPasswords.has(id), known_hosts: data.knownHosts.filter((h) => h.connection_id === id),
      used_by: usesOf(id).map((u) => ({ job_id: u.job_id ?? '', job_name: u.job_name ?? '', step_name: u.step_name ?? '' })),
      legacy_algorithms: legacyOf(find(data.connections, id).ssh_algorithms), tags: tagsOn(data, id),
    }),
    connectionsSave: async (id, draft, password, proxyPassword, seen) => {
      const problems: Problem[] = [];
      const push = (path: string, message: string) => problems.push({ path, code: 'required', message, severity: 'error' });
      if (draft.name.trim() === '') push('name', 'Enter a name.');
      if (draft.host.trim() === '') push('host', "Enter the server's name or address.");
      if (draft.username.trim() === '') push('username', 'Enter the user name to log in with.');
      if (draft.auth_method !== 'ssh_key' && password === null && !(id !== null && data.passwords.has(id))) push('password', 'Enter the password to log in with.');
      if (draft.proxy && draft.proxy.host.trim() === '') push('proxy.host', "Enter the proxy's name or address.");
      if (draft.tls_cert_policy === 'pinned_thumbprint' && !draft.tls_pinned_thumbprint) push('tls_pinned_thumbprint', 'Enter the SHA-256 thumbprint.');
      (draft.rate_limit?.windows ?? []).forEach((window, index) => {
        if (!/^\d\d:\d\d$/.test(window.from)) push(`rate_limit.windows[${index}].from`, 'Enter a time such as 08:00.');
      });
      if (problems.length > 0) throw appError('validation', 'The connection is not complete.', problems);
      if (password !== null) needVault();
      const before = id === null ? undefined : find(data.connections, id);
      if (before && seen !== null && before.updated_at !== seen) throw appError('conflict', 'The connection was changed in the meantime.');
      const saved = toConnection(id ?? newId(), draft, before);
      data.connections = [...data.connections.filter((c) => c.id !== saved.id), saved];
      if (password !== null) data.passwords.add(saved.id);
      if (proxyPassword !== null) data.proxyPasswords.add(saved.id);
      changed('connection', saved.id);
      return structuredClone(saved);
    },
    connectionsDelete: async (id) => {
      data.connections = data.connections.filter((c) => c.id !== id);
      changed('connection', id);
      return null;
    },
    connectionsTest: async (id, channel) => {
      const connection = find(data.connections, id);
      const hosts = data.knownHosts.filter((h) => h.connection_id === id);
      const certificate = connection.protocol === 'ftps' ? CERTIFICATE : null;
      const pinned = connection.tls_cert_policy === 'pinned_thumbprint' ? connection.tls_pinned_thumbprint : null;
      const revoked = hosts.some((h) => h.fingerprint === FINGERPRINTS.shown && h.revoked_at !== null);
      const stages = testStages(connection, pinned, revoked);
      const done: StageReport[] = [];
      for (const stage of stages) {
        if (options.live !== false) await new Promise((resolve) => setTimeout(resolve, 90));
        done.push(stage);
        channel.onmessage(stage);
      }
      if (done.every((stage) => stage.state !== 'failed')) data.noted.tested = true;
      const stopped = done.find((s) => s.code?.startsWith('host_key'));
      const report: TestReport = {
        stages: done, fingerprint: connection.protocol !== 'sftp' ? null : stopped ? FINGERPRINTS.shown : (hosts[0]?.fingerprint ?? FINGERPRINTS.known),
        key_type: connection.protocol === 'sftp' ? 'ssh-ed25519' : null, certificate,
        passed: done.every((stage) => stage.state !== 'failed'),
        known_fingerprints: pinned ? [pinned] : hosts.filter((h) => h.revoked_at === null).map((h) => h.fingerprint),
        algorithms: { key_exchange: 'mlkem768x25519-sha256', host_key: 'ssh-ed25519', encryption: 'aes256-gcm@openssh.com', mac: null },
        legacy_algorithms: legacyOf(connection.ssh_algorithms),
        capabilities: stopped ? null : { atomic_replace: true, fsync: true, server_checksum: false, resume_download: true, resume_upload: true, positioned_writes: true, set_mtime: true, parallel_handles: 16 },
        clock_difference_sec: stopped ? null : 2,
      };
      return report;
    },
    connectionsTrust: async (id, fingerprint, keyType, earlier) => {
      for (const known of data.knownHosts) if (earlier === 'replaced' && known.connection_id === id) known.revoked_at ??= new Date().toISOString();
      data.knownHosts.push({
        id: newId(), connection_id: id, fingerprint, key_type: keyType, first_seen: ago(0), last_seen: ago(0), approved_by: 'm.koch@fin-ws-07', revoked_at: null,
      });
      changed('connection', id);
      return null;
    },
    connectionsRevoke: async (id, fingerprint) => {
      for (const known of data.knownHosts) if (known.connection_id === id && known.fingerprint === fingerprint) known.revoked_at = new Date().toISOString();
      changed('connection', id);
      return null;
    },
    connectionsPin: async (id, thumbprint) => {
      Object.assign(find(data.connections, id), { tls_cert_policy: 'pinned_thumbprint', tls_pinned_thumbprint: thumbprint, updated_at: new Date().toISOString() });
      changed('connection', id);
      return null;
    },
    sshAlgorithms: async () => ALGORITHMS,
    connectionsBrowse: async (_id, path) => ({ entries: remote.list(path), refused: remote.refused(path) }),
    connectionsMakeFolder: async (_id, path) => remote.makeFolder(path),
    connectionsRename: async (_id, from, to) => remote.rename(from, to),
    connectionsRemove: async (_id, path) => remote.remove(path),
    connectionsDownload: async (request, channel) => remote.move(request, request.remote, channel),
    connectionsUpload: async (request, channel) => remote.move(request, `${request.remote}${request.local.split('/').at(-1) ?? ''}`, channel),
    transfersStop: async (transfer) => remote.stop(transfer),

    ...createImports({ data, changed, needVault }),
    ...createRehearsals({ find: (id) => find(data.jobs, id), problemsOf, onEnd: () => (data.noted.dryRun = true), pause: options.live === false ? 0 : 150 }),
    ...createChains({ data, changed, live: options.live !== false }),
    ...createFiles({ data, receipts, remote, changed }),
    ...createKeys({ data, changed, needVault, usesOf }),
    ...createSchedules({ data, changed, start, runChain: (id, values) => commands.chainsRun(id, values) }),
    ...createMonitors({ data, changed }),
    ...createCalendars({ data, changed }),
    archivesList: async (path, password) => listArchive(path, password),
    localPick: async ({ kind }) => (kind === 'open_folder' ? '/home/m.koch/data' : kind === 'save_file' ? '/home/m.koch/key.asc' : '/home/m.koch/partner.asc'),
    localBrowse: async (path) => listing(path),
    ...createDrops((id) => find(data.connections, id).protocol),
    localReveal: async (path) => {
      if (path.includes('gone')) throw appError('file_not_found', `${path} is not on this computer any more, or never was.`);
      data.revealed.push(path);
      return null;
    },
    secretsCreate: async () => newId(),
  };

  function running() {
    return data.executions
      .filter((execution) => execution.state === 'running')
      .map((execution) => ({ execution_id: execution.id, job_name: data.jobs.find((job) => job.id === execution.job_id)?.name ?? 'Deleted job' }));
  }

  function stepsOf(execution: Execution) {
    return data.jobs.find((job) => job.id === execution.job_id)?.steps ?? [];
  }

  function receipts(id: string): Receipt[] {
    const execution = find(data.executions, id);
    const known = data.receipts.get(id) ?? receiptsOf(execution, data.jobs.find((job) => job.id === execution.job_id));
    // The same ones the next time, so that a page goes on after its last.
    if (execution.state === 'completed') data.receipts.set(id, known);
    return known;
  }

  function logOf(id: string): LogLine[] {
    const kept = data.logs.get(id);
    if (kept) return kept;
    const execution = find(data.executions, id);
    const start = Date.parse(execution.started_at ?? execution.created_at);
    const lines: { level: string; message: string; step?: string }[] = [
      { level: 'info', message: `Run of version ${execution.job_version_number} begins` },
      ...stepsOf(execution).map((step) => ({ level: 'info', step: step.alias, message: `${step.name} begins` })),
      ...(execution.error_message ? [{ level: 'error', message: execution.error_message }] : []),
    ];
    return lines.map((line, index) => ({
      sequence: index + 1, at: new Date(start + index * 700).toISOString(), level: line.level, step_alias: line.step ?? null, file: null, message: line.message,
    }));
  }

  function setState(id: string, state: Execution['state']): null {
    const execution = find(data.executions, id);
    execution.state = state;
    if (state === 'cancelled') execution.completed_at = new Date().toISOString();
    changed('job_execution', id);
    return null;
  }

  const guarded = Object.fromEntries(
    Object.entries(commands).map(([name, run]) => [
      name,
      async (...args: never[]) => {
        if (options.hanging?.includes(name as keyof Commands)) await new Promise(() => undefined);
        if (options.delay) await new Promise((resolve) => setTimeout(resolve, options.delay));
        const code = options.failing?.[name as keyof Commands];
        if (code) throw appError(code, 'The data file cannot be opened.');
        return structuredCloneable(await (run as (...a: never[]) => Promise<unknown>)(...args));
      },
    ]),
  ) as unknown as Commands;

  return {
    kind: 'fake',
    commands: guarded,
    channel: (onMessage) => ({ onmessage: onMessage }) as never,
    subscribe: (onChange) => {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    onPageAsked: (onAsked) => {
      askers.add(onAsked);
      onAsked();
      return () => askers.delete(onAsked);
    },
    askPage: (page) => {
      data.asked = page;
      askers.forEach((onAsked) => onAsked());
    },
    onFilesDragged: (onDrag) => {
      dragged.add(onDrag);
      return () => dragged.delete(onDrag);
    },
    drag: (drag) => dragged.forEach((onDrag) => onDrag(drag)),
    drop: (paths) => dragged.forEach((onDrag) => onDrag({ phase: 'dropped', paths: [...paths], x: 0, y: 0 })),
    data,
    emit,
    options,
  };
}

/** What crosses the real boundary is a copy. */
function structuredCloneable(value: unknown): unknown {
  return value === null || value === undefined ? null : structuredClone(value);
}

const tallyOf = (receipts: readonly Receipt[]) => ({ files: receipts.length, bytes: receipts.reduce((sum, receipt) => sum + receipt.size, 0) });

export { addLoopRun, appError, emptyData, storyData, type Data, type Value };
