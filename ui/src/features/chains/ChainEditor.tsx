/** A chain, drawn or as a list, edited or as one of its runs; its runs; and what else belongs to it. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { AlignHorizontalDistributeCenter, List, Waypoints } from 'lucide-react';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { ChainArt } from '@/components/Art';
import { Button } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { Notice } from '@/components/Notice';
import { Problems } from '@/components/Problems';
import { SkeletonRows } from '@/components/Skeleton';
import { Tabs } from '@/components/Tabs';
import { Segmented } from '@/components/Toggle';
import { toast } from '@/components/toast';
import type { Values } from '@/features/jobs/builder/ParameterFields';
import { t } from '@/i18n';
import { chainRunsQuery, invoke, sentence, type ChainExecutionView, type JobChain, type JobRow, type Problem, type Tag } from '@/ipc';
import { useShortcuts } from '@/lib/shortcuts';
import { AddJob } from './AddJob';
import { ChainHead } from './ChainHead';
import type { ChainPageProps } from './ChainPage';
import { ChainRuns } from './ChainRuns';
import { useChain, useChainStore } from './context';
import { Graph } from './graph/Graph';
import { ListForm } from './ListForm';
import { MemberInspector, NoMember } from './MemberInspector';
import { fromChain, toDraft } from './model/doc';
import { fieldWords, placeOf, placeWords } from './model/problems';
import { isChanged } from './model/store';
import { ConflictDialog, LeaveGuard } from './Questions';
import { laidOver, useChainRun } from './run';
import { RunDialog } from './RunDialog';
import { RunList } from './RunList';
import { RunPanel } from './RunPanel';
import { chainTabs } from './tabs';
import { useSave } from './useSave';

interface EditorProps extends ChainPageProps {
  chain: JobChain | null;
  tags: readonly Tag[];
  jobs: readonly JobRow[];
}

export function ChainEditor({ chainId, list, run, tab, chain, tags, jobs }: EditorProps) {
  const store = useChainStore();
  const navigate = useNavigate();
  const go = (to: Partial<Pick<ChainPageProps, 'list' | 'run' | 'tab'>>, id = chainId) => {
    const next = { list, run, tab, ...to };
    const search = { ...(next.list ? { view: 'list' as const } : {}), ...(next.run ? { run: next.run } : {}), ...(next.tab ? { tab: next.tab } : {}) };
    return id === null ? navigate({ to: '/chains/new', search, replace: true }) : navigate({ to: '/chains/$chainId', params: { chainId: id }, search, replace: chainId === null });
  };
  const goTo = (problem: Problem | undefined) => {
    if (!problem) return;
    const place = placeOf(problem.path);
    const state = store.getState();
    if (place.member === null) {
      if (place.field === 'name') document.getElementById('chain-name')?.focus();
      return;
    }
    const member = state.doc.members[place.member];
    if (!member) return;
    state.select(member.key);
    // The panel is there with the next picture.
    requestAnimationFrame(() => state.ask(place.field));
  };
  // A chain that was run at once shows its run at its new address.
  const saving = useSave(() => goTo(store.getState().problems[0]), async (made) => void (await go({}, made.id)));
  const [asking, setAsking] = useState(false);
  const [starting, setStarting] = useState(false);
  const shown = useChainRun(run);
  useChecks();
  const stale = useNews(chain, saving.busy);

  const start = async (values: Values) => {
    setStarting(true);
    try {
      const state = store.getState();
      const id = isChanged(state) || state.chainId === null ? ((await saving.save())?.id ?? null) : state.chainId;
      setAsking(false);
      if (id !== null) await go({ run: await invoke.chainsRun(id, values), tab: null }, id);
    } catch (error) {
      toast.failed(error, t('The chain did not start'));
    } finally {
      setStarting(false);
    }
  };
  const editing = run === null && tab === null;
  useShortcuts(
    {
      'mod+s': { does: t('Save the chain'), act: () => (isChanged(store.getState()) || chainId === null) && void saving.save() },
      'mod+z': { does: t('Undo'), act: () => store.getState().undo() },
      'mod+shift+z': { does: t('Redo'), act: () => store.getState().redo() },
      Delete: {
        does: t('Delete the member or the line that is selected'),
        act: () => {
          const { selected, edge, remove, disconnect } = store.getState();
          if (edge) disconnect(edge.from, edge.to);
          else if (selected) remove(selected);
        },
      },
    },
    editing,
  );

  const panel =
    run === null ? (
      <Edited chainId={chainId} list={list} jobs={jobs} stale={stale} onGo={goTo} go={go} />
    ) : shown.data ? (
      <Shown view={shown.data} list={list} jobs={jobs} go={go} />
    ) : shown.isError ? (
      <ErrorState error={shown.error} what={t('This run')} onRetry={() => void shown.refetch()} />
    ) : (
      <SkeletonRows label={t('Loading the run')} />
    );
  return (
    <div data-chain={chainId ?? 'new'} className="flex min-h-0 flex-1 flex-col">
      <ChainHead chain={chain} tags={tags} run={run === null ? null : (shown.data ?? null)} saving={saving.busy} onSave={() => void saving.save()} onRun={() => setAsking(true)} onTab={(next) => void go({ tab: next })} />
      {chainId === null ? (
        panel
      ) : (
        <Tabs<string>
          value={tab ?? 'chain'}
          onChange={(next) => void go({ tab: next === 'chain' ? null : next })}
          tabs={[
            { value: 'chain', label: t('Chain'), panel },
            { value: 'runs', label: t('Runs'), panel: <ChainRuns chainId={chainId} onRun={(id) => void go({ run: id, tab: null })} /> },
            ...chainTabs.map((other) => ({ value: other.value, label: other.label, panel: other.panel(chainId) })),
          ]}
        />
      )}
      {asking && <RunDialog busy={starting || saving.busy} onRun={(values) => void start(values)} onClose={() => setAsking(false)} />}
      <ConflictDialog saving={saving} />
      <LeaveGuard onSave={saving.save} />
    </div>
  );
}

type Go = (to: Partial<Pick<ChainPageProps, 'list' | 'run' | 'tab'>>) => Promise<void>;

function Edited({ chainId, list, jobs, stale, onGo, go }: { chainId: string | null; list: boolean; jobs: readonly JobRow[]; stale: boolean; onGo: (problem: Problem) => void; go: Go }) {
  const store = useChainStore();
  const doc = useChain((state) => state.doc);
  const selected = useChain((state) => state.doc.members.find((member) => member.key === state.selected));
  const problems = useChain((state) => state.problems);
  const checkedAt = useChain((state) => state.checkedAt);
  const insisted = useChain((state) => state.insisted);
  const moved = useChain((state) => Object.keys(state.places).length > 0);
  const byId = useJobs(jobs);
  const newest = useInfiniteQuery({ ...chainRunsQuery({ chain_id: chainId, states: [], limit: 12 }), enabled: chainId !== null }).data?.pages[0]?.items[0]?.id ?? null;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <Bar
        list={list}
        go={go}
        mode={newest !== null && <Mode value="edit" onChange={() => void go({ run: newest })} />}
      >
        <AddJob jobs={jobs} onAdd={(job) => store.getState().add(job)} />
        {!list && (
          <Button id="arrange" variant="ghost" disabled={!moved} title={moved ? t('Put every member back to its place') : t('Every member is in its place')} onClick={() => store.getState().arrange()}>
            <AlignHorizontalDistributeCenter />
            {t('Arrange')}
          </Button>
        )}
      </Bar>
      {stale && (
        <div id="newer-chain" role="status" className="flex h-8 flex-none items-center border-b border-pause-line bg-pause-soft px-4 text-sm">
          {t('Someone saved this chain meanwhile. When you save, you choose which of the two goes on.')}
        </div>
      )}
      <div className="flex min-h-0 flex-1">
        <div className="flex min-w-0 flex-1 flex-col">
          {doc.members.length === 0 ? (
            <EmptyState art={<ChainArt />} title={t('Add the first job')}>
              {t('Each job that you add is a member of the chain. Join them: a member begins when all those before it are done.')}
            </EmptyState>
          ) : list ? (
            <ListForm jobs={jobs} />
          ) : (
            <Graph doc={doc} jobs={byId} run={null} />
          )}
        </div>
        {selected ? <MemberInspector key={selected.key} member={selected} jobs={jobs} /> : doc.members.length > 0 && <NoMember />}
      </div>
      <Problems problems={problems} checkedAt={checkedAt} insisted={insisted} fieldWords={fieldWords} placeWords={(path) => placeWords(path, doc)} onGo={onGo} />
    </div>
  );
}

/** A run, on the chain as it is saved. */
function Shown({ view, list, jobs, go }: { view: ChainExecutionView; list: boolean; jobs: readonly JobRow[]; go: Go }) {
  const { execution } = view;
  const saved = useChain((state) => state.saved);
  const identity = useChain((state) => state.identity);
  const { members, gone } = useMemo(() => laidOver(execution, saved, identity), [execution, saved, identity]);
  const byId = useJobs(jobs);
  return (
    <div className="flex min-h-0 flex-1 flex-col" data-chain-run={execution.id}>
      <Bar list={list} go={go} mode={<Mode value="run" onChange={() => void go({ run: null })} />} />
      {execution.error_message && (
        <div className="flex-none p-3" id="chain-run-error">
          <Notice tone="fail" title={t('The chain failed')}>
            <span className="selectable text-ink">{sentence(execution.error_message)}</span>
          </Notice>
        </div>
      )}
      {!list && gone.length > 0 && (
        <div className="flex h-8 flex-none items-center border-b border-line px-4 text-sm text-muted" role="status">
          {t('The chain was changed since. No longer in it: {{gone}}. The list has them.', { gone: gone.map((member) => member.name).join(', ') })}
        </div>
      )}
      <div className="flex min-h-0 flex-1">
        <div className="flex min-w-0 flex-1 flex-col">{list ? <RunList execution={execution} /> : <Graph doc={saved} jobs={byId} run={members} />}</div>
        <RunPanel execution={execution} onRun={(id) => void go({ run: id })} onAll={() => void go({ tab: 'runs' })} />
      </div>
    </div>
  );
}

