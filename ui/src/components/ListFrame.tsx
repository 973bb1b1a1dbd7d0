/** What stands in the place of a list: that it is read, why it cannot be, its rows, or why there are none. */
import type { ReactNode } from 'react';
import { Button } from './Button';
import { ErrorState } from './ErrorState';
import { SkeletonRows } from './Skeleton';

export interface ListFrameProps {
  /** How the list is read. */
  of: { isPending: boolean; isError: boolean; error: unknown; refetch: () => unknown; isPlaceholderData?: boolean };
  /** `Loading the jobs`. */
  loading: string;
  /** `The jobs`, of which it is said that they cannot be shown. */
  failed: string;
  /** How many are shown. */
  rows: number;
  /** What was read before stays when it cannot be read again. */
  keeps?: boolean;
  /** In the place of the list as long as there is nothing to filter. */
  empty?: ReactNode;
  /** `No job fits the filter.` */
  nothing: ReactNode;
  /** `Show all jobs`. */
  all: string;
  onAll: () => void;
  /** The rows. */
  children: ReactNode;
}

export function ListFrame({ of, loading, failed, rows, keeps = false, empty, nothing, all, onAll, children }: ListFrameProps) {
  if (of.isPending) return <SkeletonRows label={loading} />;
  if (of.isError && !(keeps && rows > 0)) return <ErrorState error={of.error} what={failed} onRetry={() => void of.refetch()} />;
  // What is shown is the answer to the question before.
  if (rows > 0 || of.isPlaceholderData) return children;
  if (empty) return empty;
  return (
    <div className="flex flex-1 flex-col items-center justify-center gap-3 p-8 text-center text-muted" data-nothing-found>
      <span className="max-w-[400px] [overflow-wrap:anywhere]">{nothing}</span>
      <Button onClick={onAll}>{all}</Button>
    </div>
  );
}
