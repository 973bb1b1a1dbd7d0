/** The open loops of a run: their pages of iterations, read as they are wanted and again only while they can change. */
import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { invoke, keys, type IterationPage, type IterationShow, type StepView } from '@/ipc';
import { iterationKey, loopKey, NOTHING_OPEN, type Open, type Reads } from './rows';

const PAGE = 100;
const AGAIN_MS = 1_500;

/** Nothing of it moves any more: it is full, and each is through. */
const settled = (page: IterationPage | undefined, show: IterationShow) =>
  show === 'all' && page?.items.length === PAGE && page.items.every(({ state }) => state === 'completed' || state === 'failed');

const over = (steps: StepView[] | undefined) =>
  steps?.some(({ step, attempts }) => step.type_key === 'flow.end' && attempts.some(({ state }) => state === 'completed')) ?? false;

export interface Iterations {
  open: Open;
  reads: Reads;
  toggleLoop: (order: number, within: string, show?: IterationShow) => void;
  toggleIteration: (order: number, path: string) => void;
  show: (key: string, show: IterationShow) => void;
  more: (key: string, next: number) => void;
}

export function useIterations(id: string, live: boolean): Iterations {
  const [open, setOpen] = useState<Open>(NOTHING_OPEN);
  const client = useQueryClient();
  useEffect(() => setOpen(NOTHING_OPEN), [id]);
  useEffect(() => {
    if (live) return;
    // The last changes came with the end.
    void client.invalidateQueries({ queryKey: ['execution_iterations', id] });
    void client.invalidateQueries({ queryKey: ['execution_iteration', id] });
  }, [client, id, live]);

  const wanted = useMemo(() => Object.entries(open.loops).flatMap(([key, loop]) => loop.after.map((after) => ({ key, loop, after }))), [open.loops]);
  const pages = useQueries({
    queries: wanted.map(({ loop, after }) => ({
      queryKey: [...keys.iterations(id, loop.order, loop.within, loop.show), after],
      queryFn: () => invoke.executionsIterations(id, { loop_order: loop.order, within: loop.within, show: loop.show, after, limit: PAGE }),
      refetchInterval: (query: { state: { data: IterationPage | undefined } }) => (live && !settled(query.state.data, loop.show) ? AGAIN_MS : false) as number | false,
    })),
  });
  const opened = useMemo(() => Object.entries(open.iterations), [open.iterations]);
  const inside = useQueries({
    queries: opened.map(([, { order, path }]) => ({
      queryKey: keys.iteration(id, order, path),
      queryFn: () => invoke.executionsIteration(id, order, path),
      refetchInterval: (query: { state: { data: StepView[] | undefined } }) => (live && !over(query.state.data) ? AGAIN_MS : false) as number | false,
    })),
  });

  const reads: Reads = {
    pages: (key) => wanted.flatMap((page, index) => (page.key === key ? [{ data: pages[index]?.data, error: pages[index]?.error ?? null }] : [])),
    steps: (key) => {
      const at = opened.findIndex(([own]) => own === key);
      return { data: inside[at]?.data, error: inside[at]?.error ?? null };
    },
  };
  const more = useCallback(
    (key: string, next: number) =>
      setOpen((before) => {
        const loop = before.loops[key];
        if (!loop || loop.after.includes(next)) return before;
        return { ...before, loops: { ...before.loops, [key]: { ...loop, after: [...loop.after, next] } } };
      }),
    [],
  );
  return {
    open,
    reads,
    toggleLoop: (order, within, show = 'all') =>
      setOpen(({ loops, iterations }) => {
        const key = loopKey(order, within);
        const { [key]: was, ...others } = loops;
        return { loops: was ? others : { ...loops, [key]: { order, within, show, after: [null] } }, iterations };
      }),
    toggleIteration: (order, path) =>
      setOpen(({ loops, iterations }) => {
        const key = iterationKey(order, path);
        const { [key]: was, ...others } = iterations;
        return { loops, iterations: was ? others : { ...iterations, [key]: { order, path } } };
      }),
    show: (key, show) =>
      setOpen((before) => {
        const loop = before.loops[key];
        return loop ? { ...before, loops: { ...before.loops, [key]: { ...loop, show, after: [null] } } } : before;
      }),
    more,
  };
}
