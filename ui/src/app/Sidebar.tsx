/** The navigation: where one can go, and what there needs attention. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Activity, CircleHelp, FileSearch, Hourglass, KeyRound, LayoutDashboard, PanelLeft, Power, Radar, ScrollText, Server, SlidersHorizontal, Waypoints, Workflow, type LucideIcon } from 'lucide-react';
import { IconButton, Kbd } from '@/components/Button';
import { FirstStepsLink } from '@/features/first-steps/FirstStepsLink';
import { locale, t } from '@/i18n';
import { monitorsQuery, pgpKeysQuery, statusQuery, type AppStatus, type MonitorRow, type ScheduleHold } from '@/ipc';
import { cn } from '@/lib/cn';
import { useChrome } from './chrome';

interface Place {
  to: '/' | '/jobs' | '/chains' | '/executions' | '/monitors' | '/connections' | '/keys' | '/files' | '/audit' | '/settings';
  name: string;
  label: string;
  icon: LucideIcon;
}

export const PLACES: readonly Place[] = [
  { to: '/', name: 'dashboard', label: t('Dashboard'), icon: LayoutDashboard },
  { to: '/jobs', name: 'jobs', label: t('Jobs'), icon: Workflow },
  { to: '/chains', name: 'chains', label: t('Chains'), icon: Waypoints },
  { to: '/executions', name: 'executions', label: t('Executions'), icon: Activity },
  { to: '/monitors', name: 'monitors', label: t('Monitors'), icon: Radar },
  { to: '/connections', name: 'connections', label: t('Connections'), icon: Server },
  { to: '/keys', name: 'keys', label: t('Keys'), icon: KeyRound },
  { to: '/files', name: 'files', label: t('Files'), icon: FileSearch },
  { to: '/audit', name: 'audit', label: t('Audit'), icon: ScrollText },
  { to: '/settings', name: 'settings', label: t('Settings'), icon: SlidersHorizontal },
];

const placeClass = 'relative flex h-7 items-center gap-2 rounded-md font-medium text-muted hover:bg-hover hover:text-ink aria-[current=page]:bg-active aria-[current=page]:text-ink';

interface Count {
  text: string;
  tone: string;
}

function countOf(place: Place, status: AppStatus | undefined, expiring: number, monitors: readonly MonitorRow[]): Count | null {
  if (!status) return null;
  const { jobs, connections, executions_running, pgp_keys, ssh_keys } = status.counts;
  const plain = (n: number): Count | null => (n === 0 ? null : { text: n.toLocaleString(locale), tone: 'text-faint' });
  switch (place.name) {
    case 'jobs':
      return plain(jobs);
    case 'connections':
      return plain(connections);
    case 'monitors': {
      const failed = monitors.filter(({ monitor }) => monitor.state === 'error').length;
      return failed > 0 ? { text: t('{{count}} in error', { count: failed }), tone: 'text-fail' } : plain(monitors.length);
    }
    case 'executions':
      return executions_running === 0 ? null : { text: t('{{count}} running', { count: executions_running }), tone: 'text-run' };
    case 'keys':
      return expiring > 0 ? { text: t('{{count}} expiring', { count: expiring }), tone: 'text-warn' } : plain(pgp_keys + ssh_keys);
    default:
      return null;
  }
}

export function Sidebar({ narrow }: { narrow: boolean }) {
  const { data: status } = useQuery(statusQuery());
  const { data: pgpKeys } = useQuery(pgpKeysQuery());
  const expiring = pgpKeys?.filter((row) => row.key.status === 'expiring').length ?? 0;
  const { data: monitors } = useQuery(monitorsQuery());
  const toggle = useChrome((state) => state.toggleCollapsed);
  return (
    <aside className={cn('flex min-w-0 flex-col border-r border-line bg-side pb-2', narrow ? 'px-1.5' : 'px-2')}>
      <div className={cn('flex h-11 flex-none items-center gap-2 font-semibold tracking-[-0.01em]', narrow ? 'px-2' : 'px-1.5')}>
        <span className="grid size-5 flex-none place-items-center rounded-[5px] bg-accent text-on-accent">
          <svg viewBox="0 0 24 24" className="size-[13px]" fill="none" stroke="currentColor" strokeWidth="2.1" strokeLinecap="round" strokeLinejoin="round" aria-hidden>
            <path d="M4 12h10M10 7l5 5-5 5M20 5v14" />
          </svg>
        </span>
        {!narrow && (
          <>
            <span>Courier</span>
            <IconButton label={t('Collapse navigation')} shortcut="Ctrl+B" size="sm" className="ml-auto" onClick={toggle}>
              <PanelLeft />
            </IconButton>
          </>
        )}
      </div>
      <nav aria-label={t('Main')} className="flex flex-col gap-px">
        {PLACES.map((place) => {
          const count = countOf(place, status, expiring, monitors ?? []);
          const Icon = place.icon;
          return (
            <div key={place.name} className="contents">
              {place.name === 'settings' && <div className="m-2 h-px bg-line" role="presentation" />}
              <Link
                to={place.to}
                data-nav={place.name}
                activeOptions={{ exact: place.to === '/', includeSearch: false }}
                title={narrow ? place.label : undefined}
                aria-label={narrow ? place.label : undefined}
                className={cn(placeClass, narrow ? 'justify-center' : 'px-2')}
              >
                <Icon className="size-4 flex-none" strokeWidth={1.75} aria-hidden />
                {!narrow && <span>{place.label}</span>}
                {!narrow && count && <span className={cn('num ml-auto text-xs font-medium', count.tone)}>{count.text}</span>}
                {narrow && count && count.tone !== 'text-faint' && (
                  <span className={cn('absolute top-1 right-1.5 size-1.5 rounded-full bg-current ring-2 ring-side', count.tone)} title={count.text} />
                )}
              </Link>
            </div>
          );
        })}
      </nav>
      {narrow && (
        <IconButton label={t('Expand navigation')} shortcut="Ctrl+B" className="mt-2 self-center" onClick={toggle}>
          <PanelLeft />
        </IconButton>
      )}
      <div className="mt-auto flex flex-none flex-col">
        <FirstStepsLink narrow={narrow} />
        <Link
          to="/help"
          data-nav="help"
          activeOptions={{ includeSearch: false }}
          title={narrow ? t('Help  F1') : 'F1'}
          aria-label={narrow ? t('Help') : undefined}
          className={cn(placeClass, 'mb-2 flex-none', narrow ? 'justify-center' : 'px-2')}
        >
          <CircleHelp className="size-4 flex-none" strokeWidth={1.75} aria-hidden />
          {!narrow && (
            <>
              <span>{t('Help')}</span>
              <span className="ml-auto">
                <Kbd>F1</Kbd>
              </span>
            </>
          )}
        </Link>
        <EngineLine status={status} narrow={narrow} />
      </div>
    </aside>
  );
}

/** What schedules wait for on this computer. */
const HOLDS: Record<ScheduleHold, string> = { on_battery: t('for mains power'), metered: t('for an unmetered network') };

