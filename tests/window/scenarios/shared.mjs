// Two agents and the window share one PostgreSQL, and an agent dies every few seconds: every run is done once.
//
// COURIER_WINDOW_RUNS says how many runs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { complainsOfNothing, inBothThemes, listen } from '../harness/eyes.mjs';
import { run, says, start, stop } from '../harness/processes.mjs';
import { DESKTOP } from '../harness/session.mjs';
import { until } from '../harness/wait.mjs';
import { goTo, invoke } from '../pages/frame.mjs';
import { startPeer } from '../peers/kit.mjs';

export const name = 'Two agents and the window share runs on PostgreSQL while an agent is killed every few seconds';

const RUNS = Number(process.env.COURIER_WINDOW_RUNS ?? 60);
/** All of it may take this long. */
export const limit = 120_000 + RUNS * 2_000;
const COURIER = process.env.COURIER_CLI ?? join(dirname(DESKTOP), 'courier');
/** Milliseconds between two deaths, at least and at most. */
const [OFTEN, RARELY] = [1_500, 3_000];
/** Programs that ask for work at a time. */
const ASKING = 2;

export async function play({ home, open, after }) {
  const postgres = await startPeer('postgres');
  after(postgres.stop);
  const folder = home.at('letters');
  for (const part of ['in', 'made', 'out']) mkdirSync(join(folder, part));
  const env = { ...process.env, ...home.env, COURIER_DATABASE_URL: postgres.url };
  const bundle = join(folder, 'bundle.json');
  writeFileSync(bundle, JSON.stringify(work(folder)));
  run(COURIER, ['apply', '-f', bundle], { env });

  const { browser } = await open({ COURIER_DATABASE_URL: postgres.url });
  await listen(browser);
  const agents = [await agent(home, env, 0), await agent(home, env, 1)];
  after(() => Promise.all(agents.map(stop)));

  await goTo(browser, 'executions');
  const asked = ask(folder, env);
  let deaths = 0;
  for (;;) {
    const over = await Promise.race([asked.finished.then(() => true), pause(OFTEN + Math.random() * (RARELY - OFTEN)).then(() => false)]);
    if (over && (await waiting(browser)) === 0) break;
    const victim = deaths % agents.length;
    agents[victim].kill('SIGKILL');
    await agents[victim].ended;
    agents[victim] = await agent(home, env, victim);
    deaths += 1;
  }
  const ids = await asked.finished;
  assert.ok(deaths > 0, 'the control: an agent died');
  assert.equal(ids.length, RUNS);

  await until('the window lists the runs as they ended', () => browser.execute(() =>
    document.querySelectorAll('[data-execution-row]').length > 0
    && ![...document.querySelectorAll('[data-execution-row]')].some((row) => /Queued|Running/.test(row.innerText))), 20_000);
  await inBothThemes(browser, 'executions-shared');
  await checkRuns(browser, folder, env, ids);
  await goTo(browser, 'settings');
  await until('the settings name the three nodes', () => browser.execute(() => document.querySelectorAll('[data-node]').length >= 3));
  await complainsOfNothing(browser);
}

/** An agent on a machine of its own: another home, the same database and key. */
async function agent(home, env, number) {
  const program = start(COURIER, ['-v', 'agent'], { env: { ...env, COURIER_HOME: home.at(`agent-${number}`) } });
  await says(program, 'Courier is running', 60_000);
  return program;
}

/** Queues all the runs from outside; `finished` has their ids. */
function ask(folder, env) {
  let next = 0;
  const ids = [];
  const asking = Array.from({ length: ASKING }, async () => {
    while (next < RUNS) {
      const number = next;
      next += 1;
      writeFileSync(join(folder, 'in', `${number}.txt`), letter(number));
      const { stdout } = await promisify(execFile)(COURIER, ['--json', 'run', 'letters', '--param', `n=${number}`, '--detach'], { env });
      ids.push(JSON.parse(stdout).id);
    }
  });
  return { finished: Promise.all(asking).then(() => ids) };
}

const letter = (number) => `Letter ${number}.\n`.repeat(1000);

/** Whether anything is still to be done, as the window's own process sees it. */
async function waiting(browser) {
  const left = await invoke(browser, 'executions_list', { filter: { states: ['queued', 'running'], limit: 1 } });
  return left.items.length;
}

/** Each run once: by the store, by the history, and by what lies on the disk. */
async function checkRuns(browser, folder, env, ids) {
  const runs = JSON.parse(run(COURIER, ['--json', 'execution', 'list', '--limit', '10000'], { env, maxBuffer: 1 << 28 }));
  assert.equal(runs.length, RUNS, 'no run is lost and none is made up');
  assert.deepEqual(new Set(runs.map((one) => one.id)), new Set(ids));
  const left = runs.filter((one) => one.state !== 'completed');
  assert.deepEqual(left.map((one) => `${one.state}: ${one.error_message}`), []);

  // A letter that is copied a second time lies there as a second file, and it can be moved only once.
  const copied = readdirSync(join(folder, 'made'));
  assert.deepEqual(new Set(copied), new Set(ids.map((id) => `${id}.txt`)), 'each run made one copy');
  assert.equal(new Set(copied.map((file) => readFileSync(join(folder, 'made', file), 'utf8'))).size, RUNS, 'of its own letter');
  assert.equal(readdirSync(join(folder, 'out')).length, RUNS, 'each letter was moved');
  assert.deepEqual(readdirSync(join(folder, 'in')), []);

  const history = run(COURIER, ['audit', 'export'], { env, maxBuffer: 1 << 28 });
  const entries = history.trim().split('\n').map((line) => JSON.parse(line));
  const changes = entries.filter((entry) => entry.entity_type === 'job_execution' && entry.operation === 'StateChanged');
  const ends = changes.filter((entry) => entry.details.to === 'completed').map((entry) => entry.entity_id);
  assert.equal(ends.length, RUNS, 'each run ended once');
  assert.equal(new Set(ends).size, RUNS);
  const holders = new Set(changes.filter((entry) => entry.details.to === 'running').map((entry) => entry.details.claimed_by));
  const nodes = await invoke(browser, 'nodes_list', {});
  const own = nodes.find((node) => node.is_this);
  assert.ok(holders.has(own?.id), 'the window took runs, too');
  assert.ok(holders.size >= 3, 'and so did both agents');
  assert.equal(JSON.parse(run(COURIER, ['--json', 'audit', 'verify'], { env })).whole, true);
}

function work(folder) {
  const step = (name, kind, configuration) => ({ name, type_key: kind, configuration });
  const source = join(folder, 'in', '{{ params.n }}.txt');
  return {
    courier: 1,
    // A run whose nodes are killed all the time is taken over more often than a sane one ever is.
    settings: { 'job.concurrency_limit': '16', 'job.rescue_limit': '1000' },
    jobs: [{
      name: 'letters',
      max_instances: 16,
      parameters: [{ name: 'n', type: 'text', required: true }],
      failure_policy: { type: 'retry_step', max_retries: 5, backoff_base_seconds: 1, backoff_max_seconds: 1 },
      steps: [
        step('Copy', 'file.copy', { source_path: source, destination_path: join(folder, 'made', '{{ execution.id }}.txt'), overwrite: 'rename' }),
        step('Move', 'file.move', { source_path: source, destination_path: join(folder, 'out/'), overwrite: 'fail' }),
      ],
    }],
  };
}