function Bar({ list, go, mode, children }: { list: boolean; go: Go; mode: ReactNode; children?: ReactNode }) {
  return (
    <div className="flex min-h-11 flex-none items-center gap-2 border-b border-line px-4">
      <Segmented<'graph' | 'list'>
        label={t('Shown as')}
        value={list ? 'list' : 'graph'}
        onChange={(value) => void go({ list: value === 'list' })}
        segments={[
          { value: 'graph', id: 'as-graph', label: <><Waypoints className="size-3.5" aria-hidden />{t('Graph')}</> },
          { value: 'list', id: 'as-list', label: <><List className="size-3.5" aria-hidden />{t('List')}</> },
        ]}
      />
      {children}
      <span className="ml-auto">{mode}</span>
    </div>
  );
}

function Mode({ value, onChange }: { value: 'edit' | 'run'; onChange: () => void }) {
  return (
    <Segmented<'edit' | 'run'>
      label={t('Shown for')}
      value={value}
      onChange={onChange}
      segments={[
        { value: 'edit', id: 'mode-edit', label: t('Edit') },
        { value: 'run', id: 'mode-run', label: value === 'run' ? t('This run') : t('Last run') },
      ]}
    />
  );
}

const useJobs = (jobs: readonly JobRow[]) => useMemo(() => new Map(jobs.map((job) => [job.id, job])), [jobs]);

