/** The host's counts of runs by the hour, as the pieces of a chart. */
import type { Activity } from '@/ipc';

export interface Bucket {
  from: number;
  good: number;
  failed: number;
}

type Hour = Activity['hours'][number];

/** The last 24 hours one by one, or the last 7 days as the clock here has them; oldest first, the last one holds now. */
export function buckets(hours: readonly Hour[], by: 'hour' | 'day'): Bucket[] {
  const pieces = new Map<string, Hour[]>();
  for (const hour of hours) {
    const name = by === 'hour' ? hour.from : new Date(hour.from).toDateString();
    pieces.set(name, [...(pieces.get(name) ?? []), hour]);
  }
  return [...pieces.values()].slice(by === 'hour' ? -24 : -7).map((piece) => ({
    from: Date.parse(piece[0]?.from ?? ''),
    good: sum(piece, ({ completed, cancelled, unfinished }) => completed + cancelled + unfinished),
    failed: sum(piece, ({ failed }) => failed),
  }));
}

const sum = (hours: readonly Hour[], of: (runs: Hour['runs']) => number) => hours.reduce((total, hour) => total + of(hour.runs), 0);
