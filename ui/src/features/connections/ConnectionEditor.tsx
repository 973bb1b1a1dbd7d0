/** One connection: its form, its folders, who uses it; the test at the right. */
import { useMutation } from '@tanstack/react-query';
import { CircleMinus, CirclePlus, Ellipsis, ShieldAlert, Trash2, TriangleAlert } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { useCrumbs } from '@/app/chrome';
import { Button, IconButton, Kbd } from '@/components/Button';
import { ErrorNotice } from '@/components/ErrorState';
import { Menu } from '@/components/Menu';
import { PageHead } from '@/components/Page';
import { Badge, DISABLED, StateBadge } from '@/components/State';
import { Tabs } from '@/components/Tabs';
import { toast } from '@/components/toast';
import { putTags } from '@/features/tags/put';
import { t } from '@/i18n';
import { asAppError, invoke, type Connection, type ConnectionView } from '@/ipc';
import { cn } from '@/lib/cn';
import { useShortcuts } from '@/lib/shortcuts';
import { RemoteBrowser } from './browse/RemoteBrowser';
import { ConnectionForm } from './ConnectionForm';
import { DeleteConnection } from './DeleteConnection';
import { byField, edited, NEW, sameAs, toDraft, unfinished, type EditedConnection } from './draft';
import { TestPanel } from './TestPanel';
import { distrustOf, failedStage, testConnection, useTests } from './tests';
import { UsedBy } from './UsedBy';

type View = 'settings' | 'browse' | 'used_by';

