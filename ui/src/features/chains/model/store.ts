/**
 * The state of one chain's page: the document with its history, what is selected, and what the host said about it. Every
 * change of the document goes through `edit`, so that every change can be undone.
 */
import { produce, type Draft } from 'immer';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { JobChain, Problem, Value } from '@/ipc';
import { newKey } from '@/features/jobs/builder/model/doc';
import { back, forth, noHistory, record, type Edit, type History } from '@/features/jobs/builder/model/history';
import { t } from '@/i18n';
import { emptyDoc, freeName, fromChain, renamedUses, type Doc, type Identity, type Member } from './doc';

export interface FocusRequest {
  field: string;
  /** Grows, so that the same field can be asked for twice. */
  count: number;
}

export interface EdgeKey {
  from: string;
  to: string;
}

export interface ChainState {
  chainId: string | null;
  /** The `updated_at` that the document was made from. */
  seen: string | null;
  doc: Doc;
  saved: Doc;
  identity: Identity;
  history: History<Doc>;
  /** A member's key. */
  selected: string | null;
  edge: EdgeKey | null;
  problems: readonly Problem[];
  checkedAt: number | null;
  /** A save was refused: from then on everything missing is marked. */
  insisted: boolean;
  /** What the host refused to save. A check of it finds less: only saving meets a name that is taken. */
  refused: Doc | null;
  focus: FocusRequest | null;
  /** Where members were moved to by hand. */
  places: Readonly<Record<string, { x: number; y: number }>>;

  edit(edit: Edit, recipe: (doc: Draft<Doc>) => void): void;
  undo(): void;
  redo(): void;
  select(key: string | null): void;
  selectEdge(edge: EdgeKey | null): void;
  add(job: { id: string; name: string }): string;
  remove(key: string): void;
  rename(key: string, name: string): void;
  setJob(key: string, job: string): void;
  /** `undefined` leaves it to the chain's values and the job's default. */
  setParameter(key: string, name: string, value: Value | undefined): void;
  connect(from: string, to: string): void;
  disconnect(from: string, to: string): void;
  setAlso(from: string, to: string, also: boolean): void;
  move(key: string, by: -1 | 1): void;
  place(key: string, at: { x: number; y: number }): void;
  arrange(): void;
  ask(field: string): void;
  checked(problems: readonly Problem[], at: number): void;
  /** The host did not save `sent`. */
  wasRefused(sent: Doc, problems: readonly Problem[], at: number): void;
  /** The host has saved `sent` as `chain`. Edits made meanwhile stay. */
  wasSaved(chain: JobChain, sent: Doc): void;
  /** Back to a saved chain, without history. */
  reset(chain: JobChain | null): void;
  /** Go on from another state of the saved chain, keeping the document. */
  rebase(chain: JobChain): void;
}

export type ChainStore = StoreApi<ChainState>;

export const isChanged = (state: Pick<ChainState, 'doc' | 'saved'>): boolean => state.doc !== state.saved;

