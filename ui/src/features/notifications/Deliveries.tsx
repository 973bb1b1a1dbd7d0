/** A list of notices with the one that is looked at beside; asks for the next page as one scrolls. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState, type ReactNode } from 'react';
import { DataTable } from '@/components/DataTable';
import { ErrorState } from '@/components/ErrorState';
import type { FittingColumn } from '@/components/fitting';
import { StatusBar } from '@/components/Page';
import { SkeletonRows } from '@/components/Skeleton';
import { t } from '@/i18n';
import { deliveriesQuery, type DeliveriesFilter, type DeliveryRow } from '@/ipc';
import { useShortcuts } from '@/lib/shortcuts';
import { DeliveryPanel } from './DeliveryPanel';

export const PAGE = 100;

export function Deliveries({ filter, columns, label, empty, actions }: {
  filter: Pick<DeliveriesFilter, 'rule_id' | 'state'>;
  columns: readonly FittingColumn<DeliveryRow>[];
  label: string;
  /** Instead of a list without rows. */
  empty: ReactNode;
  actions?: (row: DeliveryRow) => ReactNode;
}) {
  const found = useInfiniteQuery(deliveriesQuery({ ...filter, limit: PAGE }));
  const [current, setCurrent] = useState<string | null>(null);
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.items) ?? [], [found.data]);
  const shown = rows.find(({ delivery }) => delivery.id === current);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = found;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  useShortcuts({ Escape: { does: t('Close the details'), act: () => setCurrent(null) } });
  return (
    <div className="flex min-h-0 flex-1">
      <div className="flex min-w-0 flex-1 flex-col overflow-hidden">
        {found.isPending && <SkeletonRows label={t('Loading the notices')} />}
        {found.isError && !found.data && <ErrorState error={found.error} what={t('The notices')} onRetry={() => void found.refetch()} />}
        {found.isSuccess && rows.length === 0 && empty}
        {rows.length > 0 && (
          <DataTable
            label={label}
            columns={columns}
            rows={rows}
            keyOf={keyOf}
            nameOf={nameOf}
            rowAttribute="data-delivery-row"
            current={current}
            onOpen={({ delivery }) => setCurrent(delivery.id)}
            onCursor={(row) => row && current !== null && setCurrent(row.delivery.id)}
            onEnd={more}
            actions={actions}
          />
        )}
        <StatusBar hints={[['Enter', t('Details')]]}>{rows.length > 0 ? (hasNextPage ? t('{{count}} notices so far, newest first', { count: rows.length }) : t('{{count}} notices, newest first', { count: rows.length })) : ''}</StatusBar>
      </div>
      {shown && <DeliveryPanel key={shown.delivery.id} row={shown} onClose={() => setCurrent(null)} />}
    </div>
  );
}

const keyOf = ({ delivery }: DeliveryRow) => delivery.id;
const nameOf = ({ event_type, subject_name }: DeliveryRow) => `${event_type} ${subject_name ?? ''}`.trim();
