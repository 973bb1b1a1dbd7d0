/** What failed in a run, and the step that a new run would begin with to do it again. Pure. */
import { newestAttempt } from '@/features/jobs/builder/run';
import type { ExecutionView, StepView } from '@/ipc';

/** A new run can begin with it: it stands in no block, and there is something to do. */
export const canBegin = ({ step, depth, within }: StepView): boolean => step.enabled && depth === 0 && within === null && step.type_key !== 'flow.end';

/** The step that stopped the run; inside a loop, the one that failed in an iteration. */
export function failedStep(view: ExecutionView): StepView | undefined {
  const outside = view.steps.find(({ attempts }) => newestAttempt(attempts)?.state === 'failed');
  const inside = outside?.iterations ? view.steps.find(({ tally, iterations }) => !iterations && tally !== null && tally.failed > 0) : undefined;
  return inside ?? outside;
}

/** The failed step itself, or the outermost block around it. */
export function beginAgain(view: ExecutionView, failed: StepView | undefined): StepView | undefined {
  if (!failed) return undefined;
  return view.steps.findLast((entry) => canBegin(entry) && entry.step.step_order <= failed.step.step_order);
}
