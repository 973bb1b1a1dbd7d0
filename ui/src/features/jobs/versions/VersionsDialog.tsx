/** The versions of a job: who made each and when, what differs, and going back to one. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { History, Undo2 } from 'lucide-react';
import { useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice, ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { When } from '@/components/Text';
import { Segmented } from '@/components/Toggle';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke, jobDiffQuery, jobVersionQuery, jobVersionsQuery, keys, stepTypesQuery, type JobVersionRow } from '@/ipc';
import { cn } from '@/lib/cn';
import { listed } from '@/lib/format';
import { Changes } from './Changes';
import { compare, type Compared } from './compare';

type View = 'since' | 'made';

/** `held` says why nothing can be restored now. */
export function VersionsDialog({ job, held, onClose }: { job: { id: string; name: string }; held?: string | undefined; onClose: () => void }) {
  const client = useQueryClient();
  const versions = useQuery(jobVersionsQuery(job.id));
  const [chosen, setChosen] = useState<number | null>(null);
  const [view, setView] = useState<View>('since');
  const current = versions.data?.[0]?.version_number ?? 1;
  const shown = chosen ?? Math.max(1, current - 1);
  const since = view === 'since' && shown !== current;
  const [from, to] = since ? [shown, current] : [shown - 1, shown];
  const comparison = useComparison(versions.isSuccess ? job.id : null, from, to);
  const sinceThen = useComparison(versions.isSuccess ? job.id : null, shown, current);
  const same = sinceThen.compared !== null && isSame(sinceThen.compared);
  const restore = useMutation({
    mutationFn: () => invoke.jobsRevert(job.id, shown, current),
    onSuccess: (restored) => {
      client.setQueryData(keys.job(job.id), (known: object | undefined) => (known ? { ...known, job: restored } : undefined));
      toast.done(t('Version {{shown}} restored', { shown }), t('It is version {{version}} now.', { version: restored.current_version }));
      onClose();
    },
    // Somebody else may have saved, which the list shows then.
    onError: () => void versions.refetch(),
  });
  const refused = shown === current ? t('This is the current version') : same ? t('It is like the current version') : held;
  const choose = (version: number) => {
    restore.reset();
    setChosen(version);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      id="versions-dialog"
      title={t('Versions of {{name}}', { name: job.name })}
      description={t('Every save made one, and none is ever lost. Restoring makes a new one.')}
      icon={<History className="text-muted" />}
      width={900}
      footer={
        <>
          {held !== undefined && shown !== current && !same && <span className="mr-auto text-sm text-muted">{held}</span>}
          <Button onClick={onClose}>{t('Close')}</Button>
          <Button id="restore-version" variant="primary" busy={restore.isPending} disabled={!versions.isSuccess || refused !== undefined} title={refused} onClick={() => restore.mutate()}>
            <Undo2 />
            {t('Restore version {{shown}}', { shown })}
          </Button>
        </>
      }
    >
      <div className="grid h-[min(520px,62vh)] grid-cols-[232px_minmax(0,1fr)] gap-4">
        {versions.isPending && <SkeletonRows label={t('Loading the versions')} rows={6} />}
        {versions.isError && <ErrorState error={versions.error} what={t('The versions')} onRetry={() => void versions.refetch()} />}
        {versions.isSuccess && (
          <>
            <List versions={versions.data} current={current} chosen={shown} onChoose={choose} />
            <div className="flex min-h-0 min-w-0 flex-col gap-3">
              <div className="flex flex-none items-center gap-3">
                <p id="versions-words" className="min-w-0 flex-1 text-muted">
                  {comparison.compared ? words(comparison.compared, from, to, since) : ''}
                </p>
                {shown !== current && (
                  <Segmented<View>
                    label={t('What is compared')}
                    value={view}
                    onChange={setView}
                    segments={[
                      { value: 'since', label: t('Changed since') },
                      { value: 'made', label: t('Changed by version {{shown}}', { shown }) },
                    ]}
                  />
                )}
              </div>
              {restore.isError && <ErrorNotice error={restore.error} />}
              <div tabIndex={0} role="region" aria-label={t('What changed')} className="min-h-0 flex-1 overflow-y-auto pr-1" data-compares={`${from}-${to}`}>
                {comparison.error ? (
                  <ErrorState error={comparison.error} what={t('The changes')} onRetry={comparison.retry} />
                ) : comparison.compared ? (
                  <Changes compared={comparison.compared} />
                ) : (
                  <SkeletonRows label={t('Comparing')} rows={5} />
                )}
              </div>
            </div>
          </>
        )}
      </div>
    </Dialog>
  );
}

