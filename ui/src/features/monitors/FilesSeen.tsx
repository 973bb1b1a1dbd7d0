/** The files for which a monitor started something, newest first. */
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Eraser, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { FolderArt } from '@/components/Art';
import { Button, IconButton } from '@/components/Button';
import { DataTable, type Column } from '@/components/DataTable';
import { ConfirmDialog } from '@/components/Dialog';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { StatusBar } from '@/components/Page';
import { SkeletonRows } from '@/components/Skeleton';
import { MiddlePath, When } from '@/components/Text';
import { toast } from '@/components/toast';
import { shortId } from '@/features/executions/execution/ExecutionHead';
import { ShowRowInFiles } from '@/features/files/ShowInFiles';
import { t } from '@/i18n';
import { invoke, monitorFilesQuery, type FileMonitor, type MonitorFileLog } from '@/ipc';
import { bytes } from '@/lib/format';
import { EVENTS } from './words';

export function FilesSeen({ monitor }: { monitor: FileMonitor }) {
  const files = useInfiniteQuery(monitorFilesQuery(monitor.id));
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [forgetting, setForgetting] = useState<readonly MonitorFileLog[] | null>(null);
  const rerun = useMutation({
    mutationFn: (paths: string[]) => invoke.monitorsFilesRerun(monitor.id, paths),
    onSuccess: (number) => {
      toast.done(t('{{count}} files started again', { count: number }));
      setSelected(new Set());
    },
    onError: (error: unknown) => toast.failed(error),
  });
  const rows = files.data?.pages.flatMap((page) => page.items) ?? [];
  const chosen = rows.filter((file) => selected.has(file.id));
  if (files.isPending) return <SkeletonRows label={t('Loading the files')} />;
  if (files.isError && !files.data) return <ErrorState error={files.error} what={t('The files')} onRetry={() => void files.refetch()} />;
  if (rows.length === 0) {
    return (
      <EmptyState art={<FolderArt />} title={t('No file has come yet')}>
        {t('Files that this monitor starts something for are listed here. What was in the folder when it began does not count.')}
      </EmptyState>
    );
  }
  return (
    <>
      <DataTable
        label={t('Files seen')}
        columns={columnsOf(monitor)}
        rows={rows}
        keyOf={(file) => file.id}
        nameOf={(file) => file.file_path}
        rowAttribute="data-seen-file"
        selected={selected}
        onSelect={setSelected}
        onEnd={() => files.hasNextPage && !files.isFetchingNextPage && void files.fetchNextPage()}
        actions={(file) => (
          <>
            {monitor.watch_target.type === 'local' && <ShowRowInFiles path={file.file_path} />}
            <IconButton label={t('Forget {{file}}', { file: file.file_path })} size="sm" onClick={() => setForgetting([file])}>
              <Eraser />
            </IconButton>
          </>
        )}
      />
      {chosen.length > 0 && (
        <div role="toolbar" aria-label={t('Selected files')} className="flex h-10 flex-none items-center gap-3 border-t border-line px-4">
          <span className="num font-medium">{t('{{count}} selected', { count: chosen.length })}</span>
          <Button size="sm" id="forget-files" onClick={() => setForgetting(chosen)}>
            <Eraser />
            {t('Forget')}
          </Button>
          <Button
            size="sm"
            id="rerun-files"
            title={t('What they started is started once more')}
            busy={rerun.isPending}
            onClick={() => rerun.mutate([...new Set(chosen.map((file) => file.file_path))])}
          >
            <RotateCcw />
            {t('Run again')}
          </Button>
          <Button size="sm" variant="ghost" onClick={() => setSelected(new Set())}>
            {t('Select none')}
          </Button>
        </div>
      )}
      <StatusBar hints={[['Space', t('Select')]]}>{files.hasNextPage ? t('{{count}} files so far, newest first', { count: rows.length }) : t('{{count}} files, newest first', { count: rows.length })}</StatusBar>
      {forgetting && (
        <Forget
          monitor={monitor}
          files={forgetting}
          onClose={() => setForgetting(null)}
          onDone={() => {
            setForgetting(null);
            setSelected(new Set());
          }}
        />
      )}
    </>
  );
}

function Forget({ monitor, files, onClose, onDone }: { monitor: { id: string; name: string }; files: readonly MonitorFileLog[]; onClose: () => void; onDone: () => void }) {
  const paths = [...new Set(files.map((file) => file.file_path))];
  const what = paths.length === 1 ? (paths[0] ?? '') : t('{{count}} files', { count: paths.length });
  const forget = useMutation({
    mutationFn: () => invoke.monitorsFilesForget(monitor.id, paths),
    onSuccess: () => {
      toast.done(t('{{what}} forgotten', { what }));
      onDone();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => forget.mutate()}
      title={t('Forget {{what}}?', { what })}
      action={t('Forget {{count}} files', { count: paths.length })}
      keep={t('Keep them', { count: paths.length })}
      busy={forget.isPending}
      error={forget.error}
      danger={false}
    >
      <p>{t('If they are still in the folder, {{name}} starts something for them once more at its next look. Files and runs stay as they are.', { count: paths.length, name: monitor.name })}</p>
    </ConfirmDialog>
  );
}

const columnsOf = (monitor: FileMonitor): readonly Column<MonitorFileLog>[] => [
  { id: 'file', header: t('File'), width: 'minmax(160px, 2fr)', cell: (file) => <MiddlePath text={file.file_path} className="text-sm" /> },
  { id: 'size', header: t('Size'), width: '80px', align: 'right', className: 'text-sm', cell: (file) => bytes(file.file_size) },
  { id: 'event', header: t('Event'), width: '88px', className: 'text-sm', cell: (file) => `${EVENTS[file.trigger_event].short}${file.generation > 1 ? `, ${file.generation}×` : ''}` },
  { id: 'fired', header: t('Fired'), width: '96px', align: 'right', className: 'text-sm text-muted', cell: (file) => <When at={file.triggered_at} /> },
  { id: 'run', header: t('Run'), width: 'minmax(90px, 1fr)', className: 'text-sm', cell: (file) => <Runs file={file} monitor={monitor} /> },
];

function Runs({ file, monitor }: { file: MonitorFileLog; monitor: FileMonitor }) {
  const link = 'mono text-accent-ink hover:underline';
  return (
    <span className="flex gap-2">
      {file.executions.map(({ binding_id, job_execution_id, chain_execution_id }) => {
        const chainId = monitor.bindings.find((binding) => binding.id === binding_id)?.chain_id;
        if (job_execution_id !== null) {
          return (
            <Link key={binding_id} to="/executions/$executionId" params={{ executionId: job_execution_id }} className={link} title={t('Open this run')}>
              {shortId(job_execution_id)}
            </Link>
          );
        }
        // What it was bound to may have been taken away since.
        if (chain_execution_id === null || !chainId) return <span key={binding_id} className="mono text-muted">{t('chain')}</span>;
        return (
          <Link key={binding_id} to="/chains/$chainId" params={{ chainId }} search={{ run: chain_execution_id }} className={link} title={t('Open this run of a chain')}>
            {shortId(chain_execution_id)}
          </Link>
        );
      })}
    </span>
  );
}
