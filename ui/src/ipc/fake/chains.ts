/** Chains and their runs in memory: the same refusals as the host's, and runs that move on by the same rules. */
import type {
  ChainDraft, ChainExecution, ChainExecutionRow, ChainExecutionState, ChainMemberExecution, ChainMemberState, ChainRow, Changed, Job, JobChain, Problem, Value,
} from '../bindings';
import type { Commands } from '../host';
import { appError, nameTaken } from './error';
import { addExecution, ago, newId, tagsOn, type Data } from './seed';

type ChainCommands = Pick<Commands, Extract<keyof Commands, `chains${string}` | `chainExecutions${string}`>>;

/** `after` names members; a name that ends in `!` may also have failed. */
export interface MemberSeed {
  name: string;
  job: Job;
  after?: string[];
  parameters?: Record<string, Value>;
}

export function addChain(data: Data, name: string, members: readonly MemberSeed[], extra: Partial<JobChain> = {}): JobChain {
  const draft: ChainDraft = {
    name,
    description: extra.description ?? null,
    members: members.map((member) => ({
      name: member.name, job_id: member.job.id, parameters: member.parameters ?? {},
      depends_on: (member.after ?? []).map((upstream) => ({ member: upstream.replace(/!$/, ''), run_on_upstream_failure: upstream.endsWith('!') })),
    })),
  };
  const chain = { ...edited(blank(newId()), draft), created_at: ago(90 * 86_400_000), updated_at: ago(86_400_000), ...extra };
  data.chains.push(chain);
  return chain;
}

/** A run as far as its members have come; times are milliseconds, a member's `started` after the run's. */
export function addChainRun(
  data: Data, chain: JobChain, state: ChainExecutionState, at: { started: number; took?: number },
  members: Record<string, { state: ChainMemberState; reason?: string; started?: number; took?: number }>, error: string | null = null,
): ChainExecution {
  const run = newRun(chain, 'schedule', {});
  const started = Date.now() - at.started;
  Object.assign(run, { state, started_at: new Date(started).toISOString(), created_at: new Date(started).toISOString(), error_message: error });
  if (isOver(state)) run.completed_at = new Date(started + (at.took ?? 60_000)).toISOString();
  for (const member of run.members) {
    const seed = members[member.name] ?? { state: 'completed' as const };
    const job = data.jobs.find((j) => j.id === chain.members.find((m) => m.id === member.member_id)?.job_id);
    member.state = seed.state;
    member.reason = seed.reason ?? null;
    if (seed.state === 'pending' || seed.state === 'skipped' || !job) continue;
    const from = started + (seed.started ?? 0);
    // One of the job's own runs, so that the story of the jobs stays as it is.
    const execution = data.executions.findLast((e) => e.job_id === job.id && e.state === seed.state);
    member.job_execution_id = execution?.id ?? null;
    member.started_at = new Date(from).toISOString();
    member.completed_at = isOver(seed.state) ? new Date(from + (seed.took ?? 18_000)).toISOString() : null;
  }
  data.chainRuns.push(run);
  return run;
}

const blank = (id: string): JobChain => ({
  id, name: '', description: null, is_enabled: true, created_at: ago(0), updated_at: ago(0), is_deleted: false, deleted_at: null, members: [],
});

/** A draft laid over a chain; members keep their ids. */
function edited(before: JobChain, draft: ChainDraft): JobChain {
  const drafts = draft.members ?? [];
  const known = (name: string) => before.members.find((m) => m.name.toLowerCase() === name.toLowerCase())?.id;
  const ids = drafts.map((member) => member.id ?? known(member.name) ?? newId());
  const idOf = (name: string) => ids[drafts.findIndex((m) => m.name.toLowerCase() === name.toLowerCase())] ?? '';
  return {
    ...before,
    name: draft.name,
    description: draft.description ?? null,
    members: drafts.map((member, execution_order) => {
      const depends_on = (member.depends_on ?? []).map((edge) => ({ depends_on_member_id: idOf(edge.member), run_on_upstream_failure: edge.run_on_upstream_failure ?? false }));
      return {
        id: ids[execution_order] ?? newId(), chain_id: before.id, job_id: member.job_id, name: member.name, execution_order, depends_on,
        depends_on_member_id: depends_on[0]?.depends_on_member_id ?? null, run_on_upstream_failure: depends_on[0]?.run_on_upstream_failure ?? false,
        parameters: member.parameters ?? {},
      };
    }),
  };
}

