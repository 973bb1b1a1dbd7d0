import { describe, expect, test } from 'vitest';
import type { ExecutionView, IterationPage, StepExecution } from '@/ipc';
import { addLoopRun, emptyData } from '@/ipc/fake';
import { iterationSteps, iterationViews, stepViews } from '@/ipc/fake/loops';
import { beginAgain, failedStep } from './again';
import { overall } from './progress';
import { iterationKey, linesOf, loopKey, NOTHING_OPEN, type Read, type Reads } from './rows';
import { axisOf, barsOf, percent } from './timeline';

const START = Date.parse('2026-11-23T07:30:00Z');
const instant = (seconds: number) => new Date(START + seconds * 1000).toISOString();

function attempt(step: number, state: StepExecution['state'], from: number | null, to: number | null, retry_attempt = 0): StepExecution {
  return {
    id: `${step}-${retry_attempt}`, job_execution_id: 'run', job_step_id: `s${step}`, step_order: step, state,
    started_at: from === null ? null : instant(from), completed_at: to === null ? null : instant(to),
    duration_ms: from === null || to === null ? null : (to - from) * 1000, bytes_processed: null, output_data: null, error_message: null,
    error_stack_trace: null, retry_attempt, iteration_path: '', error_code: null,
  };
}

function view(attempts: StepExecution[][], ended: number | null): ExecutionView {
  return {
    execution: { started_at: instant(0), completed_at: ended === null ? null : instant(ended), state: ended === null ? 'running' : 'completed' },
    job_name: 'Invoices',
    steps: attempts.map((list, order) => ({ step: { id: `s${order}`, step_order: order, enabled: true, alias: `s${order}`, name: `s${order}` }, attempts: list, depth: 0, within: null, tally: null, iterations: null })),
    receipts: [],
  } as unknown as ExecutionView;
}

describe('the axis', () => {
  test('ends a little after the end, with few round times', () => {
    const axis = axisOf(view([], 310), START + 999_000);
    if (!axis) throw new Error('no axis');
    expect(axis.end).toBeGreaterThan(START + 310_000);
    expect(axis.ticks.length).toBeLessThanOrEqual(8);
    expect(axis.ticks.every((tick) => tick.at % 60_000 === 0)).toBe(true);
  });

  test('grows with the time while the run goes on', () => {
    const early = axisOf(view([], null), START + 10_000);
    const late = axisOf(view([], null), START + 100_000);
    expect(late?.end).toBeGreaterThan(early?.end ?? 0);
  });

  test('counts from the start when the run took less than seconds', () => {
    const axis = axisOf(view([], 0.8), START);
    expect(axis?.ticks[0]?.label).toBe('0.0 s');
  });

  test('of a run that has not begun there is none', () => {
    const waiting = view([], null);
    waiting.execution.started_at = null;
    expect(axisOf(waiting, START)).toBeNull();
  });
});

test('each attempt has its bar, oldest first, and what runs reaches to now', () => {
  const attempts = [attempt(0, 'running', 60, null, 1), attempt(0, 'failed', 0, 40)];
  const run = view([attempts], null);
  const now = START + 100_000;
  const axis = axisOf(run, now);
  if (!axis) throw new Error('no axis');
  const [first, second] = barsOf(attempts, axis, now);
  expect([first?.attempt.state, second?.attempt.state]).toEqual(['failed', 'running']);
  expect((first?.left ?? 0) + (first?.width ?? 0)).toBeLessThan(second?.left ?? 0);
  expect((second?.left ?? 0) + (second?.width ?? 0)).toBeCloseTo(percent(axis, now));
});

test('a run is as far as its finished steps and the part of the running one', () => {
  const run = view([[attempt(0, 'completed', 0, 5)], [attempt(1, 'running', 5, null)], [], []], null);
  const progress = new Map([
    [1, { execution_id: 'run', step_order: 1, bytes_transferred: 50, total_bytes: 100, current_file: null, transfer_rate_bytes_per_sec: 10 }],
  ]);
  expect(overall(run, progress)).toMatchObject({ share: 0.375, done: 1, steps: 4, left: 5000 });
  expect(overall(run, new Map())).toMatchObject({ share: 0.25, live: null, left: null });
});

test('a retried step that failed before is not counted as finished', () => {
  const run = view([[attempt(0, 'failed', 0, 5), attempt(0, 'running', 8, null, 1)]], null);
  expect(overall(run, new Map()).done).toBe(0);
});

