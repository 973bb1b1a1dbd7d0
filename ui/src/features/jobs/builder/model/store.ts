/**
 * The state of one builder: the document with its history, what is selected, what the host said about it, and the run
 * that is shown on it. Every change of the document goes through `edit`, so that every change can be undone.
 */
import { castDraft, produce, type Draft } from 'immer';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { t } from '@/i18n';
import type { Job, MadeStart, Problem, StepSpec } from '@/ipc';
import { emptyDoc, fromJob, inOrder, newStep, proposeAlias, type Doc, type Identity, type Policy, type StepNode, type Value } from './doc';
import { back, forth, noHistory, record, type Edit, type History } from './history';
import type { Kept } from './autosave';
import { noteUse } from './recent';
import { mapTexts, renameAlias } from './template';
import { all, at as selectionAt, chosen, only, reaching, reachingOn, together, toggled, type Selection } from './selection';
import { after, copiesOf, find, insert, intoBlock, move, neighbourGap, outOfBlock, remove, stepRows, rowsOf, type Position } from './tree';

export interface FocusRequest {
  /** A configuration field, `name`, … of the selected step. */
  field: string;
  line: number | null;
  /** Grows, so that the same field can be asked for twice. */
  count: number;
}

/** What is done to a step that is selected is done to all that are. */
export interface BuilderState extends Selection {
  jobId: string | null;
  /** The version that the document was made from; 0 for a new job. */
  version: number;
  /** The template that a new job is from. */
  template: string | null;
  /** What was made beside the job with its first version, until it was looked at. */
  made: MadeStart | null;
  doc: Doc;
  saved: Doc;
  identity: Identity;
  history: History<Doc>;
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
  /** This one alone. */
  select(key: string | null): void;
  /** The keyboard is at it now. */
  visit(key: string): void;
  /** Takes it in with the selected ones, or out again. */
  pick(key: string): void;
  /** All from where the selection began to this one, or one more in a direction. */
  reach(to: string | -1 | 1): void;
  add(spec: StepSpec, at?: Position): string;
  moveTo(key: string, to: Position): void;
  nudge(key: string, direction: -1 | 1): void;
  /** Out of the block that it is in, or into the one beside it. */
  shift(key: string, direction: 'out' | 'in'): void;
  /** The key of the first copy. */
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
  tellMade(made: MadeStart | null): void;
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
    const meant = (key: string) => together(get().doc.steps, get(), key);
    const plural = (what: string, keys: readonly unknown[]) => (t('{{what}} steps', { count: keys.length, what }));
    const moveAll = (keys: readonly string[], key: string, to: Position | null) => {
      if (!to) return;
      get().edit({ label: plural(t('Move'), keys) }, (doc) => move(doc.steps, keys, to));
      set({ ...selectionAt(get().doc.steps, get(), key) });
    };
    /** Puts new steps in one after the other, and selects them. Their keys. */
    const putAll = (label: string, nodes: readonly StepNode[], to: Position): string[] => {
      get().edit({ label }, (doc) => nodes.forEach((one, index) => insert(doc.steps, castDraft(one), { ...to, index: to.index + index })));
      const keys = nodes.map((one) => one.key);
      if (keys.length > 0) set(all(keys));
      return keys;
    };
    const aliases = (except?: string) =>
      inOrder(get().doc.steps)
        .filter((step) => step.key !== except)
        .map((step) => step.alias);