const slug = (name: string) => name.trim().toLowerCase().replace(/[^\p{L}\p{N}]/gu, '_');

function problemsOf(draft: ChainDraft, jobs: readonly Job[]): Problem[] {
  const problems: Problem[] = [];
  const push = (path: string, code: string, message: string) => problems.push({ path, code, message, severity: 'error' });
  const members = draft.members ?? [];
  if (draft.name.trim() === '') push('name', 'required', 'Enter a name.');
  if (members.length === 0) push('members', 'required', 'Add at least one job.');
  members.forEach((member, index) => {
    const path = `members[${index}]`;
    if (member.name.trim() === '') push(`${path}.name`, 'required', 'Enter a name.');
    else if (members.slice(0, index).some((other) => slug(other.name) === slug(member.name))) push(`${path}.name`, 'duplicate', `Two members are called \`${member.name}\`.`);
    const job = jobs.find((j) => j.id === member.job_id);
    if (!job) push(`${path}.job_id`, 'unknown_reference', 'This job does not exist any more; choose another.');
    for (const [name, value] of Object.entries(member.parameters ?? {})) {
      const declared = job?.parameters.find((parameter) => parameter.name === name);
      if (job && !declared) push(`${path}.parameters.${name}`, 'unknown_field', `There is no parameter \`${name}\`; ${job.parameters.length === 0 ? 'the job has none' : `there are ${job.parameters.map((p) => p.name).join(', ')}`}.`);
      if (declared?.type === 'number' && typeof value === 'string' && !value.includes('{{') && !Number.isFinite(Number(value))) push(`${path}.parameters.${name}`, 'invalid', `\`${value}\` is not a number.`);
    }
    (member.depends_on ?? []).forEach((edge, at) => {
      if (!members.some((other) => other.name.toLowerCase() === edge.member.toLowerCase())) {
        push(`${path}.depends_on[${at}].member`, 'unknown_reference', `The chain has no member \`${edge.member}\`; there are ${members.map((m) => m.name).join(', ')}.`);
      }
    });
  });
  const cycle = cycleOf(draft);
  if (cycle) push('members', 'cycle', `The members wait for each other: ${cycle.join(' → ')}.`);
  return problems;
}

/** The names along a cycle, the first again at the end. */
function cycleOf(draft: ChainDraft): string[] | null {
  const members = draft.members ?? [];
  const done = new Set<string>();
  const walk = (name: string, path: string[]): string[] | null => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return null;
    for (const next of members.filter((m) => m.depends_on?.some((edge) => edge.member === name))) {
      const found = walk(next.name, [...path, name]);
      if (found) return found;
    }
    done.add(name);
    return null;
  };
  for (const member of members) {
    const found = walk(member.name, []);
    if (found) return found;
  }
  return null;
}

const draftOf = (chain: JobChain): ChainDraft => ({
  name: chain.name,
  description: chain.description,
  members: chain.members.map((member) => ({
    id: member.id, name: member.name, job_id: member.job_id, parameters: member.parameters,
    depends_on: member.depends_on.map((edge) => ({ member: chain.members.find((m) => m.id === edge.depends_on_member_id)?.name ?? '', run_on_upstream_failure: edge.run_on_upstream_failure })),
  })),
});

function newRun(chain: JobChain, triggered_by: string, parameters: Record<string, Value>): ChainExecution {
  const id = newId();
  const now = new Date().toISOString();
  return {
    id, chain_id: chain.id, triggered_by, state: 'pending', started_at: null, completed_at: null, config_snapshot: JSON.stringify(draftOf(chain)), parameters,
    error_message: null, trigger_key: null, created_at: now, updated_at: now,
    members: chain.members.map((member) => ({
      id: newId(), chain_execution_id: id, member_id: member.id, execution_order: member.execution_order, name: member.name, state: 'pending', job_execution_id: null,
      reason: null, started_at: null, completed_at: null,
    })),
  };
}

