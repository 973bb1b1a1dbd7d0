/**
 * Unsaved work, kept on this computer until it is saved or discarded. One draft for each job, and one for a new job.
 *
 * A draft that cannot be read back (another version of Courier wrote it) is dropped: the saved job is the truth.
 */
import type { Doc, Identity } from './doc';

export interface Kept {
  doc: Doc;
  identity: Identity;
  /** The version that the draft was made from; 0 for a new job. */
  version: number;
  /** The template that it is from, as long as it is not saved. */
  template?: string | null;
  /** When it was kept, as an ISO instant. */
  at: string;
}

const FORMAT = 1;
const place = (jobId: string | null) => `courier.draft.${jobId ?? 'new'}`;

export function keep(jobId: string | null, draft: Kept): boolean {
  try {
    localStorage.setItem(place(jobId), JSON.stringify({ format: FORMAT, ...draft }));
    return true;
  } catch {
    return false;
  }
}

export function kept(jobId: string | null): Kept | null {
  try {
    const text = localStorage.getItem(place(jobId));
    const draft: unknown = text === null ? null : JSON.parse(text);
    return isKept(draft) ? draft : null;
  } catch {
    return null;
  }
}

export function forget(jobId: string | null): void {
  try {
    localStorage.removeItem(place(jobId));
  } catch {
    // Without storage there was nothing to forget.
  }
}

function isKept(draft: unknown): draft is Kept {
  return (
    typeof draft === 'object' &&
    draft !== null &&
    'format' in draft &&
    draft.format === FORMAT &&
    'doc' in draft &&
    typeof draft.doc === 'object' &&
    draft.doc !== null &&
    'steps' in draft.doc &&
    Array.isArray(draft.doc.steps)
  );
}
