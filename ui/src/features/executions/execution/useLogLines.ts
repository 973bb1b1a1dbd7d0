/**
 * A run's log of any length: the lines that are seen are read, and some around them are kept. Lines are only added at
 * the end, so that a part that was read whole never changes.
 */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useReducer, useRef, useState } from 'react';
import { invoke, keys, type LogLine, type LogQuery } from '@/ipc';

export type LogFilter = Pick<LogQuery, 'levels' | 'step' | 'search'>;

const PART = 200;
/** Parts that are kept: 8,000 lines. */
const KEPT = 40;
const AGAIN_MS = 1_000;

interface Parts {
  of: string;
  lines: Map<number, LogLine[]>;
  asked: Set<number>;
}

export interface LogLines {
  /** `null` before it is known. */
  total: number | null;
  error: unknown;
  again: () => void;
  /** The line at a place; nothing while it is read. */
  at: (place: number) => LogLine | undefined;
}

/** `first` and `last` are the places that are seen. */
export function useLogLines(id: string, filter: LogFilter, running: boolean, [first, last]: readonly [number, number]): LogLines {
  const of = JSON.stringify([id, filter]);
  const head = useQuery({
    queryKey: keys.executionLogTotal(id, filter),
    queryFn: () => invoke.executionsLog(id, { ...filter, from: 0, limit: 1 }),
    refetchInterval: running ? AGAIN_MS : false,
    staleTime: 0,
  });
  const total = head.data?.total ?? null;
  const parts = useRef<Parts>({ of, lines: new Map(), asked: new Set() });
  if (parts.current.of !== of) parts.current = { of, lines: new Map(), asked: new Set() };
  const [, redraw] = useReducer((times: number) => times + 1, 0);
  const [failed, setFailed] = useState<unknown>(null);

  const lastPart = Math.floor(Math.max(0, Math.min(last, (total ?? 0) - 1)) / PART);
  const firstPart = Math.min(Math.floor(Math.max(0, first) / PART), lastPart);
  useEffect(() => {
    if (!total || failed) return;
    const { current } = parts;
    for (let part = firstPart; part <= lastPart; part += 1) {
      const whole = Math.min(PART, total - part * PART);
      if (current.asked.has(part) || (current.lines.get(part)?.length ?? 0) >= whole) continue;
      current.asked.add(part);
      invoke.executionsLog(id, { ...filter, from: part * PART, limit: PART }).then(
        ({ lines }) => {
          current.asked.delete(part);
          current.lines.delete(part);
          current.lines.set(part, lines);
          // The oldest of what was read goes first.
          for (const old of [...current.lines.keys()].slice(0, Math.max(0, current.lines.size - KEPT))) current.lines.delete(old);
          if (parts.current === current) redraw();
        },
        (error: unknown) => {
          current.asked.delete(part);
          if (parts.current === current) setFailed(error);
        },
      );
    }
  });

  return {
    total,
    error: failed ?? head.error,
    again: () => {
      setFailed(null);
      void head.refetch();
    },
    at: (place) => parts.current.lines.get(Math.floor(place / PART))?.[place % PART],
  };
}