export function createChainStore(chain: JobChain | null, now: () => number = Date.now): ChainStore {
  const base = chain ? fromChain(chain) : { doc: emptyDoc(), identity: {} };
  return createStore<ChainState>()((set, get) => {
    const editMember = (key: string, edit: Edit, change: (member: Draft<Member>) => void) =>
      get().edit(edit, (doc) => {
        const member = doc.members.find((candidate) => candidate.key === key);
        if (member) change(member);
      });
    const turn = (step: typeof back<Doc>) => {
      const { history, doc, selected } = get();
      const next = step(history, doc);
      if (!next) return;
      const stays = next.doc.members.some((member) => member.key === selected);
      set({ doc: next.doc, history: { past: next.past, future: next.future }, selected: stays ? selected : null, edge: null });
    };
    return {
      chainId: chain?.id ?? null,
      seen: chain?.updated_at ?? null,
      doc: base.doc,
      saved: base.doc,
      identity: base.identity,
      history: noHistory,
      selected: null,
      edge: null,
      problems: [],
      checkedAt: null,
      insisted: false,
      refused: null,
      focus: null,
      places: {},

      edit(edit, recipe) {
        const { doc, history } = get();
        const next = produce(doc, recipe);
        if (next !== doc) set({ doc: next, history: record(history, doc, edit, now()) });
      },
      undo: () => turn(back),
      redo: () => turn(forth),
      select: (selected) => set({ selected, edge: null }),
      selectEdge: (edge) => set(edge ? { edge, selected: null } : { edge }),
      add(job) {
        const key = newKey();
        get().edit({ label: t('Add job') }, (doc) => void doc.members.push({ key, name: freeName(job.name, doc.members), job_id: job.id, parameters: {}, after: [] }));
        set({ selected: key, edge: null });
        return key;
      },
      remove(key) {
        get().edit({ label: t('Remove member') }, (doc) => {
          doc.members = doc.members.filter((member) => member.key !== key);
          for (const member of doc.members) member.after = member.after.filter((edge) => edge.from !== key);
        });
        set({ selected: null, edge: null });
      },
      rename(key, name) {
        get().edit({ label: t('Rename member'), mark: `name:${key}` }, (doc) => {
          const member = doc.members.find((candidate) => candidate.key === key);
          if (!member) return;
          const before = member.name;
          member.name = name;
          // A half-typed name that another member has would take over that member's uses.
          if (before === '' || name === '' || freeName(name, doc.members.filter((other) => other.key !== key)) !== name) return;
          for (const other of doc.members) other.parameters = renamedUses(other.parameters, before, name);
        });
      },
      setJob: (key, job) => editMember(key, { label: t('Change job') }, (member) => void (member.job_id = job)),
      setParameter: (key, name, value) =>
        editMember(key, { label: t('Change parameter'), mark: `parameter:${key}:${name}` }, (member) => {
          if (value === undefined) delete member.parameters[name];
          else member.parameters[name] = value;
        }),
      connect(from, to) {
        if (from === to) return;
        editMember(to, { label: t('Connect') }, (member) => {
          if (!member.after.some((edge) => edge.from === from)) member.after.push({ from, also: false });
        });
      },
      disconnect(from, to) {
        editMember(to, { label: t('Disconnect') }, (member) => void (member.after = member.after.filter((edge) => edge.from !== from)));
        const { edge } = get();
        if (edge?.from === from && edge.to === to) set({ edge: null });
      },
      setAlso: (from, to, also) =>
        editMember(to, { label: also ? t('Also after failure') : t('Only after success') }, (member) => {
          const edge = member.after.find((candidate) => candidate.from === from);
          if (edge) edge.also = also;
        }),
      move: (key, by) =>
        get().edit({ label: t('Move member') }, (doc) => {
          const at = doc.members.findIndex((member) => member.key === key);
          const to = at + by;
          const [one, other] = [doc.members[at], doc.members[to]];
          if (one && other) [doc.members[at], doc.members[to]] = [other, one];
        }),
      place: (key, at) => set({ places: { ...get().places, [key]: at } }),
      arrange: () => set({ places: {} }),
      ask: (field) => set({ focus: { field, count: (get().focus?.count ?? 0) + 1 } }),
      checked(problems, at) {
        if (get().doc !== get().refused) set({ problems, checkedAt: at, refused: null });
      },
      wasRefused: (sent, problems, at) => set({ problems, checkedAt: at, insisted: true, refused: sent }),
      wasSaved(saved, sent) {
        const order = [...saved.members].sort((a, b) => a.execution_order - b.execution_order);
        const identity = Object.fromEntries(sent.members.flatMap((member, index) => (order[index] ? [[member.key, order[index].id]] : [])));
        set({ chainId: saved.id, seen: saved.updated_at, saved: sent, identity, insisted: false, refused: null });
      },
      reset(to) {
        const fresh = to ? fromChain(to) : { doc: emptyDoc(), identity: {} };
        set({ seen: to?.updated_at ?? null, doc: fresh.doc, saved: fresh.doc, identity: fresh.identity, history: noHistory, selected: null, edge: null, insisted: false });
      },
      rebase: (to) => set({ seen: to.updated_at }),
    };
  });
}