    return {
      jobId: job?.id ?? null,
      version: draft?.version ?? job?.current_version ?? 0,
      template: draft?.template ?? null,
      made: null,
      doc: draft?.doc ?? base.doc,
      saved: base.doc,
      identity: draft?.identity ?? base.identity,
      history: noHistory,
      ...only((draft?.doc ?? base.doc).steps[0]?.key ?? null),
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
      select: (key) => set(only(key)),
      visit: (key) => set(selectionAt(get().doc.steps, get(), key)),
      pick: (key) => set(toggled(get().doc.steps, get(), key)),
      reach: (to) => set(typeof to === 'string' ? reaching(get().doc.steps, get(), to) : reachingOn(get().doc.steps, get(), to)),
      add(spec, at) {
        const added = newStep(spec, aliases());
        const to = at ?? after(get().doc.steps, chosen(get().doc.steps, get()).at(-1) ?? null);
        get().edit({ label: t('Add {{label}}', { label: spec.label }) }, (doc) => insert(doc.steps, castDraft(added), to));
        noteUse(spec.type_key);
        set(only(added.key));
        return added.key;
      },
      moveTo(key, to) {
        moveAll(meant(key), key, to);
      },
      nudge(key, direction) {
        const keys = meant(key);
        moveAll(keys, key, neighbourGap(get().doc.steps, keys, direction));
      },
      shift(key, direction) {
        const keys = meant(key);
        moveAll(keys, key, direction === 'out' ? outOfBlock(get().doc.steps, keys) : intoBlock(get().doc.steps, keys));
      },
      duplicate(key) {
        const originals = meant(key).flatMap((one) => node(one) ?? []);
        const last = originals.at(-1);
        if (!last) return null;
        return putAll(plural(t('Duplicate'), originals), copiesOf(originals, aliases()), after(get().doc.steps, last.key))[0] ?? null;
      },
      paste(nodes) {
        return putAll(plural(t('Paste'), nodes), copiesOf(nodes, aliases()), after(get().doc.steps, chosen(get().doc.steps, get()).at(-1) ?? null));
      },
      remove(key) {
        const keys = meant(key);
        const rows = stepRows(rowsOf(get().doc.steps));
        const index = rows.findIndex((row) => row.key === keys.at(-1));
        get().edit({ label: plural(t('Delete'), keys) }, (doc) => keys.forEach((one) => remove(doc.steps, one)));
        const stays = (row: { key: string } | undefined) => row !== undefined && find(get().doc.steps, row.key) !== null;
        set(only((rows.slice(index + 1).find(stays) ?? rows.slice(0, Math.max(index, 0)).findLast(stays))?.key ?? null));
      },
      toggle(key) {
        const keys = meant(key);
        // Several become alike.
        const enabled = !keys.some((one) => node(one)?.enabled);
        get().edit({ label: plural(t('Enable or disable'), keys) }, (doc) =>
          keys.forEach((one) => {
            const found = find(doc.steps, one);
            if (found) found.node.enabled = enabled;
          }));
      },
      rename(key, name) {
        const known = node(key);
        if (!known) return;
        // A saved step keeps its alias; until then the alias follows the name, and so do its uses.
        const alias = get().identity[key] ? known.alias : proposeAlias(name, known.type_key, aliases(key));
        get().edit({ label: t('Rename step'), mark: `name:${key}` }, (doc) => {
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
        editNode(key, { label: t('Change step'), mark: `field:${key}:${field}` }, (step) => {
          if (value === undefined) delete step.configuration[field];
          else step.configuration[field] = castDraft(value);
        });
        get().touch(key, field);
      },
      setTimeLimit: (key, seconds) =>
        editNode(key, { label: t('Change time limit'), mark: `time:${key}` }, (step) => void (step.timeout_seconds = seconds)),
      setPolicy: (key, policy) =>
        editNode(key, { label: t('Change what happens on failure'), mark: `policy:${key}` }, (step) => void (step.failure_policy = policy)),
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
        set({ jobId: saved.id, version: saved.current_version, saved: sent, identity, template: null, insisted: false, refused: null });
      },
      reset(to) {
        const fresh = to ? fromJob(to) : { doc: emptyDoc(), identity: {} };
        set({
          version: to?.current_version ?? 0,
          template: null,
          doc: fresh.doc,
          saved: fresh.doc,
          identity: fresh.identity,
          history: noHistory,
          ...only(fresh.doc.steps[0]?.key ?? null),
          touched: {},
          insisted: false,
        });
      },
      rebase: (version, saved) => set({ version, saved }),
      follow: (run) => set({ run }),
      tellMade: (made) => set({ made }),
    };
  });
}

type Turn = typeof back<Doc>;

function step(set: (state: Partial<BuilderState>) => void, get: () => BuilderState, turn: Turn): void {
  const { history, doc } = get();
  const next = turn(history, doc);
  if (!next) return;
  const returned = changedSteps(doc, next.doc);
  const stay = chosen(next.doc.steps, get());
  const { selected } = get();
  set({
    doc: next.doc,
    history: { past: next.past, future: next.future },
    ...(returned.length > 0 ? all(returned) : selected !== null && stay.includes(selected) ? selectionAt(next.doc.steps, get(), selected) : only(next.doc.steps[0]?.key ?? null)),
  });
}

/** The steps that one document has and the other does not, so that undo shows what it brought back. */
function changedSteps(before: Doc, next: Doc): string[] {
  const known = new Set(inOrder(before.steps).map((node) => node.key));
  return chosen(next.steps, all(inOrder(next.steps).flatMap((node) => (known.has(node.key) ? [] : [node.key]))));
}