const isOver = (state: ChainMemberState | ChainExecutionState) => state === 'completed' || state === 'failed' || state === 'skipped' || state === 'cancelled';

/** One turn of a run: members that are due begin or are left out; at the end the run is judged. */
export function advance(data: Data, run: ChainExecution): void {
  if (run.state === 'pending') Object.assign(run, { state: 'running', started_at: new Date().toISOString() });
  if (run.state !== 'running') return;
  const draft = JSON.parse(run.config_snapshot) as ChainDraft;
  const edgesOf = (member: ChainMemberExecution) => draft.members?.find((m) => m.name === member.name)?.depends_on ?? [];
  const named = (name: string) => run.members.find((m) => m.name.toLowerCase() === name.toLowerCase());
  for (const member of run.members.filter((m) => m.state === 'pending')) {
    const upstreams = edgesOf(member).flatMap((edge) => {
      const upstream = named(edge.member);
      return upstream ? [{ upstream, also: edge.run_on_upstream_failure ?? false }] : [];
    });
    if (!upstreams.every(({ upstream }) => isOver(upstream.state))) continue;
    const wrong = upstreams.find(({ upstream, also }) => upstream.state !== 'completed' && !also)?.upstream;
    if (wrong) Object.assign(member, { state: 'skipped', reason: `\`${wrong.name}\` ${wrong.state === 'failed' ? 'failed' : `was ${wrong.state}`}.` });
    else begin(data, run, member, draft);
  }
  if (!run.members.every((member) => isOver(member.state))) return;
  const absorbed = (failed: ChainMemberExecution) =>
    run.members.some((m) => (m.state === 'completed' || m.state === 'failed') && edgesOf(m).some((edge) => edge.run_on_upstream_failure && edge.member === failed.name));
  const broken = run.members.find((m) => (m.state === 'failed' || m.state === 'cancelled') && !absorbed(m));
  Object.assign(run, {
    state: broken ? 'failed' : 'completed', completed_at: new Date().toISOString(),
    error_message: broken ? `\`${broken.name}\` failed${broken.reason ? `: ${broken.reason}` : '.'}` : null,
  });
}

function begin(data: Data, run: ChainExecution, member: ChainMemberExecution, draft: ChainDraft): void {
  const job = data.jobs.find((j) => j.id === draft.members?.find((m) => m.name === member.name)?.job_id);
  if (!job || !job.is_enabled) {
    Object.assign(member, { state: 'failed', reason: job ? `The job \`${job.name}\` is disabled.` : 'Its job is gone.', completed_at: new Date().toISOString() });
    return;
  }
  const execution = addExecution(data, job, 'queued', {});
  Object.assign(execution, { chain_execution_id: run.id, triggered_by: `chain:${run.id}` });
  Object.assign(member, { state: 'queued', job_execution_id: execution.id, reason: null, started_at: null, completed_at: null });
}

/** What became of a member's job, and what follows from it. */
export function settle(data: Data, run: ChainExecution, name: string, state: 'running' | 'completed' | 'failed', reason: string | null = null): void {
  const member = run.members.find((m) => m.name === name);
  const execution = data.executions.find((e) => e.id === member?.job_execution_id);
  if (!member || !execution) return;
  const now = new Date().toISOString();
  const times = state === 'running' ? { started_at: now } : { started_at: member.started_at ?? now, completed_at: now };
  Object.assign(member, { state, reason, ...times });
  Object.assign(execution, { state, error_message: reason, error_code: state === 'failed' ? 'io_failed' : null, ...times });
  advance(data, run);
}

const HINTS: Record<ChainExecutionState, string> = {
  pending: 'Wait until it is over, or cancel it.', running: 'Wait until it is over, or cancel it.', paused: 'Let it go on, or cancel it.',
  failed: 'Retry it to do again what failed.', completed: 'Run the chain again.', cancelled: 'Run the chain again.',
};

