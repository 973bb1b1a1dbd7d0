/**
 * The state of one builder: the document with its history, what is selected, what the host said about it, and the run
 * that is shown on it. Every change of the document goes through `edit`, so that every change can be undone.
 */
import { castDraft, produce, type Draft } from 'immer';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Job, Problem, StepSpec } from '@/ipc';
import { emptyDoc, fromJob, inOrder, newStep, proposeAlias, type Doc, type Identity, type Policy, type StepNode, type Value } from './doc';
import { back, forth, noHistory, record, type Edit, type History } from './history';
import type { Kept } from './autosave';
import { noteUse } from './recent';
import { mapTexts, renameAlias } from './template';
import { after, copiesOf, copyOf, find, insert, intoBlock, move, neighbourGap, outOfBlock, remove, stepRows, rowsOf, type Position } from './tree';

export interface FocusRequest {
  /** A configuration field, `name`, … of the selected step. */
  field: string;
  line: number | null;
  /** Grows, so that the same field can be asked for twice. */
  count: number;
}

export interface BuilderState {
  jobId: string | null;
  /** The version that the document was made from; 0 for a new job. */
  version: number;
  doc: Doc;
  saved: Doc;
  identity: Identity;
  history: History<Doc>;
  /** A step's key. */
  selected: string | null;
  problems: readonly Problem[];
  checkedAt: number | null;
  /** Fields a person has left or changed: `key.field`. Before that, "this is needed" stays quiet. */
  touched: Readonly<Record<string, true>>;
  /** A save was refused: from then on everything missing is marked. */
  insisted: boolean;
  /** What the host refused to save. A check of it finds less: only saving meets a name that is taken. */
  refused: Doc | null;
  focus: FocusRequest | null;
  /** Steps whose rarely used options were opened or closed. */
  unfolded: Readonly<Record<string, boolean>>;
  /** The run shown on the blocks. */
  run: string | null;

  edit(edit: Edit, recipe: (doc: Draft<Doc>) => void): void;
  undo(): void;
  redo(): void;
  select(key: string | null): void;
  add(spec: StepSpec, at?: Position): string;
  moveTo(key: string, to: Position): void;
  nudge(key: string, direction: -1 | 1): void;
  /** Out of the block that it is in, or into the one beside it. */
  shift(key: string, direction: 'out' | 'in'): void;
  duplicate(key: string): string | null;
  /** Puts steps from elsewhere after the selected one, under names that are free here. The keys of the new ones. */
  paste(nodes: readonly StepNode[]): string[];
  remove(key: string): void;
  toggle(key: string): void;
  rename(key: string, name: string): void;
  /** `undefined` takes the field's default. */
  setField(key: string, field: string, value: Value | undefined): void;
  setTimeLimit(key: string, seconds: number): void;
  setPolicy(key: string, policy: Policy | null): void;
  touch(key: string, field: string): void;
  unfold(key: string, open: boolean): void;
  ask(field: string, line?: number | null): void;
  checked(problems: readonly Problem[], at: number): void;
  /** The host did not save `sent`. */
  wasRefused(sent: Doc, problems: readonly Problem[], at: number): void;
  /** The host has saved `sent` as `job`. Edits made meanwhile stay. */
  wasSaved(job: Job, sent: Doc): void;
  /** Back to a saved job, without history. */
  reset(job: Job | null): void;
  /** Go on from another version's number, keeping the document. */
  rebase(version: number, saved: Doc): void;
  follow(executionId: string | null): void;
}

export type BuilderStore = StoreApi<BuilderState>;

export const isChanged = (state: Pick<BuilderState, 'doc' | 'saved'>): boolean => state.doc !== state.saved;