test('a loop is as far as its iterations that are over', () => {
  const run = view([[attempt(0, 'completed', 0, 5)], [attempt(1, 'running', 5, null)]], null);
  Object.assign(run.steps[1] ?? {}, { iterations: { expected: 200, begun: 60, completed: 48, failed: 2, unfinished: 10, bytes: 0 } });
  expect(overall(run, new Map()).share).toBeCloseTo((1 + 0.25) / 2);
});

describe('the lines of a run with a loop', () => {
  const data = emptyData('unlocked');
  const execution = addLoopRun(data, { state: 'failed', iterations: 40, of: 60, failing: [39] });
  const steps = data.jobs[0]?.steps ?? [];
  const rows = data.attempts.get(execution.id) ?? [];
  const views = stepViews(steps, rows, 60);
  const page = (show: 'all' | 'failed', after: number | null = null, limit = 15) => iterationViews(steps, rows, { loop_order: 1, show, after, limit }, false);
  const reads = (pages: Reads['pages'], inside: Reads['steps'] = () => ({ data: undefined, error: null })): Reads => ({ pages, steps: inside });
  const loop = (show: 'all' | 'failed', after: (number | null)[]) => ({ loops: { [loopKey(1, '')]: { order: 1, within: '', show, after } }, iterations: {} });
  const kinds = (lines: ReturnType<typeof linesOf>) => lines.map((line) => (line.kind === 'step' ? line.entry.step.alias : line.kind === 'iteration' ? line.iteration.path : line.kind));

  test('are its steps outside loops while it is closed', () => {
    expect(kinds(linesOf(views, NOTHING_OPEN, reads(() => [])))).toEqual(['list_files', 'for_each_file', 'put_away']);
    expect(views[1]?.iterations).toMatchObject({ expected: 60, begun: 40, completed: 39, failed: 1 });
  });

  test('go on page by page, and ask for the next at the end', () => {
    const first = page('all');
    const one = linesOf(views, loop('all', [null]), reads(() => [{ data: first, error: null }]));
    expect(kinds(one)).toEqual(['list_files', 'for_each_file', 'show', ...first.items.map((item) => item.path), 'more', 'put_away']);
    const pages = [first, page('all', 14), page('all', 29)].map((data) => ({ data, error: null }));
    const all = linesOf(views, loop('all', [null, 14, 29]), reads(() => pages));
    expect(all.filter((line) => line.kind === 'iteration')).toHaveLength(40);
    expect(all.some((line) => line.kind === 'more')).toBe(false);
    expect(new Set(all.map((line) => line.key)).size).toBe(all.length);
  });

  test('show the failed ones alone, and the steps of an open one', () => {
    const failed = page('failed');
    expect(failed.items).toMatchObject([{ path: '39', state: 'failed', failed_step: 'decrypt', error_code: 'unknown_signer' }]);
    const open = { ...loop('failed', [null]), iterations: { [iterationKey(1, '39')]: { order: 1, path: '39' } } };
    const inside = iterationSteps(steps, rows, 1, '39');
    const lines = linesOf(views, open, reads(() => [{ data: failed, error: null }], () => ({ data: inside, error: null })));
    expect(kinds(lines)).toEqual(['list_files', 'for_each_file', 'show', '39', 'fetch', 'decrypt', 'put_away']);
    expect(lines.map((line) => line.level)).toEqual([0, 0, 1, 1, 2, 2, 0]);
  });

  test('say what is read, what cannot be read and what is not there', () => {
    const notes = (read: Read<IterationPage>) => linesOf(views, loop('all', [null]), reads(() => [read])).flatMap((line) => (line.kind === 'note' ? [line.words] : []));
    expect(notes({ data: undefined, error: null })).toEqual(['Reading the iterations']);
    expect(notes({ data: undefined, error: new Error('x') })).toEqual(['The iterations cannot be read.']);
    expect(notes({ data: { items: [], next: null }, error: null })).toEqual(['No iteration has begun.']);
  });

  test('what failed in a loop is done again from the loop', () => {
    const run = { steps: views } as unknown as ExecutionView;
    expect(failedStep(run)?.step.alias).toBe('decrypt');
    expect(beginAgain(run, failedStep(run))?.step.alias).toBe('for_each_file');
    expect(beginAgain(run, undefined)).toBeUndefined();
  });
});