const CHECK_AFTER_MS = 250;

/** Asks the host what is wrong with the document, a moment after each change. */
function useChecks(): void {
  const store = useChainStore();
  const doc = useChain((state) => state.doc);
  const identity = useChain((state) => state.identity);
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(() => {
      invoke.chainsValidate(toDraft(doc, identity)).then(
        (problems) => wanted && store.getState().checked(problems, Date.now()),
        // A check that could not be made is made again with the next change; saving tells what stands in the way.
        () => undefined,
      );
    }, CHECK_AFTER_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [store, doc, identity]);
}

/** What someone else saved is shown at once where there is no work of one's own; else this says that there is news. */
function useNews(chain: JobChain | null, saving: boolean): boolean {
  const store = useChainStore();
  const seen = useChain((state) => state.seen);
  const changed = useChain(isChanged);
  const news = chain !== null && seen !== null && !saving && chain.updated_at > seen;
  useEffect(() => {
    if (!news) return;
    const { saved, identity, rebase, reset } = store.getState();
    const theirs = fromChain(chain);
    // Switched on or off, and nothing else.
    if (JSON.stringify(toDraft(theirs.doc, theirs.identity)) === JSON.stringify(toDraft(saved, identity))) rebase(chain);
    else if (!changed) reset(chain);
  }, [store, chain, news, changed]);
  return news && changed;
}