export function createBuilder(job: Job | null, draft: Kept | null, now: () => number = Date.now): BuilderStore {
  const base = job ? fromJob(job) : { doc: emptyDoc(), identity: {} };
  return createStore<BuilderState>()((set, get) => {
    const node = (key: string) => find(get().doc.steps, key)?.node;
    const editNode = (key: string, edit: Edit, change: (node: Draft<StepNode>) => void) =>
      get().edit(edit, (doc) => {
        const found = find(doc.steps, key);
        if (found) change(found.node);
      });
    const aliases = (except?: string) =>
      inOrder(get().doc.steps)
        .filter((step) => step.key !== except)
        .map((step) => step.alias);

    return {
      jobId: job?.id ?? null,
      version: draft?.version ?? job?.current_version ?? 0,
      doc: draft?.doc ?? base.doc,
      saved: base.doc,
      identity: draft?.identity ?? base.identity,
      history: noHistory,
      selected: (draft?.doc ?? base.doc).steps[0]?.key ?? null,
      problems: [],
      checkedAt: null,
      touched: {},
      insisted: false,
      refused: null,
      focus: null,
      unfolded: {},
      run: null,

      edit(edit, recipe) {
        const { doc, history } = get();
        const next = produce(doc, recipe);
        if (next !== doc) set({ doc: next, history: record(history, doc, edit, now()) });
      },
      undo: () => step(set, get, back),
      redo: () => step(set, get, forth),
      select: (selected) => set({ selected }),
      add(spec, at) {
        const added = newStep(spec, aliases());
        const to = at ?? after(get().doc.steps, get().selected);
        get().edit({ label: `Add ${spec.label}` }, (doc) => insert(doc.steps, castDraft(added), to));
        noteUse(spec.type_key);
        set({ selected: added.key });
        return added.key;
      },
      moveTo(key, to) {
        get().edit({ label: 'Move step' }, (doc) => move(doc.steps, key, to));
        set({ selected: key });
      },
      nudge(key, direction) {
        const to = neighbourGap(get().doc.steps, key, direction);
        if (to) get().moveTo(key, to);
      },
      shift(key, direction) {
        const to = direction === 'out' ? outOfBlock(get().doc.steps, key) : intoBlock(get().doc.steps, key);
        if (to) get().moveTo(key, to);
      },
      duplicate(key) {
        const original = node(key);
        if (!original) return null;
        const copy = copyOf(original, aliases());
        get().edit({ label: 'Duplicate step' }, (doc) => insert(doc.steps, castDraft(copy), after(doc.steps, key)));
        set({ selected: copy.key });
        return copy.key;
      },
      paste(nodes) {
        const copies = copiesOf(nodes, aliases());
        const at = after(get().doc.steps, get().selected);
        get().edit({ label: copies.length === 1 ? 'Paste step' : 'Paste steps' }, (doc) =>
          copies.forEach((copy, index) => insert(doc.steps, castDraft(copy), { ...at, index: at.index + index })));
        set({ selected: copies[0]?.key ?? get().selected });
        return copies.map((copy) => copy.key);
      },
      remove(key) {
        const rows = stepRows(rowsOf(get().doc.steps));
        const index = rows.findIndex((row) => row.key === key);
        get().edit({ label: 'Delete step' }, (doc) => remove(doc.steps, key));
        const stays = (row: { key: string } | undefined) => row !== undefined && find(get().doc.steps, row.key) !== null;
        set({ selected: (rows.slice(index + 1).find(stays) ?? rows.slice(0, Math.max(index, 0)).findLast(stays))?.key ?? null });
      },
      toggle: (key) => editNode(key, { label: 'Enable or disable step' }, (step) => void (step.enabled = !step.enabled)),
      rename(key, name) {
        const known = node(key);
        if (!known) return;
        // A saved step keeps its alias; until then the alias follows the name, and so do its uses.
        const alias = get().identity[key] ? known.alias : proposeAlias(name, known.type_key, aliases(key));
        get().edit({ label: 'Rename step', mark: `name:${key}` }, (doc) => {
          const found = find(doc.steps, key);
          if (!found) return;
          found.node.name = name;
          if (alias === known.alias) return;
          found.node.alias = alias;
          for (const step of inOrder(doc.steps as StepNode[])) {
            for (const [field, value] of Object.entries(step.configuration)) {
              step.configuration[field] = mapTexts(value, (text) => renameAlias(text, known.alias, alias));
            }
          }
        });
      },
      setField(key, field, value) {
        editNode(key, { label: 'Change step', mark: `field:${key}:${field}` }, (step) => {
          if (value === undefined) delete step.configuration[field];
          else step.configuration[field] = castDraft(value);
        });
        get().touch(key, field);
      },
      setTimeLimit: (key, seconds) =>
        editNode(key, { label: 'Change time limit', mark: `time:${key}` }, (step) => void (step.timeout_seconds = seconds)),
      setPolicy: (key, policy) =>
        editNode(key, { label: 'Change what happens on failure', mark: `policy:${key}` }, (step) => void (step.failure_policy = policy)),
      touch(key, field) {
        const mark = `${key}.${field}`;
        if (!get().touched[mark]) set({ touched: { ...get().touched, [mark]: true } });
      },
      unfold: (key, open) => set({ unfolded: { ...get().unfolded, [key]: open } }),
      ask: (field, line = null) => set({ focus: { field, line, count: (get().focus?.count ?? 0) + 1 } }),
      checked(problems, at) {
        if (get().doc !== get().refused) set({ problems, checkedAt: at, refused: null });
      },
      wasRefused: (sent, problems, at) => set({ problems, checkedAt: at, insisted: true, refused: sent }),
      wasSaved(saved, sent) {
        const keys = inOrder(sent.steps).map((step) => step.key);
        const steps = [...saved.steps].sort((a, b) => a.step_order - b.step_order);
        const identity = Object.fromEntries(steps.flatMap((step, i) => (keys[i] ? [[keys[i], step.id]] : [])));
        set({ jobId: saved.id, version: saved.current_version, saved: sent, identity, insisted: false, refused: null });
      },
      reset(to) {
        const fresh = to ? fromJob(to) : { doc: emptyDoc(), identity: {} };
        set({
          version: to?.current_version ?? 0,
          doc: fresh.doc,
          saved: fresh.doc,
          identity: fresh.identity,
          history: noHistory,
          selected: fresh.doc.steps[0]?.key ?? null,
          touched: {},
          insisted: false,
        });
      },
      rebase: (version, saved) => set({ version, saved }),
      follow: (run) => set({ run }),
    };
  });
}

type Turn = typeof back<Doc>;

function step(set: (state: Partial<BuilderState>) => void, get: () => BuilderState, turn: Turn): void {
  const { history, doc, selected } = get();
  const next = turn(history, doc);
  if (!next) return;
  const stays = selected !== null && find(next.doc.steps, selected) !== null;
  set({
    doc: next.doc,
    history: { past: next.past, future: next.future },
    selected: changedStep(doc, next.doc) ?? (stays ? selected : (next.doc.steps[0]?.key ?? null)),
  });
}

/** The first step that one document has and the other does not, so that undo shows what it brought back. */
function changedStep(before: Doc, next: Doc): string | null {
  const known = new Set(inOrder(before.steps).map((node) => node.key));
  return inOrder(next.steps).find((node) => !known.has(node.key))?.key ?? null;
}
