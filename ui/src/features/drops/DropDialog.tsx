/** What shall be done with files that were dropped on the window. What comes of it is opened unsaved, to be looked at. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { File, Folder } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Notice } from '@/components/Notice';
import { KeyValues } from '@/components/Page';
import { Skeleton } from '@/components/Skeleton';
import { MiddlePath } from '@/components/Text';
import { Segmented } from '@/components/Toggle';
import { newJobs } from '@/features/jobs/builder/handover';
import { kept } from '@/features/jobs/builder/model/autosave';
import { newMonitors } from '@/features/monitors/handover';
import { rich, t } from '@/i18n';
import { asAppError, connectionsQuery, invoke, pgpKeysQuery, type DroppedPath, type MonitorDraft } from '@/ipc';
import { nameOf } from '@/lib/paths';
import { Recipient, Server, type Destination } from './DropChoices';

type Way = 'upload' | 'watch' | 'encrypt';

/** So many are listed. */
const LISTED = 5;

export function DropDialog({ paths, onClose }: { paths: readonly string[]; onClose: () => void }) {
  const navigate = useNavigate();
  const [way, setWay] = useState<Way>('upload');
  const [destination, setDestination] = useState<Destination>({ connectionId: null, folder: '' });
  const [recipient, setRecipient] = useState<string | null>(null);
  const looked = useQuery({ queryKey: ['drops', 'look', paths], queryFn: () => invoke.dropsLook([...paths]), staleTime: 0, gcTime: 0, retry: false });
  const watched = useQuery({ queryKey: ['drops', 'watch', paths], queryFn: () => invoke.dropsWatch([...paths]), enabled: way === 'watch', staleTime: 0, gcTime: 0, retry: false });
  const connections = useQuery(connectionsQuery());
  const keys = useQuery(pgpKeysQuery());

  const make = useMutation({
    mutationFn: async () => {
      if (way === 'watch') return { to: '/monitors/new' as const, draft: newMonitors.offer(await invoke.dropsWatch([...paths])) };
      const job =
        way === 'upload'
          ? await invoke.dropsUpload([...paths], destination.connectionId ?? '', destination.folder)
          : await invoke.dropsEncrypt([...paths], recipient ?? '');
      return { to: '/jobs/new' as const, draft: newJobs.offer({ draft: job, template: null }) };
    },
    onSuccess: ({ to, draft }) => {
      onClose();
      void navigate({ to, search: { draft } });
    },
  });
  const missing = { upload: destination.connectionId === null ? t('Choose a server first') : null, watch: watched.data ? null : t('This cannot be watched'), encrypt: recipient === null ? t('Choose a key first') : null }[way];
  const turn = (to: Way) => {
    setWay(to);
    make.reset();
  };
  const blocked = looked.isSuccess ? missing : t('What was dropped cannot be read');
  const replaces = way !== 'watch' && kept(null) !== null;
  return (
    <Dialog
      open
      onClose={onClose}
      id="drop-dialog"
      title={paths.length === 1 ? nameOf(paths[0] ?? '') : t('{{count}} files dropped', { count: paths.length })}
      description={t('Nothing happens yet: you see what will be done, and save it or not.')}
      width={520}
      footer={
        <>
          <Button onClick={onClose}>{t('Cancel')}</Button>
          <Button id="drop-open" form="drop-form" type="submit" variant="primary" disabled={blocked !== null} title={blocked ?? undefined} busy={make.isPending}>
            {way === 'watch' ? t('Open as a new monitor') : t('Open as a new job')}
          </Button>
        </>
      }
    >
      {looked.isError ? <ErrorNotice error={looked.error} /> : <What dropped={looked.data} number={paths.length} />}
      <form
        id="drop-form"
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (blocked === null && !make.isPending) make.mutate();
        }}
      >
        <Segmented
          label={t('What to do')}
          className="self-start"
          value={way}
          onChange={turn}
          segments={[
            { value: 'upload', label: t('Upload these', { count: paths.length }), id: 'drop-upload' },
            { value: 'watch', label: t('Watch this folder'), id: 'drop-watch' },
            { value: 'encrypt', label: t('Encrypt these', { count: paths.length }), id: 'drop-encrypt' },
          ]}
        />
        {way === 'upload' &&
          (connections.data?.length === 0 ? (
            <Nothing to="connection" onLeave={onClose} />
          ) : (
            <Server destination={destination} onChange={setDestination} />
          ))}
        {way === 'encrypt' && (keys.data?.length === 0 ? <Nothing to="key" onLeave={onClose} /> : <Recipient recipient={recipient} onChange={setRecipient} />)}
        {way === 'watch' && <Watched draft={watched.data} error={watched.error} />}
      </form>
      {replaces && (
        <Notice tone="warn" title={t('A new job is waiting to be saved')}>
          {t('It is kept on this computer as a draft. This one takes its place.')}
        </Notice>
      )}
      {make.error ? <ErrorNotice error={make.error} /> : null}
    </Dialog>
  );
}

