import { describe, expect, test } from 'vitest';
import type { ExecutionView, StepExecution } from '@/ipc';
import { filterLog } from './LogPanel';
import { overall } from './progress';
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
    steps: attempts.map((list, order) => ({ step: { id: `s${order}`, step_order: order, enabled: true, alias: `s${order}`, name: `s${order}` }, attempts: list })),
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

test('the log is narrowed by level, text and step', () => {
  const line = (sequence: number, level: string, message: string, step_alias: string | null) => ({ sequence, at: instant(sequence), level, step_alias, file: null, message });
  const lines = [line(1, 'debug', 'Opened', null), line(2, 'info', 'Fetched a.pgp', 'fetch'), line(3, 'warn', 'Cut off', 'fetch'), line(4, 'error', 'No key', 'decrypt')];
  const seen = (...how: [Parameters<typeof filterLog>[1], string, string | null]) => filterLog(lines, ...how).map((l) => l.sequence);
  expect(seen('info', '', null)).toEqual([1, 2, 3, 4]);
  expect(seen('warn', '', null)).toEqual([3, 4]);
  expect(seen('error', '', null)).toEqual([4]);
  expect(seen('info', 'A.PGP', null)).toEqual([2]);
  expect(seen('info', '', 'fetch')).toEqual([2, 3]);
});
