/** A run as the blocks show it: the newest attempt of each step, and how far it is. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { executionQuery, useExecutionProgress, type ExecutionProgress, type ExecutionView, type StepExecution, type StepExecutionState, type StepView } from '@/ipc';

export interface StepRun {
  state: StepExecutionState;
  attempt: StepExecution | null;
  progress: ExecutionProgress | null;
  /** Of a loop, or of a step inside one: how many iterations are done, of how many. */
  rounds: { done: number; of: number } | null;
}

export const isOver = (state: string): boolean => state === 'completed' || state === 'failed' || state === 'cancelled';

/** The newest of a step's attempts. */
export function newestAttempt(attempts: readonly StepExecution[]): StepExecution | null {
  return attempts.reduce<StepExecution | null>(
    (newest, attempt) => (newest === null || attempt.retry_attempt >= newest.retry_attempt ? attempt : newest),
    null,
  );
}

/** How a step is: by its newest attempt, inside a loop by what its iterations amount to. */
export function stateOf({ attempts, tally, taken_over }: Pick<StepView, 'attempts' | 'tally' | 'taken_over'>): StepExecutionState {
  const attempt = newestAttempt(attempts);
  if (attempt !== null || tally === null) return attempt?.state ?? (taken_over ? 'completed' : 'pending');
  if (tally.running > 0) return 'running';
  if (tally.failed > 0) return 'failed';
  return tally.completed > 0 ? 'completed' : tally.skipped > 0 ? 'skipped' : 'pending';
}

/** A step's outputs are values of any kind, kept as text. */
export function outputsOf(data: string | null): Record<string, unknown> {
  if (data === null) return {};
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const roundsOf = ({ iterations, tally }: StepView): StepRun['rounds'] =>
  iterations
    ? { done: iterations.completed, of: iterations.expected ?? iterations.begun }
    : tally && { done: tally.completed, of: tally.begun };

/** By the saved step's id. */
export function stepRuns(view: ExecutionView, progress: ReadonlyMap<number, ExecutionProgress>): ReadonlyMap<string, StepRun> {
  return new Map(
    view.steps.map((entry) => {
      const { step } = entry;
      const state = stateOf(entry);
      return [step.id, { state, attempt: newestAttempt(entry.attempts), rounds: roundsOf(entry), progress: state === 'running' ? (progress.get(step.step_order) ?? null) : null }];
    }),
  );
}

/** A run that is followed; `null` while there is none or it is not read yet. */
export function useRun(id: string | null): { view: ExecutionView; progress: ReadonlyMap<number, ExecutionProgress>; steps: ReadonlyMap<string, StepRun> } | null {
  const { data } = useQuery({
    ...executionQuery(id ?? ''),
    enabled: id !== null,
    // Events tell of every change; this only guards against one that was missed.
    refetchInterval: (query) => (query.state.data && isOver(query.state.data.execution.state) ? false : 2_000),
  });
  const progress = useExecutionProgress(id);
  return useMemo(() => (id !== null && data ? { view: data, progress, steps: stepRuns(data, progress) } : null), [id, data, progress]);
}