/** What was dropped, the first few of it. */
function What({ dropped, number }: { dropped: readonly DroppedPath[] | undefined; number: number }) {
  if (!dropped) {
    return (
      <div role="status" aria-busy="true" data-skeleton className="flex flex-col gap-2 rounded-md border border-line px-3 py-2">
        <span className="sr-only">{t('Looking at what was dropped')}</span>
        {Array.from({ length: Math.min(number, LISTED) }, (_, row) => (
          <Skeleton key={row} className="w-64" />
        ))}
      </div>
    );
  }
  return (
    <ul aria-label={t('Dropped')} className="flex flex-col gap-1 rounded-md border border-line px-3 py-2">
      {dropped.slice(0, LISTED).map((one) => {
        const Icon = one.is_directory ? Folder : File;
        return (
          <li key={one.path} data-dropped={one.path} className="flex min-w-0 items-center gap-2">
            <Icon className="size-3.5 flex-none text-faint" aria-label={one.is_directory ? t('Folder') : t('File')} />
            <MiddlePath text={one.path} />
          </li>
        );
      })}
      {dropped.length > LISTED && <li className="num text-sm text-faint">{t('and {{count}} more', { count: dropped.length - LISTED })}</li>}
    </ul>
  );
}

/** What the monitor would look for. */
function Watched({ draft, error }: { draft: MonitorDraft | undefined; error: unknown }) {
  if (error) {
    const [problem] = asAppError(error).problems;
    return problem ? <Notice tone="warn" title={problem.message} /> : <ErrorNotice error={error} />;
  }
  if (!draft) return <Skeleton className="w-64" />;
  return (
    <KeyValues
      rows={[
        [t('Looks into'), <MiddlePath key="folder" text={draft.watch_target.path} />],
        [t('For'), draft.file_patterns?.length ? <span key="for" className="mono">{draft.file_patterns.join(', ')}</span> : t('Every file')],
        [t('Folders inside'), draft.recursive ? t('Looked into') : t('Not looked into')],
      ]}
    />
  );
}

function Nothing({ to, onLeave }: { to: 'connection' | 'key'; onLeave: () => void }) {
  const link = 'text-accent-ink underline';
  return to === 'connection' ? (
    <Notice title={t('There is no connection yet')}>
      {rich('<link>Make one</link>, then drop the files again.', { link: (inner) => <Link to="/connections/$connectionId" params={{ connectionId: 'new' }} className={link} onClick={onLeave}>{inner}</Link> })}
    </Notice>
  ) : (
    <Notice title={t('There is no PGP key yet')}>
      {rich("<link>Import the recipient's key</link>, then drop the files again.", { link: (inner) => <Link to="/keys" className={link} onClick={onLeave}>{inner}</Link> })}
    </Notice>
  );
}
