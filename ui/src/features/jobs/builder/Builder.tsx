/** The builder: palette, pipeline and inspector side by side, with the head above and the problems below. */
import { DndContext, DragOverlay, PointerSensor, useSensor, useSensors, type DragEndEvent } from '@dnd-kit/core';
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useChrome } from '@/app/chrome';
import { Button, Kbd } from '@/components/Button';
import { StepIcon } from '@/components/StepIcon';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke, type Job, type Problem, type StepSpec } from '@/ipc';
import { clock } from '@/lib/format';
import { HERE, useKeyWords, useShortcuts } from '@/lib/shortcuts';
import { BuilderHead } from './BuilderHead';
import { Canvas, landing } from './Canvas';
import { StepClipboardProvider } from './clipboard';
import { ConflictDialog } from './ConflictDialog';
import { useBuilder, useBuilderStore, useSpecs } from './context';
import { BESIDE_POINTER, gapAt, nearestGap, SPOKEN, type Dragged } from './drag';
import { Inspector } from './inspector/Inspector';
import { LeaveGuard } from './LeaveGuard';
import { inOrder, type Value } from './model/doc';
import { placeOf } from './model/problems';
import { isChanged } from './model/store';
import { together } from './model/selection';
import { canMove, find, rowsOf, stepRows, type GapRow } from './model/tree';
import { MadeStrip } from './MadeStrip';
import { Palette } from './Palette';
import { ProblemsPanel } from './ProblemsPanel';
import { DryRunDialog, useDryRun } from './DryRun';
import { useRun } from './run';
import { RunDialog } from './RunDialog';
import { RunStrip } from './RunStrip';
import { RehearsalStrip } from '../rehearsal/RehearsalStrip';
import { SettingsDialog } from './SettingsDialog';
import { StartsDialog } from '../StartsDialog';
import { VersionsDialog } from '../versions/VersionsDialog';
import { useAutosave, useChecks } from './useHost';
import { useSave } from './useSave';

export interface BuilderProps {
  /** When the draft shown was kept, if it came from an earlier visit. */
  restoredAt: string | null;
  /** The job as the host has it now; `null` for a new one. */
  job: Job | null;
}

