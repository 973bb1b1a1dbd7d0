import { useEffect } from 'react';
import { t } from '@/i18n';
import { cn } from '@/lib/cn';
import { isOnTheWay } from '@/lib/ready';

/** Where something will be. */
export function Skeleton({ className }: { className?: string }) {
  return <span className={cn('skeleton inline-block h-3 align-middle', className)} aria-hidden />;
}

const WIDTHS = ['w-40', 'w-28', 'w-36', 'w-24', 'w-32'];

/** A list that is on its way. */
export function SkeletonRows({ rows = 12, label = t('Loading') }: { rows?: number; label?: string }) {
  useEffect(isOnTheWay, []);
  return (
    <div role="status" aria-busy="true" className="flex-1 overflow-hidden" data-skeleton>
      <span className="sr-only">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex h-8 items-center gap-6 border-b border-grid px-4">
          <Skeleton className={WIDTHS[row % WIDTHS.length] ?? 'w-32'} />
          <Skeleton className="w-24" />
          <Skeleton className="ml-auto w-16" />
          <Skeleton className="w-14" />
        </div>
      ))}
    </div>
  );
}
