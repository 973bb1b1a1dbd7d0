/** What is edited about a monitor, and its way from and to the host's types. */
import { t } from '@/i18n';
import type { FileMonitor, MonitorDraft, Problem, ScheduleOwner } from '@/ipc';

/** The tags are saved beside the monitor. */
export type Draft = Required<Omit<MonitorDraft, 'bindings'>> & { bindings: Binding[]; tags: readonly string[] };

export interface Binding {
  /** What is started; `null` until it is chosen. */
  target: ScheduleOwner | null;
  parameters: NonNullable<NonNullable<MonitorDraft['bindings']>[number]['parameters']>;
}

export const NEW: Draft = {
  name: '', description: null, watch_target: { type: 'local', path: '', connection_id: null }, trigger_events: ['file_created'], file_patterns: [], exclude_patterns: [],
  recursive: false, polling_interval_sec: 60, stability_window_sec: 5, batch_mode: true, max_files_per_run: null, compare_content: false, max_consecutive_failures: 5, expected_files: null, run_on: null,
  bindings: [{ target: null, parameters: {} }], tags: [],
};

/** A draft from elsewhere; what it starts is still to be chosen. */
export const begun = (draft: MonitorDraft): Draft => ({
  ...NEW, ...draft, watch_target: { ...draft.watch_target, connection_id: draft.watch_target.connection_id ?? null }, bindings: NEW.bindings, tags: [],
});

export function edited(monitor: FileMonitor, tags: readonly string[]): Draft {
  const {
    name, description, watch_target, trigger_events, file_patterns, exclude_patterns, recursive, polling_interval_sec, stability_window_sec, batch_mode, max_files_per_run,
    compare_content, max_consecutive_failures, expected_files, run_on,
  } = monitor;
  return {
    name, description, watch_target: { ...watch_target, connection_id: watch_target.connection_id ?? null }, trigger_events, file_patterns, exclude_patterns, recursive,
    polling_interval_sec, stability_window_sec, batch_mode, max_files_per_run, compare_content, max_consecutive_failures, expected_files, run_on, tags,
    bindings: monitor.bindings.map(({ job_id, chain_id, parameters }) => ({
      target: job_id !== null ? { type: 'job' as const, id: job_id } : chain_id !== null ? { type: 'chain' as const, id: chain_id } : null,
      parameters,
    })),
  };
}

/** Lines that say nothing are left out; what starts nothing yet is, too. */
export function toDraft(edited: Draft): MonitorDraft {
  const draft: Omit<Draft, 'tags'> & Partial<Pick<Draft, 'tags'>> = { ...edited };
  delete draft.tags;
  const lines = (patterns: readonly string[]) => patterns.map((line) => line.trim()).filter((line) => line !== '');
  const remote = draft.watch_target.type === 'remote';
  return {
    ...draft,
    watch_target: remote ? draft.watch_target : { type: 'local', path: draft.watch_target.path },
    file_patterns: lines(draft.file_patterns),
    exclude_patterns: lines(draft.exclude_patterns),
    expected_files: draft.expected_files && { ...draft.expected_files, file_pattern: draft.expected_files.file_pattern?.trim() || null },
    bindings: draft.bindings.flatMap(({ target, parameters }) => (target === null ? [] : [target.type === 'job' ? { job_id: target.id, parameters } : { chain_id: target.id, parameters }])),
  };
}

export const sameAs = (a: Draft, b: Draft): boolean => JSON.stringify([toDraft(a), a.tags]) === JSON.stringify([toDraft(b), b.tags]);

/** What is wrong at a field or inside of it, in one sentence; of a list with its line. */
export function saidOf(problems: readonly Problem[], field: string): string | undefined {
  const found = problems.find(({ path }) => path === field || path.startsWith(`${field}[`) || path.startsWith(`${field}.`));
  if (!found) return undefined;
  const line = new RegExp(`^${field}\\[(\\d+)\\]$`).exec(found.path)?.[1];
  return line === undefined ? found.message : t('Pattern {{number}}: {{message}}', { number: Number(line) + 1, message: found.message });
}