export function Builder({ restoredAt, job }: BuilderProps) {
  const store = useBuilderStore();
  const specs = useSpecs();
  const keptAt = useAutosave();
  useChecks();
  const [open, setOpen] = useState<'settings' | 'starts' | 'versions' | 'run' | 'rehearsal' | null>(null);
  const [starting, setStarting] = useState(false);
  const [dragged, setDragged] = useState<Dragged | null>(null);
  const [overWords, setOverWords] = useState<string | null>(null);
  const [restored, setRestored] = useState(restoredAt);
  const search = useRef<HTMLInputElement>(null);
  const root = useRef<HTMLDivElement>(null);
  const run = useRun(useBuilder((state) => state.run));
  const version = useBuilder((state) => state.version);
  const changed = useBuilder(isChanged);
  const saving = useSave(() => goTo(store.getState().problems.find((problem) => problem.severity === 'error')));

  // Someone else saved a version: without work of one's own it is shown at once.
  const newer = job !== null && job.current_version > version && !saving.busy ? job : null;
  useEffect(() => {
    if (newer && !changed) store.getState().reset(newer);
  }, [store, newer, changed]);

  const focusStep = (key: string | null) => {
    const from = document.activeElement;
    requestAnimationFrame(() => {
      // Who went elsewhere meanwhile, with a quick `/`, stays there. A block that moved has lost the focus to the page.
      if (document.activeElement !== from && document.activeElement !== document.body) return;
      const node = key === null ? undefined : find(store.getState().doc.steps, key)?.node;
      const blocks = [...(root.current?.querySelectorAll<HTMLElement>('[role=treeitem]') ?? [])];
      (blocks.find((block) => block.dataset.step === node?.alias) ?? blocks[0])?.focus();
    });
  };
  const focusSelected = () => focusStep(store.getState().selected);
  const { select, visit } = store.getState();
  const mark = (key: string, how: 'with' | 'up to') => {
    if (how === 'with') store.getState().pick(key);
    else store.getState().reach(key);
    focusSelected();
  };
  const goToStep = (key: string) => {
    store.getState().select(key);
    focusStep(key);
  };
  const editStep = (key: string) => {
    store.getState().select(key);
    store.getState().ask('');
  };

  function goTo(problem: Problem | undefined): void {
    if (!problem) return;
    const place = placeOf(problem.path);
    const state = store.getState();
    if (place.step !== null) {
      const node = inOrder(state.doc.steps)[place.step];
      if (!node) return;
      state.select(node.key);
      state.touch(node.key, place.field);
      state.ask(place.field || 'name', place.line);
    } else if (place.field === 'name') root.current?.querySelector<HTMLElement>('#job-name')?.focus();
    else if (place.field === 'steps') search.current?.focus();
    else setOpen('settings');
  }

  const start = async (values: Record<string, Value>) => {
    setStarting(true);
    try {
      const state = store.getState();
      const saved = isChanged(state) || state.jobId === null ? await saving.save() : null;
      const { jobId } = store.getState();
      setOpen(null);
      if (jobId === null || isChanged(store.getState()) || (saved === null && isChanged(state))) return;
      store.getState().follow(await invoke.jobsRun(jobId, values));
    } catch (error) {
      toast.failed(error, t('It did not start'));
    } finally {
      setStarting(false);
    }
  };
  const askRun = () => {
    const state = store.getState();
    if (isChanged(state) || state.jobId === null || state.doc.parameters.length > 0) setOpen('run');
    else void start({});
  };
  const dryRun = useDryRun();
  const rehearse = () => {
    dryRun.begin();
    setOpen('rehearsal');
  };
  const save = () => {
    const state = store.getState();
    if (isChanged(state) || state.jobId === null) void saving.save();
  };

  useShortcuts({
    'mod+s': { does: t('Save a version'), act: save },
    'mod+Enter': { does: t('Run the job'), act: () => open === null && !starting && askRun() },
    '/': { does: t('Find a step to add'), act: () => search.current?.focus() },
  });
  useKeyWords(t('Steps'), STEP_KEYS);
  useKeyWords(HERE, PAGE_KEYS);
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      // A search keeps its own; everything else that can be typed into is part of the document.
      if (event.target instanceof HTMLElement && event.target.closest('[data-own-undo]')) return;
      const key = event.key.toLowerCase();
      if (key !== 'z' && key !== 'y') return;
      event.preventDefault();
      if (key === 'y' || event.shiftKey) store.getState().redo();
      else store.getState().undo();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [store]);

  const onStepKey = (event: KeyboardEvent, key: string) => {
    if (event.target !== event.currentTarget) return;
    const state = store.getState();
    const order = stepRows(rowsOf(state.doc.steps));
    const at = order.findIndex((row) => row.key === key);
    const mod = event.ctrlKey || event.metaKey;
    const turn = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
    if (turn !== 0 && event.altKey) {
      state.nudge(key, turn);
      focusStep(key);
    } else if (event.altKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
      state.shift(key, event.key === 'ArrowLeft' ? 'out' : 'in');
      focusStep(key);
    } else if (turn !== 0 && event.shiftKey && !mod) {
      state.reach(turn);
      focusSelected();
    } else if (turn !== 0 && !mod) goToStep(order[at + turn]?.key ?? key);
    else if (event.key === 'Escape' && state.others.length > 0) state.select(key);
    else if (event.key === 'Home') goToStep(order[0]?.key ?? key);
    else if (event.key === 'End') goToStep(order.at(-1)?.key ?? key);
    else if (event.key === 'Enter' && !mod) editStep(key);
    else if (event.key === 'Delete' || event.key === 'Backspace') {
      state.remove(key);
      focusSelected();
    } else if (mod && event.key.toLowerCase() === 'd') focusStep(state.duplicate(key));
    else if (!mod && !event.altKey && event.key.toLowerCase() === 'd') state.toggle(key);
    else return;
    event.preventDefault();
  };

  const addStep = (spec: StepSpec) => focusStep(store.getState().add(spec));
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 4 } }));
  const pointer = useRef<{ x: number; y: number } | null>(null);
  useEffect(() => {
    if (!dragged) return;
    const note = (event: PointerEvent) => void (pointer.current = { x: event.clientX, y: event.clientY });
    window.addEventListener('pointermove', note, true);
    window.addEventListener('pointerup', note, true);
    return () => {
      window.removeEventListener('pointermove', note, true);
      window.removeEventListener('pointerup', note, true);
    };
  }, [dragged]);
  const gaps = () => rowsOf(store.getState().doc.steps).filter((row) => row.kind === 'gap');
  const drop = ({ over }: DragEndEvent) => {
    // The rectangles that dnd-kit measured may be older than the last scroll; where the pointer is now decides.
    const key = pointer.current ? gapAt(pointer.current) : (over?.id ?? null);
    const gap = gaps().find((row: GapRow) => row.key === key);
    const state = store.getState();
    if (gap && dragged?.from === 'palette') {
      const spec = specs.get(dragged.type_key);
      if (spec) focusStep(state.add(spec, gap.at));
    } else if (gap && dragged?.from === 'pipeline' && canMove(state.doc.steps, together(state.doc.steps, state, dragged.key), gap.at)) {
      state.moveTo(dragged.key, gap.at);
      focusStep(dragged.key);
    }
    endDrag();
  };
  const endDrag = () => {
    pointer.current = null;
    setDragged(null);
    setOverWords(null);
  };

  return (
    <StepClipboardProvider onPasted={focusStep} onCut={focusSelected}>
    <div ref={root} data-builder className="flex min-h-0 flex-1 flex-col">
      <BuilderHead keptAt={keptAt} saving={saving.busy} running={starting} onSave={save} onRun={askRun} onRehearse={rehearse} onSettings={() => setOpen('settings')} onStarts={() => setOpen('starts')} onVersions={() => setOpen('versions')} />
      {restored !== null && changed && (
        <Strip id="draft-restored">
          <span className="num">{t('These are your unsaved changes from {{time}}.', { time: clock(restored).slice(0, 5) })}</span>
          <Button
            variant="link"
            size="sm"
            id="draft-discard"
            onClick={() => {
              store.getState().reset(job);
              setRestored(null);
            }}
          >
            {job ? t('Go back to version {{version}}', { version: job.current_version }) : t('Start again')}
          </Button>
          <Button variant="link" size="sm" className="ml-auto text-muted" onClick={() => setRestored(null)}>
            {t('Keep them')}
          </Button>
        </Strip>
      )}
      <MadeStrip onStarts={() => setOpen('starts')} />
      {newer && changed && (
        <Strip id="newer-version">
          {t('Version {{version}} was saved meanwhile. When you save, you can compare it with yours.', { version: newer.current_version })}
        </Strip>
      )}
      {dryRun.shown && open !== 'rehearsal' && <RehearsalStrip rehearsal={dryRun.shown} onShow={() => setOpen('rehearsal')} onClose={dryRun.control.forget} />}
      {run && <RunStrip view={run.view} progress={run.progress} onClose={() => store.getState().follow(null)} />}
      <DndContext
        sensors={sensors}
        collisionDetection={nearestGap}
        accessibility={SPOKEN}
        onDragStart={({ active }) => setDragged(active.data.current as Dragged)}
        onDragOver={({ over }) => {
          const rows = rowsOf(store.getState().doc.steps);
          const gap = rows.find((row): row is GapRow => row.kind === 'gap' && row.key === over?.id);
          setOverWords(gap ? landing(rows, gap) : null);
        }}
        onDragEnd={drop}
        onDragCancel={endDrag}
      >
        <div className="grid min-h-0 flex-1 grid-cols-[176px_minmax(0,1fr)_348px]">
          <Palette search={search} onAdd={addStep} onLeave={focusSelected} />
          <div className="flex min-h-0 min-w-0 flex-col">
            <Canvas dragged={dragged} runs={run?.steps ?? null} rehearsed={dryRun.steps} onKey={onStepKey} onVisit={visit} onSelect={select} onMark={mark} onEdit={editStep} />
          </div>
          <Inspector onLeave={focusSelected} />
        </div>
        <DragOverlay dropAnimation={null} modifiers={BESIDE_POINTER}>{dragged && <Lifted dragged={dragged} words={overWords} />}</DragOverlay>
      </DndContext>
      <ProblemsPanel onGo={goTo} />
      <Hints dragging={dragged !== null} onKeys={() => useChrome.getState().setKeys(true)} />
      {open === 'settings' && <SettingsDialog onClose={() => setOpen(null)} />}
      {open === 'starts' && job && <StartsDialog job={job} onClose={() => setOpen(null)} />}
      {open === 'versions' && job && (
        <VersionsDialog job={job} held={changed ? t('Save your changes first, or undo them: a version does not have them.') : undefined} onClose={() => setOpen(null)} />
      )}
      {open === 'run' && <RunDialog busy={starting} onRun={(values) => void start(values)} onClose={() => setOpen(null)} />}
      {open === 'rehearsal' && <DryRunDialog dryRun={dryRun} onClose={() => setOpen(null)} />}
      {saving.conflict && (
        <ConflictDialog
          theirs={saving.conflict}
          busy={saving.busy}
          onKeepMine={() => void saving.keepMine()}
          onTakeTheirs={saving.takeTheirs}
          onClose={saving.decideLater}
        />
      )}
      <LeaveGuard />
    </div>
    </StepClipboardProvider>
  );
}

