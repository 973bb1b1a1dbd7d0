/** Trying patterns out: which files of the folder, or which names, would count, and why the others would not. */
import { useQuery } from '@tanstack/react-query';
import { Check, Minus, RotateCcw } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Button } from '@/components/Button';
import { DataTable, type Column } from '@/components/DataTable';
import { ErrorState } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { TextArea } from '@/components/Input';
import { SectionHead } from '@/components/Page';
import { SkeletonRows } from '@/components/Skeleton';
import { When } from '@/components/Text';
import { Segmented } from '@/components/Toggle';
import { t } from '@/i18n';
import { cn } from '@/lib/cn';
import { useSettled } from '@/lib/useSettled';
import type { Draft } from './draft';
import { folderQuery } from './folder';
import { verdictOf, type Verdict } from './verdict';

interface Tried extends Verdict {
  name: string;
  at: string | null;
}

type Shown = 'all' | 'yes' | 'no';

/** Windows and macOS do not tell upper from lower case; servers and Linux do. */
const ANY_CASE_HERE = /Windows|Macintosh/.test(navigator.userAgent);

export function PatternLab({ draft }: { draft: Draft }) {
  const { watch_target: target, recursive } = draft;
  const [source, setSource] = useState<'folder' | 'names'>('folder');
  const [pasted, setPasted] = useState('');
  const [shown, setShown] = useState<Shown>('all');
  const settled = useSettled(target, 500);
  const folder = useQuery({ ...folderQuery(settled), ...(source === 'names' && { enabled: false }) });
  const known = folder.data !== undefined && source === 'folder';
  const folders = known ? folder.data.filter((entry) => entry.is_directory).length : 0;
  const tried = useMemo(() => {
    const files = source === 'names' ? namesIn(pasted) : (folder.data ?? []).filter((entry) => !entry.is_directory).map((entry) => ({ name: entry.name, at: entry.modified_at }));
    const lines = (patterns: readonly string[]) => patterns.map((line) => line.trim()).filter((line) => line !== '');
    const rules = { include: lines(draft.file_patterns), exclude: lines(draft.exclude_patterns), recursive, anyCase: target.type === 'local' && ANY_CASE_HERE };
    return files.map((file): Tried => ({ ...file, ...verdictOf(file.name, rules) }));
  }, [source, pasted, folder.data, draft.file_patterns, draft.exclude_patterns, recursive, target.type]);
  const matching = tried.filter((file) => file.matches).length;
  const rows = tried.filter((file) => shown === 'all' || file.matches === (shown === 'yes'));
  const isAimed = target.path.trim() !== '' && (target.type === 'local' || Boolean(target.connection_id));
  return (
    <section aria-label={t('Pattern lab')} className="flex min-h-0 flex-col border-l border-line" data-lab={matching} data-tried={tried.length}>
      <SectionHead
        className="px-4"
        title={t('Pattern lab')}
        aside={
          source === 'folder' && (
            <Button size="sm" variant="ghost" id="lab-again" busy={folder.isFetching} disabled={!isAimed} onClick={() => void folder.refetch()}>
              <RotateCcw />
              {t('Look again')}
            </Button>
          )
        }
      />
      <div className="flex flex-none flex-wrap items-center gap-2 border-b border-line px-4 pb-2">
        <Segmented
          label={t('What is tried')}
          value={source}
          onChange={setSource}
          segments={[
            { value: 'folder', label: t('The folder now'), id: 'lab-folder' },
            { value: 'names', label: t('Names'), id: 'lab-names' },
          ]}
        />
        <Segmented
          label={t('What is shown')}
          value={shown}
          onChange={setShown}
          segments={[
            { value: 'all', label: t('All'), count: tried.length },
            { value: 'yes', label: t('Match'), count: matching, id: 'lab-matching' },
            { value: 'no', label: t('Not'), count: tried.length - matching },
          ]}
        />
      </div>
      {source === 'names' && (
        <div className="flex-none border-b border-line px-4 py-2">
          <Field label={t('Names, one a line')} help={t('Paths are meant from the folder that is watched.')}>
            <TextArea id="lab-pasted" mono rows={4} value={pasted} placeholder="invoices-2026-11.csv" onChange={(event) => setPasted(event.target.value)} />
          </Field>
        </div>
      )}
      {source === 'folder' && !isAimed ? (
        <p className="p-4 text-muted">{target.type === 'remote' && !target.connection_id ? t('Choose the server and the folder to see which of its files would count.') : t('Name the folder to see which of its files would count.')}</p>
      ) : source === 'folder' && folder.error ? (
        <ErrorState error={folder.error} what={t('The folder')} onRetry={() => void folder.refetch()} />
      ) : source === 'folder' && !folder.data ? (
        <SkeletonRows rows={6} label={t('Listing the folder')} />
      ) : rows.length === 0 ? (
        <p className="p-4 text-muted">{tried.length === 0 ? (source === 'names' ? t('Write or paste names of files.') : t('No file is in this folder.')) : t('None of them.')}</p>
      ) : (
        <DataTable label={t('Files that are tried')} columns={columns} rows={rows} keyOf={(file) => file.name} nameOf={(file) => file.name} rowAttribute="data-tried-file" dimmed={(file) => !file.matches} />
      )}
      {folders > 0 && (
        <p className="flex-none border-t border-line px-4 py-1.5 text-sm text-faint">
          {recursive ? t('{{count}} folders inside: looked into by the monitor, not listed here.', { count: folders }) : t('{{count}} folders inside: not looked into.', { count: folders })}
        </p>
      )}
    </section>
  );
}

function namesIn(text: string): { name: string; at: null }[] {
  const names = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  return [...new Set(names)].map((name) => ({ name, at: null }));
}

const columns: readonly Column<Tried>[] = [
  { id: 'file', header: t('File'), width: 'minmax(110px, 1.2fr)', className: 'mono text-sm', cell: (file) => <span title={file.name}>{file.name}</span> },
  { id: 'at', header: t('Changed'), width: '84px', align: 'right', className: 'text-sm text-muted', cell: (file) => <When at={file.at} /> },
  {
    id: 'why', header: t('Matches?'), width: 'minmax(140px, 1.4fr)',
    cell: (file) => {
      const Icon = file.matches ? Check : Minus;
      return (
        <span className={cn('flex min-w-0 items-center gap-1.5', file.matches ? 'text-ok' : 'text-muted')} title={`${file.word}. ${file.why}`}>
          <Icon className="size-3.5 flex-none" aria-hidden />
          <span className="flex-none">{file.word}</span>
          <span className="truncate text-sm text-faint">{file.why}</span>
        </span>
      );
    },
  },
];
