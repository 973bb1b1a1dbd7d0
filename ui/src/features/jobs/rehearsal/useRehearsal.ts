/** A dry run as the window follows it: started, told step by step, stopped. Only the newest one counts. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { asAppError, host, invoke, keys, type Rehearsal, type RehearsalAsked, type RehearsedStep } from '@/ipc';

export interface RehearsalState {
  running: boolean;
  /** Those that are known, in the job's order. */
  steps: readonly RehearsedStep[];
  result: Rehearsal | null;
  error: unknown;
}

export interface RehearsalControl {
  /** `null` before the first one. */
  state: RehearsalState | null;
  start: (of: Omit<RehearsalAsked, 'rehearsal'>) => Promise<void>;
  /** Ends the one that runs. */
  stop: () => void;
  forget: () => void;
}

let asked = 0;

export function useRehearsal(): RehearsalControl {
  const [state, setState] = useState<RehearsalState | null>(null);
  const current = useRef<string | null>(null);
  const client = useQueryClient();
  const stop = () => {
    const name = current.current;
    current.current = null;
    // One that cannot be stopped ends by itself, and nobody listens any more.
    if (name !== null) void invoke.jobsRehearseStop(name).catch(() => undefined);
  };
  useEffect(() => stop, []);
  const start = async (of: Omit<RehearsalAsked, 'rehearsal'>) => {
    stop();
    asked += 1;
    const name = `rehearsal-${Date.now()}-${asked}`;
    current.current = name;
    setState({ running: true, steps: [], result: null, error: null });
    const isCurrent = () => current.current === name;
    const channel = host().channel<RehearsedStep>((step) => {
      if (isCurrent()) setState((before) => before && { ...before, steps: [...before.steps, step] });
    });
    try {
      const result = await invoke.jobsRehearse({ ...of, rehearsal: name }, channel);
      if (isCurrent()) setState({ running: false, steps: result.steps, result, error: null });
      // That there was one is no change of the store, so no event tells of it.
      void client.invalidateQueries({ queryKey: keys.firstSteps });
    } catch (error) {
      if (isCurrent()) setState((before) => ({ running: false, steps: before?.steps ?? [], result: null, error: asAppError(error).code === 'cancelled' ? null : error }));
    } finally {
      if (isCurrent()) current.current = null;
    }
  };
  return {
    state,
    start,
    stop: () => {
      stop();
      setState((before) => before && { ...before, running: false });
    },
    forget: () => {
      stop();
      setState(null);
    },
  };
}