export function ConnectionEditor({
  view,
  groups,
  onSaved,
  onGone,
}: {
  /** `null` for a connection that was not saved yet. */
  view: ConnectionView | null;
  groups: readonly string[];
  onSaved: (id: string) => void;
  onGone: () => void;
}) {
  const connection = view?.connection ?? null;
  const tags = view?.tags;
  const stored = useMemo(() => (connection ? edited(connection, (tags ?? []).map((tag) => tag.name)) : NEW), [connection, tags]);
  const updatedAt = connection?.updated_at ?? null;
  // `seen` is the stored state that the draft began from: the store refuses to overwrite a newer one.
  const [{ draft, seen }, setEditing] = useState<{ draft: EditedConnection; seen: string | null }>({ draft: stored, seen: updatedAt });
  const [tab, setTab] = useState<View>('settings');
  const [deleting, setDeleting] = useState(false);
  const [tried, setTried] = useState(false);
  const run = useTests((state) => (connection ? state.runs[connection.id] : undefined));
  const changed = !sameAs(draft, stored);
  const title = connection?.name ?? t('New connection');
  useCrumbs({ label: t('Connections'), to: '/connections' }, { label: title });

  const save = useMutation({
    mutationFn: async (next: EditedConnection) => {
      const saved = await invoke.connectionsSave(connection?.id ?? null, toDraft(next), next.password || null, next.proxy_password || null, seen);
      return { saved, tags: await putTags('connection', saved.id, next.tags, stored.tags) };
    },
    onSuccess: ({ saved, tags: put }) => {
      setEditing({ draft: edited(saved, put), seen: saved.updated_at });
      toast.done(t('{{name}} saved', { name: saved.name }));
      onSaved(saved.id);
    },
  });
  const problems = { ...(save.error ? byField(asAppError(save.error).problems) : {}), ...(tried ? unfinished(draft) : {}) };
  const edit = (change: Partial<EditedConnection>) => {
    setEditing((before) => ({ ...before, draft: { ...before.draft, ...change } }));
    if (save.error) save.reset();
  };
  // What someone else saved shows at once, unless something is being edited here.
  useEffect(() => {
    setEditing((before) => (before.draft.password === '' && before.draft.proxy_password === '' ? { draft: stored, seen: updatedAt } : before));
  }, [stored, updatedAt]);

  const ready = () => {
    setTried(true);
    return !save.isPending && Object.keys(unfinished(draft)).length === 0;
  };
  const submit = () => {
    if (ready()) save.mutate(draft);
  };
  const saveAndTest = async () => {
    if (!ready()) return;
    const id = connection && !changed ? connection.id : (await save.mutateAsync(draft).catch(() => null))?.saved.id;
    if (id !== undefined) await testConnection(id);
  };
  const enable = (status: Connection['status']) => save.mutate({ ...stored, status });
  useShortcuts({ 'mod+s': { does: t('Save the connection'), act: () => changed && submit() } });

  const distrust = distrustOf(failedStage(run));
  const legacy = view?.legacy_algorithms ?? [];
  return (
    <div className={cn('grid min-h-0 grid-cols-[minmax(0,1fr)_344px]', tab === 'settings' ? 'max-[1179px]:grid-cols-[minmax(0,1fr)_296px]' : 'max-[1179px]:grid-cols-[minmax(0,1fr)_0px]')} data-connection={connection?.name ?? ''}>
      <div className="flex min-h-0 min-w-0 flex-col">
        <PageHead
          title={title}
          badge={
            distrust ? (
              <Badge tone="fail" icon={ShieldAlert}>
                {distrust}
              </Badge>
            ) : connection?.status === 'disabled' ? (
              <StateBadge look={DISABLED} />
            ) : legacy.length > 0 ? (
              <span title={legacy.join(', ')}>
                <Badge tone="fail" icon={TriangleAlert}>
                  {t('Legacy algorithms')}
                </Badge>
              </span>
            ) : null
          }
          actions={
            <>
              {changed && connection && (
                <Button variant="ghost" onClick={() => setEditing({ draft: stored, seen: updatedAt })}>
                  {t('Discard')}
                </Button>
              )}
              {connection && (
                <Menu
                  trigger={
                    <IconButton id="connection-more" label={t('More')}>
                      <Ellipsis />
                    </IconButton>
                  }
                  actions={[
                    connection.status === 'active'
                      ? { label: t('Disable'), icon: <CircleMinus />, onSelect: () => enable('disabled') }
                      : { label: t('Enable'), icon: <CirclePlus />, onSelect: () => enable('active') },
                    { label: t('Delete'), icon: <Trash2 />, danger: true, separated: true, onSelect: () => setDeleting(true) },
                  ]}
                />
              )}
              <Button
                id="save-connection"
                variant="primary"
                disabled={!changed}
                title={changed ? undefined : t('Nothing has changed')}
                busy={save.isPending}
                onClick={submit}
              >
                {t('Save')}
                <Kbd onAccent={changed}>Ctrl S</Kbd>
              </Button>
            </>
          }
        />
        <Tabs
          value={tab}
          onChange={setTab}
          tabs={[
            {
              value: 'settings',
              label: t('Settings'),
              panel: (
                <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-6">
                  {save.error && Object.keys(problems).length === 0 && <ErrorNotice error={save.error} className="mt-3" />}
                  <ConnectionForm draft={draft} onEdit={edit} problems={problems} view={view} groups={groups} onSubmit={submit} />
                </div>
              ),
            },
            ...(view
              ? [
                  { value: 'browse' as const, label: t('Browse'), panel: <RemoteBrowser key={view.connection.id} id={view.connection.id} /> },
                  { value: 'used_by' as const, label: t('Used by'), count: view.used_by.length, panel: <UsedBy uses={view.used_by} /> },
                ]
              : []),
          ]}
        />
      </div>
      {/* In a small window what is beside the folders and the uses has no room. */}
      <div className={cn('grid min-h-0 min-w-0', tab !== 'settings' && 'max-[1179px]:hidden')}>
        <TestPanel view={view} run={run} unsaved={changed} draft={draft} onTest={() => void saveAndTest()} />
      </div>
      {deleting && view && <DeleteConnection view={view} onClose={() => setDeleting(false)} onDone={onGone} />}
    </div>
  );
}
