/** One monitor, or a new one: its state, the files it has seen, and its settings with the pattern lab beside. */
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { CircleMinus, Ellipsis, Pause, Play, Trash2, RefreshCw } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { useCrumbs } from '@/app/chrome';
import { Button, IconButton, Kbd } from '@/components/Button';
import { ErrorNotice, ErrorState } from '@/components/ErrorState';
import { Menu } from '@/components/Menu';
import { Notice } from '@/components/Notice';
import { KeyValues, PageHead } from '@/components/Page';
import { SkeletonRows } from '@/components/Skeleton';
import { StateBadge } from '@/components/State';
import { Tabs } from '@/components/Tabs';
import { MiddlePath, When } from '@/components/Text';
import { toast } from '@/components/toast';
import { ShowInFiles } from '@/features/files/ShowInFiles';
import { Started } from '@/features/starts/Started';
import { putTags } from '@/features/tags/put';
import { TagChips } from '@/features/tags/TagChips';
import { t } from '@/i18n';
import { asAppError, invoke, monitorQuery, type MonitorView, type WatchTarget } from '@/ipc';
import { useShortcuts } from '@/lib/shortcuts';
import { useSettled } from '@/lib/useSettled';
import { LOCAL_ZONE } from '@/lib/zones';
import { begun, edited, NEW, sameAs, toDraft, type Draft } from './draft';
import { Deadlines, ExpectedWords, MissingFiles } from './Expected';
import { FilesSeen } from './FilesSeen';
import { newMonitors } from './handover';
import { MonitorForm } from './MonitorForm';
import { PatternLab } from './PatternLab';
import { MAIN, useSteering } from './useSteering';
import { EVENTS, healthOf, MONITOR_STATES, seconds } from './words';

/** `offered` is the name of a draft that was made elsewhere. */
export function MonitorPage({ monitorId, offered = null }: { monitorId: string | null; offered?: string | null }) {
  const navigate = useNavigate();
  const view = useQuery({ ...monitorQuery(monitorId ?? ''), enabled: monitorId !== null });
  useCrumbs({ label: t('Monitors'), to: '/monitors' }, { label: monitorId === null ? t('New monitor') : (view.data?.monitor.name ?? t('Monitor')) });
  if (monitorId === null) return <Editor view={null} offered={offered} onSaved={(id) => void navigate({ to: '/monitors/$monitorId', params: { monitorId: id }, replace: true })} />;
  if (view.isPending) return <SkeletonRows label={t('Loading the monitor')} />;
  if (view.isError) return <ErrorState error={view.error} what={t('The monitor')} onRetry={() => void view.refetch()} />;
  return <Editor view={view.data} offered={null} onSaved={() => undefined} />;
}

type View = 'files' | 'settings';

