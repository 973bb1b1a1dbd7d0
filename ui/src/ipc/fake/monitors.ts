/** Monitors in the fake host, with the rules of the Rust side that the pages show. */
import type { ExpectedStanding, FileMonitor, MonitorDraft, MonitorFileLog, MonitorState, Problem } from '../bindings';
import type { Commands } from '../host';
import { skipsOf } from './calendars';
import { fireTimes } from './cron';
import { appError, nameTaken } from './error';
import { ago, newId, tagsOn, type Data } from './seed';

type MonitorCommands = Pick<Commands, Extract<keyof Commands, `monitors${string}`>>;

export function toMonitor(draft: MonitorDraft, before?: FileMonitor): FileMonitor {
  const id = before?.id ?? newId();
  const now = new Date().toISOString();
  return {
    id, name: draft.name, description: draft.description ?? null, watch_target: draft.watch_target, trigger_events: draft.trigger_events ?? ['file_created'],
    file_patterns: draft.file_patterns ?? [], exclude_patterns: draft.exclude_patterns ?? [], recursive: draft.recursive ?? false,
    polling_interval_sec: draft.polling_interval_sec ?? 60, stability_window_sec: draft.stability_window_sec ?? 5, batch_mode: draft.batch_mode ?? true,
    max_files_per_run: draft.max_files_per_run ?? null, compare_content: draft.compare_content ?? false, max_consecutive_failures: draft.max_consecutive_failures ?? 5,
    expected_files: draft.expected_files ?? null,
    consecutive_failure_count: before?.consecutive_failure_count ?? 0, state: before?.state ?? 'active', last_error: before?.last_error ?? null, degraded: before?.degraded ?? null,
    run_on: draft.run_on ?? (draft.watch_target.type === 'remote' ? 'any' : 'fin-ws-07'), created_at: before?.created_at ?? now, updated_at: now, is_deleted: false, deleted_at: null,
    bindings: (draft.bindings ?? []).map((binding) => ({
      id: before?.bindings.find((old) => old.job_id === (binding.job_id ?? null) && old.chain_id === (binding.chain_id ?? null))?.id ?? newId(), monitor_id: id,
      job_id: binding.job_id ?? null, chain_id: binding.chain_id ?? null, parameters: binding.parameters ?? {},
    })),
  };
}

/** A file for which a monitor started something. */
export function seenFile(monitor: FileMonitor, name: string, size: number, at: string, execution: string, more: Partial<MonitorFileLog> = {}): MonitorFileLog {
  return {
    id: newId(), monitor_id: monitor.id, file_path: `${monitor.watch_target.path}/${name}`, file_size: size, file_hash: null, last_modified: at, triggered_at: at, execution_id: execution,
    trigger_event: 'file_created', generation: 1,
    executions: monitor.bindings.map((binding) => ({ binding_id: binding.id, job_execution_id: execution, chain_execution_id: null })), ...more,
  };
}

/** How the clock of a monitor stands: the next deadline is the next time of its expression. */
function standingOf(data: Data, { id, expected_files: clock, state }: FileMonitor): ExpectedStanding | null {
  if (!clock) return null;
  const calendar = data.calendars.find((one) => one.id === clock.calendar_id);
  const [hour = '0', minute = '0'] = clock.by.split(':');
  const days = (clock.weekdays ?? []).map((day) => day.slice(0, 3).toUpperCase()).join(',');
  const zone = clock.time_zone ?? 'UTC';
  const next = state === 'active' || state === 'error' ? (fireTimes(`0 ${Number(minute)} ${Number(hour)} ? * ${days || '*'}`, zone, 1, skipsOf(calendar))[0] ?? null) : null;
  const last = data.checks.filter((check) => check.monitor_id === id).sort((a, b) => b.deadline_at.localeCompare(a.deadline_at))[0] ?? null;
  const from = last?.deadline_at ?? (next && new Date(Date.parse(next) - 86_400_000).toISOString());
  return {
    calendar_name: calendar?.name ?? null, next_deadline_at: next, counted_from: next && from, last_check: last,
    found_count: data.monitorFiles.filter((file) => file.monitor_id === id && from !== null && file.triggered_at > from).length,
    is_missing: last !== null && last.found_count < last.expected_count && last.arrived_at === null,
  };
}

