/** How far a whole run is, from its steps and the live stream. */
import type { ExecutionProgress, ExecutionView, LoopTally, StepExecutionState } from '@/ipc';
import { stateOf } from '@/features/jobs/builder/run';

export interface Overall {
  /** 0 to 1; `null` before anything is known. */
  share: number | null;
  /** Enabled steps, and how many of them are over. */
  steps: number;
  done: number;
  /** The stream's newest word on the step that runs. */
  live: ExecutionProgress | null;
  /** Milliseconds until the running step is through, if its rate is known. */
  left: number | null;
}

const OVER: Record<StepExecutionState, boolean> = { pending: false, running: false, completed: true, failed: true, skipped: true };

export function overall(view: ExecutionView, progress: ReadonlyMap<number, ExecutionProgress>): Overall {
  // What stands in a loop is a part of the loop.
  const steps = view.steps.filter(({ step, within }) => step.enabled && within === null);
  const states = steps.map(stateOf);
  const done = states.filter((state) => OVER[state]).length;
  const running = steps[states.indexOf('running')];
  const live = (running && !running.iterations && progress.get(running.step.step_order)) || null;
  const inside = running?.iterations ? throughLoop(running.iterations) : live?.total_bytes ? Math.min(1, live.bytes_transferred / live.total_bytes) : 0;
  const rate = live?.transfer_rate_bytes_per_sec ?? 0;
  return {
    share: steps.length === 0 ? null : Math.min(1, (done + inside) / steps.length),
    steps: steps.length,
    done,
    live,
    left: live?.total_bytes && rate > 0 ? ((live.total_bytes - live.bytes_transferred) / rate) * 1000 : null,
  };
}

/** How far a loop is, 0 to 1; nothing can be said before it is known how many iterations there will be. */
function throughLoop({ completed, failed, expected }: LoopTally): number {
  return expected === null || expected === 0 ? 0 : Math.min(1, (completed + failed) / expected);
}
