/** Schedules and dependencies in the fake host, with the rules of the Rust side that the pages show. */
import type { DependencyRow, Job, JobDependency, MissedFires, Problem, ScheduleDraft, ScheduleOwner, ScheduleRow, WaitedFor } from '../bindings';
import type { Commands } from '../host';
import { skipsOf } from './calendars';
import { fireTimes } from './cron';
import { appError } from './error';
import { ago, newId, type Data, type Execution } from './seed';

type ScheduleCommands = Pick<Commands, Extract<keyof Commands, `schedules${string}` | `dependencies${string}`>>;
export type StoredSchedule = Omit<ScheduleRow, 'name' | 'calendar_name'>;
/** Whether a calendar skips a date such as `2026-12-25`. */
export type Skips = (date: string) => boolean;

const SYSTEM_ZONE = 'Europe/London';
const problem = (path: string, code: string, message: string): Problem => ({ path, code, message, severity: 'error' });
const invalid = (...problems: Problem[]) => appError('validation', problems[0]?.message, problems);

export function toSchedule(owner: ScheduleOwner, draft: ScheduleDraft, before?: StoredSchedule, skips?: Skips): StoredSchedule {
  const time_zone = draft.time_zone ?? SYSTEM_ZONE;
  const is_enabled = draft.is_enabled ?? true;
  return {
    id: before?.id ?? newId(), job_id: owner.type === 'job' ? owner.id : null, chain_id: owner.type === 'chain' ? owner.id : null,
    schedule_type: draft.schedule_type, cron_expression: draft.cron_expression ?? null, run_at: draft.run_at ?? null, time_zone, calendar_id: draft.calendar_id ?? null,
    misfire_policy: draft.misfire_policy ?? 'run_once', overlap_policy: draft.overlap_policy ?? 'queue', parameters: draft.parameters ?? {}, is_enabled,
    last_fired_at: before?.last_fired_at ?? null, next_fire_at: is_enabled ? nextOf(draft, time_zone, skips) : null,
    created_at: before?.created_at ?? ago(0), updated_at: new Date().toISOString(),
  };
}

function nextOf(draft: ScheduleDraft, zone: string, skips?: Skips): string | null {
  if (draft.schedule_type === 'cron') return fireTimes(draft.cron_expression ?? '', zone, 1, skips)[0] ?? null;
  return draft.run_at && Date.parse(draft.run_at) > Date.now() ? draft.run_at : null;
}

/** What a queued run waits for: the jobs before its own whose last run is not done. */
export function waitsFor(data: Data, execution: Execution): WaitedFor[] {
  if (execution.state !== 'queued') return [];
  return data.dependencies
    .filter((edge) => edge.downstream_job_id === execution.job_id)
    .filter((edge) => data.executions.findLast((run) => run.job_id === edge.upstream_job_id)?.state !== 'completed')
    .map((edge) => ({ job_id: edge.upstream_job_id, job_name: data.jobs.find((job) => job.id === edge.upstream_job_id)?.name ?? 'Deleted job' }));
}

interface Surroundings {
  data: Data;
  changed: (kind: 'schedule' | 'job', id: string) => void;
  start: (job: Job, triggeredBy: string, parameters: ScheduleRow['parameters']) => Execution;
  runChain: (id: string, parameters: ScheduleRow['parameters']) => Promise<string>;
}

