/** All monitors: where they look, whether they are well, what they start, and when they last did. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { CircleMinus, Ellipsis, Monitor, Pause, Play, Plus, Server, SquarePen, Trash2 } from 'lucide-react';
import { useMemo } from 'react';
import { useCrumbs } from '@/app/chrome';
import { FolderArt } from '@/components/Art';
import { Button, IconButton, Kbd } from '@/components/Button';
import { DataTable } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { FilterInput } from '@/components/FilterInput';
import { ListFrame } from '@/components/ListFrame';
import type { FittingColumn } from '@/components/fitting';
import { Menu } from '@/components/Menu';
import { StatusBar, Toolbar } from '@/components/Page';
import { StateLabel } from '@/components/State';
import { MiddlePath, When } from '@/components/Text';
import { Started } from '@/features/starts/Started';
import { ifTagged, tagsColumn } from '@/features/tags/tagsColumn';
import { locale, t } from '@/i18n';
import { monitorNewestFilesQuery, monitorsQuery, type MonitorRow } from '@/ipc';
import { useShortcuts } from '@/lib/shortcuts';
import { useText } from '@/lib/useFilters';
import { MAIN, useSteering } from './useSteering';
import { healthOf, MONITOR_STATES, seconds } from './words';

export function MonitorsPage() {
  useCrumbs({ label: t('Monitors') });
  const navigate = useNavigate();
  const monitors = useQuery(monitorsQuery());
  const [text, setText] = useText();
  const rows = useMemo(() => (monitors.data ?? []).filter((row) => isShown(row, text)), [monitors.data, text]);
  const create = () => void navigate({ to: '/monitors/new' });
  useShortcuts({ n: { does: t('New monitor'), act: create } });
  const none = monitors.isSuccess && monitors.data.length === 0;
  const add = (
    <Button id="new-monitor" variant="primary" className="ml-auto" onClick={create}>
      <Plus />
      {t('New monitor')}
      <Kbd onAccent>N</Kbd>
    </Button>
  );
  return (
    <>
      <h1 className="sr-only">{t('Monitors')}</h1>
      {!none && (
        <Toolbar>
          <FilterInput value={text} onChange={setText} placeholder={t('Name, folder or tag')} />
          {add}
        </Toolbar>
      )}
      <div className="flex min-h-0 flex-1 flex-col">
        <ListFrame
          of={monitors}
          loading={t('Loading the monitors')}
          failed={t('The monitors')}
          rows={rows.length}
          empty={
            none && (
              <EmptyState art={<FolderArt />} title={t('No monitors yet')} actions={add}>
                {t('A monitor looks into a folder, here or on a server, and starts a job when a file arrives there, once it is no longer being written.')}
              </EmptyState>
            )
          }
          nothing={t('No monitor fits the filter.')}
          all={t('Show all monitors')}
          onAll={() => setText('')}
        >
          <DataTable
            label={t('Monitors')}
            columns={ifTagged(columns, monitors.data ?? [])}
            rows={rows}
            keyOf={keyOf}
            nameOf={nameOf}
            rowAttribute="data-monitor-row"
            dimmed={({ monitor }) => monitor.state === 'disabled'}
            onOpen={({ monitor }) => void navigate({ to: '/monitors/$monitorId', params: { monitorId: monitor.id } })}
            actions={(row) => <RowActions row={row} />}
          />
        </ListFrame>
      </div>
      {!none && <StatusBar hints={[['Enter', t('Open')], ['/', t('Filter')]]}>{monitors.isSuccess ? t('{{number}} of {{count}} monitors shown', { count: monitors.data.length, number: rows.length }) : ''}</StatusBar>}
    </>
  );
}

const keyOf = ({ monitor }: MonitorRow) => monitor.id;
const nameOf = ({ monitor }: MonitorRow) => monitor.name;

function isShown({ monitor, connection_name, tags }: MonitorRow, text: string): boolean {
  return `${monitor.name} ${monitor.watch_target.path} ${connection_name ?? ''} ${tags.map((tag) => tag.name).join(' ')}`.toLocaleLowerCase().includes(text.trim().toLocaleLowerCase());
}

const columns: readonly FittingColumn<MonitorRow>[] = [
  { id: 'name', header: t('Name'), width: 'minmax(150px, 1.2fr)', least: 150, rank: 0, cell: ({ monitor }) => <span className="font-medium" title={monitor.name}>{monitor.name}</span> },
  { id: 'where', header: t('Where'), width: 'minmax(180px, 1.5fr)', least: 180, rank: 1, cell: (row) => <Where row={row} /> },
  {
    id: 'state', header: t('State'), width: 'minmax(160px, 1.1fr)', least: 160, rank: 0,
    cell: ({ monitor, expected }) => (
      <StateLabel look={MONITOR_STATES[monitor.state]} title={monitor.last_error ?? undefined}>
        {expected?.is_missing ? t('{{health}}, files missing', { health: healthOf(monitor) }) : healthOf(monitor)}
      </StateLabel>
    ),
  },
  { id: 'starts', header: t('Starts'), width: 'minmax(120px, 1fr)', least: 120, rank: 2, cell: ({ monitor, starts }) => <Started bindings={monitor.bindings} names={starts} /> },
  tagsColumn(6),
  { id: 'every', header: t('Every'), width: '76px', least: 76, rank: 5, align: 'right', className: 'text-sm text-muted', cell: ({ monitor }) => seconds(monitor.polling_interval_sec) },
  { id: 'last', header: t('Last file'), width: '100px', least: 100, rank: 3, align: 'right', className: 'text-sm text-muted', cell: ({ monitor }) => <LastFile id={monitor.id} /> },
  { id: 'files', header: t('Files'), width: '72px', least: 72, rank: 4, align: 'right', className: 'text-sm', cell: ({ monitor }) => <FilesCount id={monitor.id} /> },
];

function Where({ row: { monitor, connection_name } }: { row: MonitorRow }) {
  const remote = monitor.watch_target.type === 'remote';
  const Icon = remote ? Server : Monitor;
  return (
    <span className="flex min-w-0 items-center gap-1.5">
      <Icon className="size-3.5 flex-none text-faint" aria-hidden />
      <span className={remote ? 'max-w-[50%] flex-none truncate' : 'sr-only'} title={connection_name ?? undefined}>
        {remote ? connection_name : t('This computer')}
      </span>
      <MiddlePath text={monitor.watch_target.path} className="text-sm text-muted" />
    </span>
  );
}

function LastFile({ id }: { id: string }) {
  const { data } = useQuery(monitorNewestFilesQuery(id));
  return <When at={data?.items[0]?.triggered_at} />;
}

function FilesCount({ id }: { id: string }) {
  const { data } = useQuery(monitorNewestFilesQuery(id));
  return <>{data === undefined ? '' : `${data.items.length.toLocaleString(locale)}${data.next === null ? '' : '+'}`}</>;
}

function RowActions({ row: { monitor } }: { row: MonitorRow }) {
  const navigate = useNavigate();
  const { steer, remove } = useSteering(monitor);
  const main = MAIN[monitor.state];
  return (
    <>
      <IconButton label={`${main.label} ${monitor.name}`} size="sm" busy={steer.isPending} onClick={() => steer.mutate(main.event)}>
        {monitor.state === 'active' ? <Pause /> : <Play />}
      </IconButton>
      <Menu
        trigger={
          <IconButton label={t('More for {{name}}', { name: monitor.name })} size="sm">
            <Ellipsis />
          </IconButton>
        }
        actions={[
          { label: t('Open'), icon: <SquarePen />, onSelect: () => void navigate({ to: '/monitors/$monitorId', params: { monitorId: monitor.id } }) },
          ...(monitor.state === 'disabled' ? [] : [{ label: t('Disable'), icon: <CircleMinus />, onSelect: () => steer.mutate('disable') }]),
          { label: t('Delete'), icon: <Trash2 />, danger: true, separated: true, onSelect: () => remove.mutate() },
        ]}
      />
    </>
  );
}