const MOVES: Record<string, Partial<Record<MonitorState, MonitorState>>> = {
  pause: { active: 'paused' }, resume: { paused: 'active' }, disable: { active: 'disabled', paused: 'disabled', error: 'disabled' }, activate: { disabled: 'active' },
  acknowledge: { error: 'active' },
};

export function createMonitors({ data, changed }: { data: Data; changed: (kind: 'file_monitor', id: string) => void }): MonitorCommands {
  const find = (id: string): FileMonitor => {
    const found = data.monitors.find((monitor) => monitor.id === id);
    if (!found) throw appError('not_found', 'There is no such monitor.');
    return found;
  };
  const nameOf = (binding: FileMonitor['bindings'][number]) => [...data.jobs, ...data.chains].find((one) => one.id === (binding.job_id ?? binding.chain_id))?.name ?? 'Deleted';
  const connectionOf = (monitor: FileMonitor) => data.connections.find((connection) => connection.id === monitor.watch_target.connection_id)?.name ?? null;
  const put = (id: string, change: Partial<FileMonitor>): FileMonitor => {
    const monitor = Object.assign(find(id), change, { updated_at: new Date().toISOString() });
    changed('file_monitor', id);
    return monitor;
  };
  const move = async (id: string, event: string) => {
    const { state } = find(id);
    const next = MOVES[event]?.[state];
    if (!next) throw appError('invalid_transition', `A monitor that is ${state} cannot ${event}.`);
    return put(id, { state: next, ...(event === 'acknowledge' || event === 'activate' ? { consecutive_failure_count: 0, last_error: null } : {}) });
  };
  const check = (draft: MonitorDraft): Problem[] => {
    const problems: Problem[] = [];
    const wrong = (path: string, code: string, message: string) => problems.push({ path, code, message, severity: 'error' });
    if (draft.name.trim() === '') wrong('name', 'required', 'Enter a name.');
    if (draft.watch_target.path.trim() === '') wrong('watch_target.path', 'required', 'Name the folder to watch.');
    if (draft.watch_target.type === 'remote' && !draft.watch_target.connection_id) wrong('watch_target.connection_id', 'required', 'Choose the connection of the folder.');
    if (draft.trigger_events?.length === 0) wrong('trigger_events', 'required', 'Choose at least one event.');
    for (const field of ['file_patterns', 'exclude_patterns'] as const) {
      (draft[field] ?? []).forEach((pattern, index) => {
        if ((pattern.match(/\{/g) ?? []).length !== (pattern.match(/\}/g) ?? []).length) wrong(`${field}[${index}]`, 'invalid', `error parsing glob '${pattern}': unclosed alternate group; missing '}'`);
      });
    }
    const expected = draft.expected_files;
    if (expected && ((expected.min_count ?? 1) < 1 || (expected.min_count ?? 1) > 100_000)) wrong('expected_files.min_count', 'out_of_range', 'Enter a number from 1 to 100000.');
    if (expected && (draft.bindings ?? []).length === 0) wrong('expected_files', 'nothing_started', 'Choose what the monitor starts: only files that start something are counted.');
    const least = draft.watch_target.type === 'remote' ? 10 : 1;
    const ranges = [['polling_interval_sec', draft.polling_interval_sec, least, 86_400], ['stability_window_sec', draft.stability_window_sec, 0, 86_400], ['max_consecutive_failures', draft.max_consecutive_failures, 1, 1_000], ['max_files_per_run', draft.max_files_per_run, 1, 100_000]] as const;
    for (const [field, value, low, high] of ranges) {
      if (value !== undefined && value !== null && (value < low || value > high)) wrong(field, 'out_of_range', `Enter a number from ${low} to ${high}.`);
    }
    (draft.bindings ?? []).forEach((binding, index) => {
      if (!binding.job_id === !binding.chain_id) {
        wrong(`bindings[${index}]`, 'invalid', 'Choose a job or a chain, one of them.');
        return;
      }
      for (const parameter of data.jobs.find((job) => job.id === binding.job_id)?.parameters ?? []) {
        if (parameter.required && (parameter.default ?? null) === null && binding.parameters?.[parameter.name] === undefined) {
          wrong(`bindings[${index}].parameters.${parameter.name}`, 'required', `The parameter \`${parameter.name}\` needs a value.`);
        }
      }
    });
    return problems;
  };
  const pausedTogether = new Set<string>();
  const commands: MonitorCommands = {
    monitorsList: async ({ states = [] }) =>
      data.monitors
        .filter((monitor) => !monitor.is_deleted && (states.length === 0 || states.includes(monitor.state)))
        .sort((a, b) => a.name.localeCompare(b.name))
        .map((monitor) => ({ monitor, connection_name: connectionOf(monitor), starts: monitor.bindings.map(nameOf), tags: tagsOn(data, monitor.id), expected: standingOf(data, monitor) })),
    monitorsGet: async (id) => {
      const monitor = find(id);
      return {
        monitor, connection_name: connectionOf(monitor), tags: tagsOn(data, id), expected: standingOf(data, monitor), looked_at: monitor.state === 'active' ? ago(12_000) : null,
        bindings: monitor.bindings.map((binding) => ({ binding_id: binding.id, kind: binding.job_id === null ? 'job_chain' : 'job', name: nameOf(binding) })),
      };
    },
    monitorsValidate: async (draft) => check(draft),
    monitorsSave: async (id, draft, seen) => {
      const problems = check(draft);
      if (problems.length > 0) throw appError('validation', 'The monitor is not complete.', problems);
      const before = id === null ? undefined : find(id);
      if (data.monitors.some((other) => other.id !== id && !other.is_deleted && other.name.toLowerCase() === draft.name.toLowerCase())) throw nameTaken('monitor', draft.name);
      if (before && seen !== null && before.updated_at !== seen) throw appError('conflict', 'The monitor was changed in the meantime.');
      const saved = toMonitor(draft, before);
      data.monitors = [...data.monitors.filter((monitor) => monitor.id !== saved.id), saved];
      changed('file_monitor', saved.id);
      return saved;
    },
    monitorsPause: (id) => move(id, 'pause'),
    monitorsResume: (id) => move(id, 'resume'),
    monitorsPauseAll: async () => {
      const active = data.monitors.filter((monitor) => !monitor.is_deleted && monitor.state === 'active');
      const paused = await Promise.all(active.map((monitor) => move(monitor.id, 'pause')));
      for (const { id } of paused) pausedTogether.add(id);
      return paused;
    },
    monitorsResumeAll: async () => {
      const waiting = data.monitors.filter((monitor) => monitor.state === 'paused' && pausedTogether.has(monitor.id));
      pausedTogether.clear();
      return Promise.all(waiting.map((monitor) => move(monitor.id, 'resume')));
    },
    monitorsDisable: (id) => move(id, 'disable'),
    monitorsActivate: (id) => move(id, 'activate'),
    monitorsAcknowledge: (id) => move(id, 'acknowledge'),
    monitorsDelete: async (id) => {
      put(id, { is_deleted: true, deleted_at: ago(0) });
      return null;
    },
    monitorsRestore: async (id) => put(id, { is_deleted: false, deleted_at: null }),
    monitorsChecks: async (id, limit) => data.checks.filter((check) => check.monitor_id === id).sort((a, b) => b.deadline_at.localeCompare(a.deadline_at)).slice(0, limit),
    monitorsFilesList: async ({ monitor_id, path = null, limit, after = null }) => {
      const all = data.monitorFiles
        .filter((file) => file.monitor_id === monitor_id && (path === null || file.file_path === path))
        .sort((a, b) => b.triggered_at.localeCompare(a.triggered_at));
      const from = after === null ? 0 : all.findIndex((file) => file.id === after) + 1;
      const items = all.slice(from, from + limit);
      return { items, next: from + limit < all.length ? (items.at(-1)?.id ?? null) : null };
    },
    monitorsScan: async (id) => {
      find(id);
      changed('file_monitor', id);
      return commands.monitorsGet(id);
    },
    monitorsFilesMark: async (id, paths) => {
      changed('file_monitor', id);
      return paths.length;
    },
    monitorsFilesRerun: async (id, paths) => {
      changed('file_monitor', id);
      return paths.length;
    },
    monitorsFilesForget: async (id, paths) => {
      const kept = data.monitorFiles.filter((file) => file.monitor_id !== id || !paths.includes(file.file_path));
      const forgotten = data.monitorFiles.length - kept.length;
      data.monitorFiles = kept;
      changed('file_monitor', id);
      return forgotten;
    },
  };
  return commands;
}