function Editor({ view, offered, onSaved }: { view: MonitorView | null; offered: string | null; onSaved: (id: string) => void }) {
  const monitor = view?.monitor ?? null;
  const tags = view?.tags;
  const stored = useMemo(() => (monitor ? edited(monitor, (tags ?? []).map((tag) => tag.name)) : NEW), [monitor, tags]);
  const updatedAt = monitor?.updated_at ?? null;
  // `seen` is the stored state that the draft began from: the store refuses to overwrite a newer one.
  const [{ draft, seen }, setEditing] = useState<{ draft: Draft; from: Draft; seen: string | null }>(() => {
    const given = newMonitors.offered(offered);
    return { draft: given ? begun(given) : stored, from: stored, seen: updatedAt };
  });
  useEffect(() => newMonitors.took(offered), [offered]);
  const [tab, setTab] = useState<View>('files');
  const [tried, setTried] = useState(false);
  const changed = !sameAs(draft, stored);
  // What someone else saved shows at once, unless something is being edited here.
  useEffect(() => {
    setEditing((before) => (sameAs(before.draft, before.from) ? { draft: stored, from: stored, seen: updatedAt } : before));
  }, [stored, updatedAt]);

  const settled = useSettled(draft);
  const isChecked = changed || monitor === null;
  // What was wrong stays until the next answer is there.
  const checks = useQuery({
    queryKey: ['monitor_checks', settled],
    queryFn: () => invoke.monitorsValidate(toDraft(settled)),
    enabled: isChecked,
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
  });
  const save = useMutation({
    mutationFn: async () => {
      const saved = await invoke.monitorsSave(monitor?.id ?? null, toDraft(draft), seen);
      return { saved, tags: await putTags('file_monitor', saved.id, draft.tags, stored.tags) };
    },
    onSuccess: ({ saved, tags: put }) => {
      const next = edited(saved, put);
      setEditing({ draft: next, from: next, seen: saved.updated_at });
      setTried(false);
      toast.done(t('{{name}} saved', { name: saved.name }));
      onSaved(saved.id);
    },
  });
  const refused = save.error ? asAppError(save.error).problems : [];
  // What is only still empty is not said before somebody tries to save.
  const problems = refused.length > 0 ? refused : ((isChecked ? checks.data : null) ?? []).filter((problem) => tried || problem.code !== 'required');
  const submit = () => {
    setTried(true);
    if (!save.isPending && changed) save.mutate();
  };
  const edit = (change: Partial<Draft>) => {
    setEditing((before) => ({ ...before, draft: { ...before.draft, ...change } }));
    if (save.error) save.reset();
  };
  useShortcuts({ 'mod+s': { does: t('Save the monitor'), act: submit } });

  const settings = (
    <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)_minmax(340px,42%)]">
      <div className="min-h-0 overflow-y-auto px-4 pb-6 *:max-w-[920px]">
        {save.error && refused.length === 0 ? <ErrorNotice error={save.error} className="mt-3" /> : null}
        <MonitorForm draft={draft} problems={problems} onEdit={edit} onSubmit={submit} />
      </div>
      <PatternLab draft={draft} />
    </div>
  );
  return (
    <div className="flex min-h-0 flex-1 flex-col" data-monitor={monitor?.name ?? ''}>
      <PageHead
        title={monitor?.name ?? t('New monitor')}
        badge={
          monitor && (
            <span id="monitor-state" data-state={monitor.state} className="inline-flex">
              <StateBadge look={MONITOR_STATES[monitor.state]}>{healthOf(monitor)}</StateBadge>
            </span>
          )
        }
        actions={
          <>
            {changed && monitor && (
              <Button variant="ghost" onClick={() => setEditing({ draft: stored, from: stored, seen: updatedAt })}>
                {t('Discard')}
              </Button>
            )}
            {monitor && <Steering monitor={monitor} />}
            {(monitor === null || tab === 'settings' || changed) && (
              <Button id="save-monitor" variant="primary" disabled={!changed} title={changed ? undefined : t('Nothing has changed')} busy={save.isPending} onClick={submit}>
                {t('Save')}
                <Kbd onAccent={changed}>Ctrl S</Kbd>
              </Button>
            )}
          </>
        }
      />
      {monitor?.last_error && (
        <Notice tone={monitor.state === 'error' ? 'fail' : 'warn'} title={monitor.state === 'error' ? t('It no longer looks into its folder') : t('The last look failed')} className="mx-4 mb-3">
          {monitor.last_error}
        </Notice>
      )}
      {view?.expected?.is_missing && <MissingFiles expected={view.expected} />}
      {view === null ? (
        <div className="flex min-h-0 flex-1 border-t border-line">{settings}</div>
      ) : (
        <Tabs<View>
          value={tab}
          onChange={setTab}
          tabs={[
            {
              value: 'files',
              label: t('Files seen'),
              panel: (
                <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)_300px]">
                  <div className="flex min-h-0 min-w-0 flex-col">
                    <FilesSeen monitor={view.monitor} />
                  </div>
                  <Facts view={view} />
                </div>
              ),
            },
            { value: 'settings', label: t('Settings'), panel: settings },
          ]}
        />
      )}
    </div>
  );
}