function EngineLine({ status, narrow }: { status: AppStatus | undefined; narrow: boolean }) {
  const engine = status?.engine;
  const words = !engine
    ? ''
    : engine.running === 0 && engine.queued === 0
      ? ''
      : engine.queued > 0 ? t('{{running}} of {{slots}} slots in use, {{queued}} waiting', { running: engine.running, slots: engine.slots, queued: engine.queued }) : t('{{running}} of {{slots}} slots in use', { running: engine.running, slots: engine.slots });
  const hold = engine?.schedule_hold ?? null;
  return (
    <div
      id="engine-line"
      className={cn('-mb-2 flex h-[52px] flex-none flex-col justify-center border-t border-line', narrow ? '-mx-1.5 items-center' : '-mx-2 px-4')}
      title={engine ? (words ? (hold ? t('Engine running on {{node}}: {{words}}. Schedules wait {{hold}}', { node: status.node_name, words, hold: HOLDS[hold] }) : t('Engine running on {{node}}: {{words}}', { node: status.node_name, words })) : (hold ? t('Engine running on {{node}}. Schedules wait {{hold}}', { node: status.node_name, hold: HOLDS[hold] }) : t('Engine running on {{node}}', { node: status.node_name }))) : undefined}
    >
      <div className="flex items-center gap-1 text-sm font-medium">
        {hold ? (
          <Hourglass className="size-3.5 flex-none text-pause" aria-hidden />
        ) : (
          <Power className={cn('size-3.5 flex-none', engine ? 'text-ok-solid' : 'text-faint')} aria-hidden />
        )}
        {!narrow && (hold ? t('Schedules wait') : engine ? t('Engine running') : t('Engine starting'))}
      </div>
      {!narrow && (hold || words) && <div className="num pl-[18px] text-xs text-faint">{hold ? HOLDS[hold] : words}</div>}
    </div>
  );
}
