// The command line on the same home as the window: for what the scenario is not about, and for what the store holds.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../harness/processes.mjs';
import { DESKTOP } from '../harness/session.mjs';

const COURIER = process.env.COURIER_CLI ?? join(dirname(DESKTOP), 'courier');

const courier = (home, args, env = {}) => run(COURIER, args, { env: { ...process.env, ...home.env, ...env }, maxBuffer: 1 << 28 });

/** Makes everything that the bundle names; `env` has what it takes from the environment. */
export function applyBundle(home, bundle, env) {
  const file = join(home.folder, 'bundle.json');
  writeFileSync(file, JSON.stringify(bundle));
  courier(home, ['apply', '-f', file], env);
}

/** What a command answers, as JSON. */
export const answerOf = (home, ...args) => JSON.parse(courier(home, ['--json', ...args]));
