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
import { fitting } from '@/components/fitting';
import { StatusBar, Toolbar } from '@/components/Page';
import { filesQuery, type FoundFile } from '@/ipc';
import { count } from '@/lib/format';
import { useShortcuts } from '@/lib/shortcuts';
import { useSearchInAddress } from '@/lib/useSearchInAddress';
import { useWidth } from '@/lib/useWidth';
import { fileColumns } from './columns';
import { PassportPanel } from './PassportPanel';

/** As many as a search answers with at most. */
const MOST = 200;

export function FilesPage({ q, file }: { q: string; file: string | null }) {
  useCrumbs({ label: 'Files' });
  const navigate = useNavigate();
  const go = (to: { q: string; file: string | null }) =>
    void navigate({ to: '/files', search: { ...(to.q === '' ? {} : { q: to.q }), ...(to.file === null ? {} : { file: to.file }) }, replace: true });
  const [text, setText] = useSearchInAddress(q, (next) => go({ q: next, file }));
  const show = (next: string | null) => go({ q, file: next });
  useShortcuts({ Escape: { does: 'Close the passport', act: () => show(null) } });
  const found = useQuery(filesQuery(q));
  const [list, width] = useWidth<HTMLDivElement>();
  const rows = found.data ?? [];

  return (
    <>
      <h1 className="sr-only">Files</h1>
      <Toolbar>
        <FilterInput value={text} onChange={setText} placeholder="Name, path or SHA-256" className="w-[min(420px,60%)]" />
      </Toolbar>
      <div className="flex min-h-0 flex-1">
        <div ref={list} className="flex min-w-0 flex-1 flex-col overflow-hidden">
          <ListFrame
            of={found}
            loading="Loading the files"
            failed="The files"
            rows={rows.length}
            keeps
            empty={
              q === '' && (
                <EmptyState art={<FileArt />} title="No file was handled yet" actions={<Button id="go-jobs" variant="primary" onClick={() => void navigate({ to: '/jobs' })}>Go to the jobs</Button>}>
                  Each file that a job or a person fetches, makes, moves or sends appears here with its whole life: where it came from, what was made of it, and where it went.
                </EmptyState>
              )
            }
            nothing={`No file is called “${q}”, lay at such a path, or has such a SHA-256.`}
            all="Show the newest files"
            onAll={() => setText('')}
          >
            {rows.length > 0 && (
              <DataTable
                label="Files"
                columns={fitting(fileColumns, width)}
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
          <StatusBar hints={[['/', 'Search'], ['Enter', 'Show its life']]}>{found.isSuccess ? shownWords(rows.length, q) : ''}</StatusBar>
        </div>
        {file !== null && <PassportPanel key={file} sha256={file} q={q} onClose={() => show(null)} />}
      </div>
    </>
  );
}

function shownWords(rows: number, q: string): string {
  if (rows === 0) return '';
  if (rows < MOST) return q === '' ? `${count(rows, 'file')}, newest first` : `${count(rows, 'file')} found, newest first`;
  return q === '' ? `The newest ${MOST} files; search for others` : `The newest ${MOST} that were found; search for more of the name`;
}

const keyOf = (file: FoundFile) => file.sha256;
const nameOf = (file: FoundFile) => file.name;