function Strip({ id, children }: { id: string; children: ReactNode }) {
  return (
    <div id={id} role="status" className="flex h-8 flex-none items-center gap-3 border-b border-pause-line bg-pause-soft px-4 text-sm">
      {children}
    </div>
  );
}

/** What hangs on the pointer during a drag. */
function Lifted({ dragged, words }: { dragged: Dragged; words: string | null }) {
  const specs = useSpecs();
  const several = useBuilder((state) => (dragged.from === 'pipeline' ? together(state.doc.steps, state, dragged.key).length : 1));
  const name = useBuilder((state) => (dragged.from === 'pipeline' ? find(state.doc.steps, dragged.key)?.node.name : undefined));
  const type = useBuilder((state) => (dragged.from === 'pipeline' ? find(state.doc.steps, dragged.key)?.node.type_key : dragged.type_key));
  const spec = type === undefined ? undefined : specs.get(type);
  return (
    <div data-lifted className="flex h-11 w-[212px] items-center gap-2 rounded-md border border-accent bg-raised px-2.5 shadow-float">
      <span className="grid size-6 flex-none place-items-center rounded-[5px] bg-idle-soft text-muted [&_svg]:size-3.5">
        <StepIcon name={spec?.icon} />
      </span>
      <span className="flex min-w-0 flex-col leading-[17px]">
        <span className="truncate font-medium">{several > 1 ? t('{{count}} steps', { count: several }) : (name ?? spec?.label)}</span>
        <span className="truncate text-sm text-muted">{words ?? t('Drop it on a line')}</span>
      </span>
    </div>
  );
}