function Steering({ monitor }: { monitor: MonitorView['monitor'] }) {
  const navigate = useNavigate();
  const { steer, look, remove } = useSteering(monitor, () => void navigate({ to: '/monitors' }));
  const main = MAIN[monitor.state];
  return (
    <>
      <Button id="steer-monitor" busy={steer.isPending} title={main.title} onClick={() => steer.mutate(main.event)}>
        {monitor.state === 'active' ? <Pause /> : <Play />}
        {main.label}
      </Button>
      <Menu
        trigger={
          <IconButton id="monitor-more" label={t('More')}>
            <Ellipsis />
          </IconButton>
        }
        actions={[
          ...(monitor.state === 'active' ? [{ label: t('Look now'), icon: <RefreshCw />, onSelect: () => look.mutate() }] : []),
          ...(monitor.state === 'disabled' ? [] : [{ label: t('Disable'), icon: <CircleMinus />, onSelect: () => steer.mutate('disable') }]),
          { label: t('Delete'), icon: <Trash2 />, danger: true, separated: monitor.state !== 'disabled', onSelect: () => remove.mutate() },
        ]}
      />
    </>
  );
}

function Where({ target: { type, path }, server }: { target: WatchTarget; server: string | null }) {
  return (
    <span className="flex flex-col">
      {server ?? t('This computer')}
      <span className="flex min-w-0 items-center gap-1">
        <MiddlePath text={path} />
        {type === 'local' && <ShowInFiles path={path} />}
      </span>
    </span>
  );
}

function Facts({ view }: { view: MonitorView }) {
  const { monitor, connection_name, bindings, tags, looked_at } = view;
  const patterns = (globs: readonly string[], none: string) => (globs.length === 0 ? none : <span className="mono [overflow-wrap:anywhere]">{globs.join(', ')}</span>);
  return (
    <aside aria-label={t('About this monitor')} className="min-h-0 overflow-y-auto border-l border-line px-4 py-3">
      <KeyValues
        rows={[
          [t('Looks into'), <Where key="where" target={monitor.watch_target} server={connection_name} />],
          [t('Last look'), <When key="look" at={looked_at} />],
          [t('Every'), seconds(monitor.polling_interval_sec)],
          [t('Patterns'), patterns(monitor.file_patterns, t('Every file'))],
          [t('Left out'), patterns(monitor.exclude_patterns, t('Only unfinished files'))],
          [t('Folders inside'), monitor.recursive ? t('Looked into') : t('Not looked into')],
          [t('Fires on'), monitor.trigger_events.map((event) => EVENTS[event].label).join(', ')],
          [t('Ready when'), t('unchanged for {{seconds}}', { seconds: seconds(monitor.stability_window_sec) })],
          [t('Starts'), <Started key="starts" bindings={monitor.bindings} names={bindings.map((binding) => binding.name)} />],
          [t('Runs'), monitor.batch_mode ? t('All files of a look in one') : t('One for each file')],
          ...(view.expected && monitor.expected_files ? ([[t('Expects'), <ExpectedWords key="expects" clock={monitor.expected_files} standing={view.expected} />]] as const) : []),
          ...(tags.length > 0 ? ([[t('Tags'), <TagChips key="tags" tags={tags} />]] as const) : []),
          [t('Failures'), t('{{failures}} in a row, error after {{most}}', { failures: monitor.consecutive_failure_count, most: monitor.max_consecutive_failures })],
          [t('Looked at by'), monitor.run_on === 'any' ? t('Any Courier') : monitor.run_on],
        ]}
      />
      {monitor.expected_files && <Deadlines monitor={monitor.id} zone={monitor.expected_files.time_zone ?? LOCAL_ZONE} />}
      {monitor.description && <p className="selectable mt-3 text-sm text-muted">{monitor.description}</p>}
    </aside>
  );
}