export function createSchedules({ data, changed, start, runChain }: Surroundings): ScheduleCommands {
  const nameOf = (schedule: StoredSchedule): string =>
    [...data.jobs, ...data.chains].find((owner) => owner.id === (schedule.job_id ?? schedule.chain_id))?.name ?? '';
  const named = (schedule: StoredSchedule): ScheduleRow => ({ ...schedule, name: nameOf(schedule), calendar_name: data.calendars.find(({ id }) => id === schedule.calendar_id)?.name ?? null });
  const skips = (id: string | null | undefined) => skipsOf(data.calendars.find((calendar) => calendar.id === id));
  const find = (id: string): StoredSchedule => {
    const found = data.schedules.find((schedule) => schedule.id === id);
    if (!found) throw appError('not_found', 'There is no such schedule.');
    return found;
  };
  const ownerOf = (schedule: StoredSchedule): ScheduleOwner => (schedule.job_id === null ? { type: 'chain', id: schedule.chain_id ?? '' } : { type: 'job', id: schedule.job_id });
  const put = (schedule: StoredSchedule): ScheduleRow => {
    const at = data.schedules.findIndex((other) => other.id === schedule.id);
    if (at < 0) data.schedules.push(schedule);
    else data.schedules[at] = schedule;
    changed('schedule', schedule.id);
    return named(schedule);
  };
  const check = (owner: ScheduleOwner, draft: ScheduleDraft) => {
    const wrong: Problem[] = [];
    if (draft.schedule_type === 'one_shot' && !draft.run_at) wrong.push(problem('run_at', 'required', 'Enter the instant of the run.'));
    const job = data.jobs.find((one) => one.id === owner.id);
    for (const parameter of job?.parameters ?? []) {
      if (parameter.required && (parameter.default ?? null) === null && draft.parameters?.[parameter.name] === undefined) {
        wrong.push(problem(`parameters.${parameter.name}`, 'required', `The parameter \`${parameter.name}\` needs a value.`));
      }
    }
    if (draft.schedule_type === 'cron' && fireTimes(draft.cron_expression ?? '', draft.time_zone ?? SYSTEM_ZONE, 1, skips(draft.calendar_id)).length === 0 && draft.calendar_id) {
      wrong.push(problem('calendar_id', 'never_fires', `\`${data.calendars.find(({ id }) => id === draft.calendar_id)?.name ?? ''}\` skips every day on which this would fire.`));
    }
    if (wrong.length > 0) throw invalid(...wrong);
  };
  const withNames = (edge: JobDependency): DependencyRow => {
    const name = (id: string) => data.jobs.find((job) => job.id === id)?.name ?? '';
    return { ...edge, upstream_job_name: name(edge.upstream_job_id), downstream_job_name: name(edge.downstream_job_id) };
  };
  /** The jobs from `from` to `to` along the edges. */
  const wayTo = (from: string, to: string): string[] | null => {
    if (from === to) return [from];
    for (const edge of data.dependencies.filter((one) => one.upstream_job_id === from)) {
      const rest = wayTo(edge.downstream_job_id, to);
      if (rest) return [from, ...rest];
    }
    return null;
  };
  return {
    schedulesList: async ({ owner = null, is_enabled = null }) =>
      data.schedules
        .filter((schedule) => owner === null || (owner.type === 'job' ? schedule.job_id : schedule.chain_id) === owner.id)
        .filter((schedule) => is_enabled === null || schedule.is_enabled === is_enabled)
        .map(named),
    schedulesAdd: async (owner, draft) => {
      check(owner, draft);
      return put(toSchedule(owner, draft, undefined, skips(draft.calendar_id)));
    },
    schedulesEdit: async (id, draft, seen) => {
      const before = find(id);
      if (seen !== null && before.updated_at !== seen) throw appError('conflict', 'The schedule was changed in the meantime.');
      check(ownerOf(before), draft);
      return put(toSchedule(ownerOf(before), draft, before, skips(draft.calendar_id)));
    },
    schedulesEnable: async (id, enabled) => {
      const before = find(id);
      return put(toSchedule(ownerOf(before), { ...before, is_enabled: enabled }, before, skips(before.calendar_id)));
    },
    schedulesRemove: async (id) => {
      find(id);
      data.schedules = data.schedules.filter((schedule) => schedule.id !== id);
      changed('schedule', id);
      return null;
    },
    schedulesFire: async (id) => {
      const schedule = find(id);
      const job = data.jobs.find((one) => one.id === schedule.job_id);
      if (!job) return { type: 'chain', execution_id: await runChain(schedule.chain_id ?? '', schedule.parameters) };
      if (!job.is_enabled) throw appError('conflict', `The job "${job.name}" is disabled.`);
      return { type: 'job', execution_id: start(job, 'manual:m.koch@fin-ws-07', schedule.parameters).id };
    },
    schedulesMissed: async ({ schedule_id = null, limit = 0 }) =>
      data.missed
        .filter((missed) => schedule_id === null || missed.schedule_id === schedule_id)
        .sort((a, b) => b.recorded_at.localeCompare(a.recorded_at))
        .slice(0, limit || 100)
        .map((missed: MissedFires) => ({ ...missed, name: data.jobs.find((job) => job.id === missed.job_id)?.name ?? '' })),
    schedulesPreview: async (expression, zone, calendar, count) => fireTimes(expression, zone ?? SYSTEM_ZONE, count, skips(calendar)),

    dependenciesList: async (job) => data.dependencies.filter((edge) => job === null || edge.upstream_job_id === job || edge.downstream_job_id === job).map(withNames),
    dependenciesAdd: async (job, draft) => {
      const way = wayTo(job, draft.upstream_job_id);
      const name = (id: string) => data.jobs.find((one) => one.id === id)?.name ?? '';
      if (job === draft.upstream_job_id) throw invalid(problem('upstream_job_id', 'cycle', `\`${name(job)}\` cannot wait for itself.`));
      if (way) throw invalid(problem('upstream_job_id', 'cycle', `The jobs would wait for each other: ${[...way, job].map(name).join(' → ')}.`));
      if (data.dependencies.some((edge) => edge.downstream_job_id === job && edge.upstream_job_id === draft.upstream_job_id)) {
        throw appError('conflict', `There is already a dependency of \`${name(job)}\` on \`${name(draft.upstream_job_id)}\`.`);
      }
      const edge = edgeOf(job, draft.upstream_job_id, draft);
      data.dependencies.push(edge);
      changed('job', job);
      return edge;
    },
    dependenciesRemove: async (id) => {
      const edge = data.dependencies.find((one) => one.id === id);
      if (!edge) throw appError('not_found', 'There is no such dependency.');
      data.dependencies = data.dependencies.filter((one) => one.id !== id);
      changed('job', edge.downstream_job_id);
      return null;
    },
  };
}

export const edgeOf = (downstream: string, upstream: string, how: { run_on_failure?: boolean; trigger_downstream?: boolean } = {}): JobDependency => ({
  id: newId(), upstream_job_id: upstream, downstream_job_id: downstream, run_on_failure: how.run_on_failure ?? false, trigger_downstream: how.trigger_downstream ?? false,
  created_at: ago(0), updated_at: ago(0),
});
