/**
 * Undo and redo over whole documents. Documents share what did not change, so that a step back costs little.
 *
 * Invariant: an edit with the same `mark` within a second of the one before continues it, so that typing a word is one
 * step back.
 */
export interface Entry<T> {
  doc: T;
  /** What the edit away from `doc` was. */
  label: string;
  mark: string | null;
  at: number;
}

export interface History<T> {
  past: readonly Entry<T>[];
  future: readonly Entry<T>[];
}

const KEPT = 200;
const PAUSE_MS = 1_000;

export const noHistory = { past: [], future: [] } as const;

export interface Edit {
  label: string;
  /** Edits with the same mark join. */
  mark?: string;
}

export function record<T>(history: History<T>, before: T, edit: Edit, now: number): History<T> {
  const mark = edit.mark ?? null;
  const last = history.past.at(-1);
  if (mark !== null && last?.mark === mark && now - last.at < PAUSE_MS && history.future.length === 0) {
    return { past: [...history.past.slice(0, -1), { ...last, at: now }], future: [] };
  }
  return { past: [...history.past, { doc: before, label: edit.label, mark, at: now }].slice(-KEPT), future: [] };
}

export interface Step<T> extends History<T> {
  doc: T;
}

export function back<T>(history: History<T>, doc: T): Step<T> | null {
  const entry = history.past.at(-1);
  if (!entry) return null;
  return {
    doc: entry.doc,
    past: history.past.slice(0, -1),
    future: [{ ...entry, doc, mark: null }, ...history.future],
  };
}

export function forth<T>(history: History<T>, doc: T): Step<T> | null {
  const [entry, ...rest] = history.future;
  if (!entry) return null;
  return { doc: entry.doc, past: [...history.past, { ...entry, doc, mark: null }], future: rest };
}
