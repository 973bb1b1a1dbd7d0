/** Live progress of a run. It is not state: what is missed is gone, and nothing of it is kept. */
import { useEffect, useState } from 'react';
import type { ExecutionProgress } from './bindings';
import { host } from './host';

/** The newest progress of each step of a run, by step order; empty until the first message. */
export function useExecutionProgress(id: string | null): ReadonlyMap<number, ExecutionProgress> {
  const [steps, setSteps] = useState<ReadonlyMap<number, ExecutionProgress>>(new Map());
  useEffect(() => {
    setSteps(new Map());
    if (id === null) return;
    let listening = true;
    const channel = host().channel<ExecutionProgress>((message) => {
      if (listening) setSteps((before) => new Map(before).set(message.step_order, message));
    });
    // A run that ended meanwhile has no progress to follow; its state says so.
    void host().commands.executionsFollow(id, channel).catch(() => undefined);
    return () => {
      listening = false;
    };
  }, [id]);
  return steps;
}

/** The newest message of a run, whichever step it is about. */
export function newest(steps: ReadonlyMap<number, ExecutionProgress>): ExecutionProgress | null {
  let last: ExecutionProgress | null = null;
  for (const step of steps.values()) if (last === null || step.step_order >= last.step_order) last = step;
  return last;
}
