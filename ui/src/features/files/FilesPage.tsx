/** Files that jobs and people have handled: found by name, path or SHA-256, each with its whole life. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCrumbs } from '@/app/chrome';
import { FileArt } from '@/components/Art';
import { Button } from '@/components/Button';
import { DataTable } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { FilterInput } from '@/components/FilterInput';
import { ListFrame } from '@/components/ListFrame';
import { StatusBar, Toolbar } from '@/components/Page';
import { t } from '@/i18n';
import { filesQuery, type FoundFile } from '@/ipc';
import { useShortcuts } from '@/lib/shortcuts';
import { useSearchInAddress } from '@/lib/useSearchInAddress';
import { fileColumns } from './columns';
import { PassportPanel } from './PassportPanel';

/** As many as a search answers with at most. */
const MOST = 200;

export function FilesPage({ q, file }: { q: string; file: string | null }) {
  useCrumbs({ label: t('Files') });
  const navigate = useNavigate();
  const go = (to: { q: string; file: string | null }) =>
    void navigate({ to: '/files', search: { ...(to.q === '' ? {} : { q: to.q }), ...(to.file === null ? {} : { file: to.file }) }, replace: true });
  const [text, setText] = useSearchInAddress(q, (next) => go({ q: next, file }));
  const show = (next: string | null) => go({ q, file: next });
  useShortcuts({ Escape: { does: t('Close the passport'), act: () => show(null) } });
  const found = useQuery(filesQuery(q));
  const rows = found.data ?? [];

  return (
    <>
      <h1 className="sr-only">{t('Files')}</h1>
      <Toolbar>
        <FilterInput value={text} onChange={setText} placeholder={t('Name, path or SHA-256')} className="w-[min(420px,60%)]" />
      </Toolbar>
      <div className="flex min-h-0 flex-1">
        <div className="flex min-w-0 flex-1 flex-col overflow-hidden">
          <ListFrame
            of={found}
            loading={t('Loading the files')}
            failed={t('The files')}
            rows={rows.length}
            keeps
            empty={
              q === '' && (
                <EmptyState art={<FileArt />} title={t('No file was handled yet')} actions={<Button id="go-jobs" variant="primary" onClick={() => void navigate({ to: '/jobs' })}>{t('Go to the jobs')}</Button>}>
                  {t('Each file that a job or a person fetches, makes, moves or sends appears here with its whole life: where it came from, what was made of it, and where it went.')}
                </EmptyState>
              )
            }
            nothing={t('No file is called “{{q}}”, lay at such a path, or has such a SHA-256.', { q })}
            all={t('Show the newest files')}
            onAll={() => setText('')}
          >
            {rows.length > 0 && (
              <DataTable
                label={t('Files')}
                columns={fileColumns}
                rows={rows}
                keyOf={keyOf}
                nameOf={nameOf}
                rowAttribute="data-file-row"
                current={file}
                onOpen={(row) => show(row.sha256)}
                onCursor={(row) => row && file !== null && show(row.sha256)}
              />
            )}
          </ListFrame>
          <StatusBar hints={[['/', t('Search')], ['Enter', t('Show its life')]]}>{found.isSuccess ? shownWords(rows.length, q) : ''}</StatusBar>
        </div>
        {file !== null && <PassportPanel key={file} sha256={file} q={q} onClose={() => show(null)} />}
      </div>
    </>
  );
}

function shownWords(rows: number, q: string): string {
  if (rows === 0) return '';
  if (rows < MOST) return q === '' ? t('{{count}} files, newest first', { count: rows }) : t('{{count}} files found, newest first', { count: rows });
  return q === '' ? t('The newest {{number}} files; search for others', { number: MOST }) : t('The newest {{number}} that were found; search for more of the name', { number: MOST });
}

const keyOf = (file: FoundFile) => file.sha256;
const nameOf = (file: FoundFile) => file.name;
