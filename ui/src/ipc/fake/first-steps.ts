/** How far the first steps are, as the host works it out. */
import type { FirstStepKey, FirstSteps } from '../bindings';
import type { Data } from './seed';

export const SAMPLE_JOB = 'Sample: fetch and decrypt';

export function firstStepsOf(data: Data): FirstSteps {
  const own = data.jobs.filter(({ name }) => name !== SAMPLE_JOB);
  const enabled = data.connections.find(({ status }) => status === 'active');
  const run = data.executions.some(({ state, job_id }) => state === 'completed' && own.some(({ id }) => id === job_id));
  const needsKeys = data.jobs.some(({ steps }) => steps.some(({ type_key }) => type_key.startsWith('pgp.')));
  const all: [FirstStepKey, done: boolean, needed: boolean][] = [
    ['vault', data.vault !== 'uninitialised', true],
    ['connection', enabled !== undefined, true],
    ['test', data.noted.tested || data.knownHosts.length > 0, true],
    ['keys', data.pgpKeys.length + data.sshKeys.length > 0, needsKeys],
    ['job', own.length > 0, true],
    ['dry_run', data.noted.dryRun || run, true],
    ['run', run, true],
  ];
  const next = all.find(([, done, needed]) => !done && needed)?.[0];
  return {
    steps: all.map(([key, done, needed]) => ({ key, state: done ? 'done' : !needed ? 'not_needed' : key === next ? 'next' : 'open' })),
    done: all.filter(([, done]) => done).length,
    needed: all.filter(([, done, needed]) => done || needed).length,
    is_finished: run,
    waits_for_secrets: enabled === undefined && data.connections.length > 0,
    connection_id: (enabled ?? data.connections[0])?.id ?? null,
    job_id: own.at(-1)?.id ?? null,
  };
}