/** Two versions beside each other. What comes before the first is a job without anything. */
function useComparison(job: string | null, from: number, to: number): { compared: Compared | null; error: unknown; retry: () => void } {
  const types = useQuery(stepTypesQuery());
  const first = from < 1;
  const [id, known] = [job ?? '', job !== null];
  const old = useQuery({ ...jobVersionQuery(id, from), enabled: known && !first });
  const next = useQuery({ ...jobVersionQuery(id, to), enabled: known });
  const diff = useQuery({ ...jobDiffQuery(id, from, to), enabled: known && !first });
  const compared = useMemo(() => {
    if (!types.data || !next.data || (!first && (!old.data || !diff.data))) return null;
    const before = first ? { ...next.data, steps: [] } : (old.data ?? next.data);
    return compare(before, next.data, diff.data?.changes ?? [], new Map(types.data.map((spec) => [spec.type_key, spec])));
  }, [first, types.data, old.data, next.data, diff.data]);
  const all = [types, next, ...(first ? [] : [old, diff])];
  return { compared, error: all.find(({ error }) => error)?.error, retry: () => all.forEach((one) => void (one.isError && one.refetch())) };
}

const isSame = ({ job, counts }: Compared) => job.length === 0 && Object.values(counts).every((n) => n === 0);

function words(compared: Compared, from: number, to: number, since: boolean): string {
  if (from < 1) return t('The first version.');
  if (isSame(compared)) return since ? t('Since version {{from}} nothing changed.', { from }) : t('By version {{to}} nothing changed.', { to });
  const { added, removed, moved, changed } = compared.counts;
  const said = [
    added > 0 && t('{{count}} steps added', { count: added }),
    removed > 0 && t('{{count}} steps removed', { count: removed }),
    moved > 0 && t('{{count}} steps moved', { count: moved }),
    changed > 0 && t('{{count}} steps changed', { count: changed }),
    compared.job.length > 0 && t('the job itself changed'),
  ].filter((one) => one !== false);
  const changes = listed(said);
  return since ? t('Since version {{from}}: {{changes}}.', { from, changes }) : t('By version {{to}}: {{changes}}.', { to, changes });
}

function List({ versions, current, chosen, onChoose }: { versions: readonly JobVersionRow[]; current: number; chosen: number; onChoose: (version: number) => void }) {
  const list = useRef<HTMLDivElement>(null);
  const onKey = (event: KeyboardEvent) => {
    const at = versions.findIndex(({ version_number }) => version_number === chosen);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: versions.length - 1 }[event.key];
    const version = next === undefined ? undefined : versions[next]?.version_number;
    if (version === undefined) return;
    event.preventDefault();
    onChoose(version);
    list.current?.querySelector<HTMLElement>(`[data-version="${version}"]`)?.focus();
  };
  return (
    <div ref={list} role="listbox" aria-label={t('Versions')} tabIndex={-1} className="flex min-h-0 flex-col overflow-y-auto rounded-md border border-line" onKeyDown={onKey}>
      {versions.map(({ version_number, created_at, created_by }) => (
        <button
          key={version_number}
          type="button"
          role="option"
          data-version={version_number}
          aria-selected={version_number === chosen}
          tabIndex={version_number === chosen ? 0 : -1}
          onClick={() => onChoose(version_number)}
          className={cn('flex flex-none flex-col border-b border-line px-3 py-1.5 text-left last:border-b-0 hover:bg-hover', version_number === chosen && 'bg-selected hover:bg-selected')}
        >
          <span className="flex w-full items-baseline gap-2">
            <span className="font-medium">{t('Version {{version}}', { version: version_number })}</span>
            {version_number === current && <span className="text-sm text-faint">{t('current')}</span>}
            <When at={created_at} className="ml-auto text-sm text-muted" />
          </span>
          <span className="w-full truncate text-sm text-faint" title={created_by}>
            {created_by}
          </span>
        </button>
      ))}
    </div>
  );
}