interface Surroundings {
  data: Data;
  changed: (kind: Changed['entity_type'], id?: string) => void;
  live: boolean;
}

export function createChains({ data, changed, live }: Surroundings): ChainCommands {
  const alive = (id: string): JobChain => {
    const chain = data.chains.find((c) => c.id === id && !c.is_deleted);
    if (!chain) throw appError('not_found', 'There is no such chain.');
    return chain;
  };
  const runOf = (id: string): ChainExecution => {
    const run = data.chainRuns.find((r) => r.id === id);
    if (!run) throw appError('not_found', 'There is no such run of a chain.');
    return run;
  };
  const touch = (chain: JobChain) => {
    chain.updated_at = new Date(Math.max(Date.now(), Date.parse(chain.updated_at) + 1)).toISOString();
    changed('chain', chain.id);
    return structuredClone(chain);
  };
  const nameOf = (id: string) => data.chains.find((c) => c.id === id)?.name ?? 'Deleted chain';
  const newestRun = (id: string) => data.chainRuns.filter((r) => r.chain_id === id).sort((a, b) => a.created_at.localeCompare(b.created_at)).at(-1);
  const told = (run: ChainExecution) => {
    changed('chain_execution', run.id);
    for (const member of run.members) if (member.job_execution_id) changed('job_execution', member.job_execution_id);
    return null;
  };
  /** Moves a run on by itself, a member at a time, until it is over or held. */
  const play = (run: ChainExecution) => {
    if (!live) return;
    setTimeout(() => {
      if (run.state !== 'running') return;
      for (const member of run.members.filter((m) => m.state === 'running' || m.state === 'queued')) {
        settle(data, run, member.name, member.state === 'queued' ? 'running' : 'completed');
      }
      told(run);
      play(run);
    }, 700);
  };
  const hold = (id: string, word: string, from: readonly ChainExecutionState[], to: ChainExecutionState): ChainExecution => {
    const run = runOf(id);
    if (!from.includes(run.state)) throw { ...appError('invalid_transition', `A chain that is ${run.state} cannot ${word}.`), hint: HINTS[run.state] };
    run.state = to;
    return run;
  };
  const members = (run: ChainExecution, states: readonly string[], to: 'paused' | 'queued' | 'cancelled') => {
    for (const member of run.members) {
      const execution = data.executions.find((e) => e.id === member.job_execution_id);
      if (execution && states.includes(execution.state)) execution.state = to;
    }
  };

  return {
    chainsList: async () =>
      data.chains
        .filter((chain) => !chain.is_deleted)
        .map((chain): ChainRow => {
          const last = newestRun(chain.id);
          const fires = data.schedules.filter((s) => s.chain_id === chain.id && s.next_fire_at !== null).map((s) => s.next_fire_at ?? '').sort();
          return {
            id: chain.id, name: chain.name, description: chain.description, is_enabled: chain.is_enabled, member_count: chain.members.length,
            last: last ? { chain_execution_id: last.id, state: last.state, started_at: last.started_at, completed_at: last.completed_at } : null,
            next_fire_at: chain.is_enabled ? (fires[0] ?? null) : null, tags: tagsOn(data, chain.id), updated_at: chain.updated_at, deleted_at: null,
          };
        })
        .sort((a, b) => a.name.localeCompare(b.name)),
    chainsGet: async (id) => {
      const chain = alive(id);
      const jobs = data.jobs.filter((job) => chain.members.some((member) => member.job_id === job.id));
      return {
        chain, jobs: jobs.map(({ id, name, is_enabled, is_deleted }) => ({ id, name, is_enabled, is_deleted })),
        schedules: data.schedules.filter((s) => s.chain_id === id).map((schedule) => ({ ...schedule, chain_id: id })),
        tags: tagsOn(data, id),
      };
    },
    chainsValidate: async (draft) => problemsOf(draft, data.jobs),
    chainsSave: async (id, draft, seen) => {
      const problems = problemsOf(draft, data.jobs);
      if (problems.length > 0) throw appError('validation', 'The chain cannot be saved yet.', problems);
      const before = id === null ? null : alive(id);
      if (before && seen !== null && before.updated_at !== seen) throw appError('conflict', 'The chain was changed in the meantime.');
      if (data.chains.some((other) => other.id !== id && !other.is_deleted && other.name.toLowerCase() === draft.name.toLowerCase())) throw nameTaken('chain', draft.name);
      const chain = edited(before ?? blank(newId()), draft);
      data.chains = [...data.chains.filter((c) => c.id !== chain.id), chain];
      return touch(chain);
    },
    chainsEnable: async (id, enabled) => {
      const chain = alive(id);
      chain.is_enabled = enabled;
      return touch(chain);
    },
    chainsDelete: async (id) => {
      Object.assign(alive(id), { is_deleted: true, deleted_at: new Date().toISOString() });
      changed('chain', id);
      return null;
    },
    chainsRestore: async (id) => {
      const chain = data.chains.find((c) => c.id === id && c.is_deleted);
      if (!chain) throw appError('not_found', 'There is no such deleted chain.');
      Object.assign(chain, { is_deleted: false, deleted_at: null });
      return touch(chain);
    },
    chainsRun: async (id, parameters) => {
      const chain = alive(id);
      if (!chain.is_enabled) throw { ...appError('conflict', `The chain \`${chain.name}\` is disabled.`), hint: 'Enable it, then run it.' };
      const run = newRun(chain, 'manual:m.koch@fin-ws-07', parameters);
      data.chainRuns.push(run);
      advance(data, run);
      told(run);
      play(run);
      return run.id;
    },
    chainExecutionsList: async ({ chain_id = null, states = [], limit = 50, after = null }) => {
      const rows = data.chainRuns
        .filter((run) => (chain_id === null || run.chain_id === chain_id) && (states.length === 0 || states.includes(run.state)))
        .sort((a, b) => b.created_at.localeCompare(a.created_at) || b.id.localeCompare(a.id));
      const from = after === null ? 0 : rows.findIndex((run) => run.id === after) + 1;
      const shown = rows.slice(from, from + (limit || 50));
      const items = shown.map((run): ChainExecutionRow => ({
        id: run.id, chain_id: run.chain_id, chain_name: nameOf(run.chain_id), triggered_by: run.triggered_by, state: run.state, created_at: run.created_at,
        started_at: run.started_at, completed_at: run.completed_at, error_message: run.error_message, member_count: run.members.length,
        finished_count: run.members.filter((m) => isOver(m.state)).length, failed_count: run.members.filter((m) => m.state === 'failed').length,
      }));
      return { items, next: from + shown.length < rows.length ? (shown.at(-1)?.id ?? null) : null };
    },
    chainExecutionsGet: async (id) => ({ execution: runOf(id), chain_name: nameOf(runOf(id).chain_id) }),
    chainExecutionsPause: async (id) => {
      const run = hold(id, 'pause', ['running'], 'paused');
      members(run, ['running'], 'paused');
      return told(run);
    },
    chainExecutionsResume: async (id) => {
      const run = hold(id, 'resume', ['paused'], 'running');
      members(run, ['paused'], 'queued');
      play(run);
      return told(run);
    },
    chainExecutionsCancel: async (id) => {
      const run = hold(id, 'cancel', ['pending', 'running', 'paused'], 'cancelled');
      const now = new Date().toISOString();
      members(run, ['created', 'queued', 'running', 'paused'], 'cancelled');
      for (const member of run.members) if (!isOver(member.state)) Object.assign(member, { state: 'cancelled', completed_at: now });
      run.completed_at = now;
      return told(run);
    },
    chainExecutionsRetry: async (id) => {
      const run = hold(id, 'retry', ['failed'], 'running');
      Object.assign(run, { error_message: null, completed_at: null });
      for (const member of run.members) {
        if (isOver(member.state) && member.state !== 'completed') Object.assign(member, { state: 'pending', reason: null, started_at: null, completed_at: null });
      }
      advance(data, run);
      play(run);
      return told(run);
    },
  };
}
