/** The geometry of a run's timeline: an axis with round times, and a bar for each attempt of a step. Pure. */
import { locale, t } from '@/i18n';
import type { ExecutionView, StepExecution } from '@/ipc';

export interface Axis {
  /** Milliseconds since the epoch. */
  start: number;
  end: number;
  ticks: readonly { at: number; label: string }[];
}

const MS = [100, 200, 500];
const SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];
const STEPS = [...MS, ...SECONDS.map((seconds) => seconds * 1000)];
const TICKS = 7;
/** Room for the words after the last bar, as a share of the time shown. */
const MARGIN = 0.16;
/** So that a bar at the start does not stick to the edge. */
const LEAD = 0.02;

export function axisOf(view: ExecutionView, now: number): Axis | null {
  const { execution, steps } = view;
  const times = steps.flatMap(({ attempts }) => attempts.flatMap((attempt) => [attempt.started_at, attempt.completed_at]));
  const known = [execution.started_at, execution.completed_at, ...times].filter((at) => at !== null).map((at) => Date.parse(at));
  if (known.length === 0) return null;
  const began = Math.min(...known);
  const last = execution.completed_at === null ? Math.max(now, ...known) : Math.max(...known);
  const span = Math.max(last - began, 500);
  const end = began + span * (1 + MARGIN);
  return { start: began - span * LEAD, end, ticks: ticksOf(began, end) };
}

function ticksOf(start: number, end: number): Axis['ticks'] {
  const step = STEPS.find((candidate) => (end - start) / candidate <= TICKS) ?? Math.ceil((end - start) / TICKS);
  const ticks: { at: number; label: string }[] = [];
  // Below a second clock times say nothing, so the time since the start stands there.
  const relative = step < 1000;
  const first = relative ? start : Math.ceil(start / step) * step;
  for (let at = first; at <= end; at += step) ticks.push({ at, label: relative ? t('{{number}} s', { number: ((at - start) / 1000).toFixed(1) }) : clockLabel(at, step) });
  return ticks;
}

function clockLabel(at: number, step: number): string {
  const seconds = step % 60_000 === 0 ? undefined : ('2-digit' as const);
  return new Date(at).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit', second: seconds, hourCycle: 'h23' });
}

/** Where an instant is on the axis, 0 to 100. */
export const percent = (axis: Axis, at: number): number =>
  Math.min(100, Math.max(0, ((at - axis.start) / (axis.end - axis.start)) * 100));

/** From the left edge, in hundredths of the axis. */
export interface Bar {
  left: number;
  width: number;
}

export function barOf(axis: Axis, started: string | null, completed: string | null, running: boolean, now: number): Bar | null {
  if (started === null) return null;
  const from = Date.parse(started);
  const to = completed === null ? (running ? now : from) : Date.parse(completed);
  const left = percent(axis, from);
  return { left, width: Math.max(percent(axis, to) - left, 0.4) };
}

/** Attempts that have begun, oldest first. */
export function barsOf(attempts: readonly StepExecution[], axis: Axis, now: number): (Bar & { attempt: StepExecution })[] {
  return attempts
    .toSorted((a, b) => a.retry_attempt - b.retry_attempt)
    .flatMap((attempt) => {
      const { started_at, completed_at, duration_ms, state } = attempt;
      const ended = completed_at ?? (started_at !== null && duration_ms !== null ? new Date(Date.parse(started_at) + duration_ms).toISOString() : null);
      const bar = barOf(axis, started_at, ended, state === 'running', now);
      return bar ? [{ ...bar, attempt }] : [];
    });
}
