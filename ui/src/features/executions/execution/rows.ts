/** The lines of a run's timeline: steps, and under an open loop its iterations, and under an open iteration its steps. Pure. */
import { t } from '@/i18n';
import type { IterationPage, IterationShow, IterationView, StepView } from '@/ipc';

/** A loop that is open: which of its iterations are wanted, and the cursors of the pages that were asked for. */
export interface OpenLoop {
  order: number;
  /** The iteration that it runs in; empty for an outermost loop. */
  within: string;
  show: IterationShow;
  after: readonly (number | null)[];
}

export interface OpenIteration {
  order: number;
  path: string;
}

export type Open = Readonly<{ loops: Readonly<Record<string, OpenLoop>>; iterations: Readonly<Record<string, OpenIteration>> }>;

export const NOTHING_OPEN: Open = { loops: {}, iterations: {} };

export const loopKey = (order: number, within: string): string => `loop ${order} ${within}`;
export const iterationKey = (order: number, path: string): string => `iteration ${order} ${path}`;
export const stepKey = (entry: StepView, path: string): string => `step ${entry.step.step_order} ${path}`;

/** `null` while it is read, an error when it could not be. */
export type Read<T> = { data: T | undefined; error: unknown };

export interface Reads {
  /** The pages of an open loop, in order. */
  pages: (key: string) => readonly Read<IterationPage>[];
  steps: (key: string) => Read<StepView[]>;
}

interface Line {
  key: string;
  level: number;
}

export type TimelineLine =
  | (Line & { kind: 'step'; entry: StepView; path: string; open: boolean | null })
  | (Line & { kind: 'show'; loop: OpenLoop; entry: StepView })
  | (Line & { kind: 'iteration'; order: number; iteration: IterationView; open: boolean })
  | (Line & { kind: 'more'; loop: string; next: number })
  | (Line & { kind: 'note'; words: string; failed: boolean });

/** What only ends or divides a block has nothing of its own to show. */
const SILENT = new Set(['flow.end', 'flow.else']);

/** So many iterations are seen at one glance; a choice among them is not needed. */
const FEW = 12;

export function linesOf(steps: readonly StepView[], open: Open, reads: Reads): TimelineLine[] {
  const lines: TimelineLine[] = [];
  const put = (entries: readonly StepView[], path: string, level: number, base: number) => {
    for (const entry of entries) {
      if (SILENT.has(entry.step.type_key)) continue;
      const deep = level + Math.max(0, entry.depth - base);
      const key = loopKey(entry.step.step_order, path);
      const loop = entry.iterations ? open.loops[key] : undefined;
      lines.push({ kind: 'step', key: stepKey(entry, path), level: deep, entry, path, open: entry.iterations ? loop !== undefined : null });
      if (loop) putLoop(entry, loop, key, deep + 1);
    }
  };
  const putLoop = (entry: StepView, loop: OpenLoop, key: string, level: number) => {
    const tally = entry.iterations;
    if (tally && (tally.begun > FEW || loop.show !== 'all')) lines.push({ kind: 'show', key: `show ${key}`, level, loop, entry });
    const pages = reads.pages(key);
    for (const { data, error } of pages) {
      if (!data) {
        lines.push({ kind: 'note', key: `wait ${key}`, level, words: error ? t('The iterations cannot be read.') : t('Reading the iterations'), failed: error !== null });
        return;
      }
      for (const iteration of data.items) {
        const own = iterationKey(entry.step.step_order, iteration.path);
        const opened = open.iterations[own] !== undefined;
        lines.push({ kind: 'iteration', key: own, level, order: entry.step.step_order, iteration, open: opened });
        if (!opened) continue;
        const read = reads.steps(own);
        if (read.data) put(read.data, iteration.path, level + 1, entry.depth + 1);
        else lines.push({ kind: 'note', key: `wait ${own}`, level: level + 1, words: read.error ? t('The steps cannot be read.') : t('Reading the steps'), failed: read.error !== null });
      }
    }
    const last = pages.at(-1)?.data;
    if (last && last.next !== null) lines.push({ kind: 'more', key: `more ${key} ${last.next}`, level, loop: key, next: last.next });
    else if (pages.every((page) => page.data?.items.length === 0)) lines.push({ kind: 'note', key: `none ${key}`, level, words: NONE[loop.show], failed: false });
  };
  put(steps.filter((entry) => entry.within === null), '', 0, 0);
  return lines;
}

const NONE: Record<IterationShow, string> = {
  all: t('No iteration has begun.'),
  failed: t('No iteration failed.'),
  unfinished: t('No iteration runs or waits.'),
};