/** What the steps and their fields handle themselves. */
const STEP_KEYS = [['↑ ↓', t('Select')], ['Shift ↑ ↓', t('Select several; Ctrl and a click takes one in or out')], ['Enter', t('Edit the selected step')], ['Alt ↑ ↓', t('Move up or down')], ['Alt ← →', t('Out of a block, or into the one beside it')], ['Ctrl D', t('Duplicate')], ['Ctrl C', t('Copy as YAML, with what is inside')], ['Ctrl X', t('Cut')], ['Ctrl V', t('Paste steps behind the selected one')], ['D', t('Disable or enable')], ['Del', t('Delete')]] as const;
const PAGE_KEYS = [['Enter', t('Add the first step that was found')], ['{', t('Insert a value into a field')], ['Ctrl Z', t('Undo')], ['Ctrl Shift Z', t('Redo')], ['Esc', t('Back to the steps, or cancel a drag')]] as const;

const HINTS: readonly (readonly [string, string])[] = [
  ['↑↓', t('Select')],
  ['Enter', t('Edit')],
  ['Alt ↑↓', t('Move')],
  ['/', t('Insert here')],
  ['D', t('Disable')],
];

function Hints({ dragging, onKeys }: { dragging: boolean; onKeys: () => void }) {
  return (
    <div className="flex h-7 flex-none items-center gap-3.5 border-t border-line bg-bg px-4 text-sm text-faint">
      {HINTS.map(([key, what]) => (
        <span key={what} className="flex items-center gap-1">
          <Kbd>{key}</Kbd>
          {what}
        </span>
      ))}
      <button type="button" className="flex items-center gap-1 hover:text-ink" onClick={onKeys}>
        <Kbd>?</Kbd>
        {t('All keys')}
      </button>
      {dragging && (
        <span className="ml-auto flex items-center gap-1">
          <Kbd>Esc</Kbd>
          {t('Cancel the drag')}
        </span>
      )}
    </div>
  );
}
