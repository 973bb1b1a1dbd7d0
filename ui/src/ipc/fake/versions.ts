/** Versions of jobs: what each was, what differs, and going back. */
import type { FieldChange, Job, JobDraft, JobStep } from '../bindings';
import type { Commands } from '../host';
import { appError } from './error';
import { ago, type Data } from './seed';

type VersionCommands = Pick<Commands, 'jobsVersions' | 'jobsVersion' | 'jobsDiff' | 'jobsRevert'>;

export function createVersions(data: Data, changed: (kind: 'job', id: string) => void): VersionCommands {
  const job = (id: string): Job => {
    const found = data.jobs.find((one) => one.id === id);
    if (!found) throw appError('not_found', 'There is no such job.');
    return found;
  };
  const version = (id: string, number: number) => {
    const found = data.versions.get(id)?.find((one) => one.version_number === number);
    if (!found) throw appError('not_found', `The job has no version ${number}.`);
    return found;
  };
  return {
    jobsVersions: async (id) => (data.versions.get(id) ?? []).map(({ version_number, created_at, created_by }) => ({ version_number, created_at, created_by })).reverse(),
    jobsVersion: async (id, number) => {
      const { name, description, failure_policy, parameters, time_zone, max_instances, priority, run_on } = job(id);
      const draft: JobDraft = { name, description, failure_policy, parameters, time_zone, max_instances, priority, run_on, steps: version(id, number).steps };
      return structuredClone(draft);
    },
    jobsDiff: async (id, from, to) => ({ from, to, changes: differing(version(id, from).steps, version(id, to).steps) }),
    jobsRevert: async (id, to, expected) => {
      const current = job(id);
      if (current.current_version !== expected) throw appError('conflict', 'Somebody else saved this job meanwhile.');
      current.steps = structuredClone(version(id, to).steps);
      current.current_version += 1;
      current.updated_at = ago(0);
      data.versions.get(id)?.push({ version_number: current.current_version, created_at: current.updated_at, created_by: 'm.koch@fin-ws-07', steps: current.steps });
      changed('job', id);
      return structuredClone(current);
    },
  };
}

function differing(old: readonly JobStep[], next: readonly JobStep[]): FieldChange[] {
  const changes: FieldChange[] = [];
  const change = (path: string, from: unknown, to: unknown) => changes.push({ path, from: from ?? null, to: to ?? null } as FieldChange);
  for (const step of next) {
    const before = old.find(({ id }) => id === step.id);
    const path = `steps[${step.alias}]`;
    if (!before) {
      change(path, null, step);
      continue;
    }
    for (const field of new Set([...Object.keys(before.configuration), ...Object.keys(step.configuration)])) {
      const [was, is] = [before.configuration[field], step.configuration[field]];
      if (JSON.stringify(was) !== JSON.stringify(is)) change(`${path}.configuration.${field}`, was, is);
    }
    if (before.name !== step.name) change(`${path}.name`, before.name, step.name);
    if (before.step_order > step.step_order) change(`${path}.step_order`, before.step_order, step.step_order);
  }
  for (const step of old) if (!next.some(({ id }) => id === step.id)) change(`steps[${step.alias}]`, step, null);
  return changes;
}
