/** The record of who did what: narrowed and paged in the database, each entry with what it changed, checked and exported. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Download, ScrollText, ShieldCheck } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import { useCrumbs } from '@/app/chrome';
import { Button } from '@/components/Button';
import { DataTable } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { ListFrame } from '@/components/ListFrame';
import { StatusBar, Toolbar } from '@/components/Page';
import { t } from '@/i18n';
import { asAppError, auditQuery, type AuditRow } from '@/ipc';
import { useShortcuts } from '@/lib/shortcuts';
import { auditColumns } from './columns';
import { EntryPanel } from './EntryPanel';
import { ExportRecord } from './ExportRecord';
import { Filters } from './Filters';
import { filterOf, isFiltered, type AuditSearch } from './filters';
import { VerifyChain } from './VerifyChain';

export function AuditPage({ search }: { search: AuditSearch }) {
  useCrumbs({ label: t('Audit') });
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<'verify' | 'export' | null>(null);
  const { kind, about, did, by, span, from, to, until, entry } = search;
  // Now stands still as long as nothing is chosen anew, so that the same is asked for.
  const filter = useMemo(() => filterOf({ kind, about, did, by, span, from, to } as AuditSearch, Date.now()), [kind, about, did, by, span, from, to]);
  const found = useInfiniteQuery(auditQuery(filter, until === undefined ? null : String(until + 1)));
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.items) ?? [], [found.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = found;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  const go = (next: { [K in keyof AuditSearch]?: AuditSearch[K] | undefined }) =>
    void navigate({ to: '/audit', search: Object.fromEntries(Object.entries({ ...search, ...next }).filter(([, value]) => value !== undefined)), replace: true });
  const show = (sequence: number | undefined) => go({ entry: sequence });
  useShortcuts({ Escape: { does: t('Close the details'), act: () => show(undefined) } });
  const shown = rows.find((row) => row.entry.sequence === entry);
  const unknown = found.isError && about !== undefined && asAppError(found.error).code === 'not_found';
  const only = (row: AuditRow) => void navigate({ to: '/audit', search: { about: row.entry.entity_id, entry: row.entry.sequence }, replace: true });

  return (
    <>
      <h1 className="sr-only">{t('Audit')}</h1>
      <Toolbar className="flex-wrap">
        <Filters search={search} name={rows[0]?.name ?? null} onChange={go} />
        <span className="ml-auto flex gap-2">
          <Button id="verify-chain" size="sm" onClick={() => setDialog('verify')}>
            <ShieldCheck />
            {t('Verify the chain')}
          </Button>
          <Button id="export-record" size="sm" onClick={() => setDialog('export')}>
            <Download />
            {t('Export')}
          </Button>
        </span>
      </Toolbar>
      <div className="flex min-h-0 flex-1">
        <div className="flex min-w-0 flex-1 flex-col overflow-hidden">
          <ListFrame
            of={{ ...found, isError: found.isError && !unknown }}
            loading={t('Loading the record')}
            failed={t('The record')}
            rows={unknown ? 0 : rows.length}
            keeps
            empty={
              !isFiltered(search) && (
                <EmptyState art={<ScrollText className="size-8" strokeWidth={1.25} aria-hidden />} title={t('Nothing was done yet')}>
                  {t('Whatever a person or Courier itself does to a job, a run, a connection, a key or a setting is noted here, with what was before and after. No entry can be changed without its being seen.')}
                </EmptyState>
              )
            }
            nothing={unknown ? t('Nothing is or was called “{{about}}”. Enter the whole name, an id, or the key of a setting.', { about }) : t('No entry fits the filter.')}
            all={t('Show all entries')}
            onAll={() => void navigate({ to: '/audit', search: {} })}
          >
            <DataTable
              label={t('Audit')}
              columns={auditColumns}
              rows={rows}
              keyOf={keyOf}
              nameOf={keyOf}
              rowAttribute="data-audit-row"
              current={entry === undefined ? null : String(entry)}
              onOpen={(row) => show(row.entry.sequence)}
              onCursor={(row) => row && entry !== undefined && show(row.entry.sequence)}
              onEnd={more}
            />
          </ListFrame>
          <StatusBar hints={[['/', t('Filter')], ['Enter', t('Details')]]}>{rows.length > 0 && !unknown ? (hasNextPage ? t('{{count}} entries so far, newest first', { count: rows.length }) : t('{{count}} entries, newest first', { count: rows.length })) : ''}</StatusBar>
        </div>
        {shown && <EntryPanel key={shown.entry.sequence} row={shown} onOnly={about === shown.entry.entity_id ? null : () => only(shown)} onClose={() => show(undefined)} />}
      </div>
      {dialog === 'verify' && (
        <VerifyChain
          onClose={() => setDialog(null)}
          onShow={(sequence) => {
            setDialog(null);
            void navigate({ to: '/audit', search: { until: sequence, entry: sequence } });
          }}
        />
      )}
      {dialog === 'export' && <ExportRecord since={filter.since} until={filter.until} onClose={() => setDialog(null)} />}
    </>
  );
}

const keyOf = (row: AuditRow) => String(row.entry.sequence);
