/** Saving what is edited, and what stands in its way: problems, or what someone else saved meanwhile. */
import { useState } from 'react';
import { t } from '@/i18n';
import { asAppError, type Problem } from '@/ipc';
import { toast } from './toast';

export interface Saving<T> {
  /** What is saved now; `null` when it was not saved, and the person knows why. */
  save: () => Promise<T | null>;
  busy: boolean;
  /** As someone else saved it meanwhile. */
  conflict: T | null;
  keepMine: () => Promise<T | null>;
  takeTheirs: () => void;
  decideLater: () => void;
}

/** What is edited, as it was when saving began. */
export interface Sending<T> {
  /** Sends it, and does what follows once it was taken. */
  send: () => Promise<T>;
  refused: (problems: readonly Problem[]) => void;
  /** As it is stored by now; not there for what is new. */
  theirs: (() => Promise<T>) | null;
}

export interface Editing<T> {
  begin: () => Sending<T>;
  /** The document stays, and follows theirs from now on. */
  rebase: (theirs: T) => void;
  reset: (theirs: T) => void;
}

export function useSaving<T>({ begin, rebase, reset }: Editing<T>): Saving<T> {
  const [busy, setBusy] = useState(false);
  const [conflict, setConflict] = useState<T | null>(null);

  const save = async (): Promise<T | null> => {
    const { send, refused, theirs } = begin();
    setBusy(true);
    try {
      return await send();
    } catch (thrown) {
      const error = asAppError(thrown);
      // Not only `validation`: a name that is taken is a conflict with its field.
      if (error.problems.length > 0) refused(error.problems);
      else if (error.code === 'conflict' && theirs !== null) {
        await theirs().then(
          (found) => setConflict(() => found),
          () => toast.failed(error),
        );
      } else toast.failed(error, t('It was not saved'));
      return null;
    } finally {
      setBusy(false);
    }
  };

  return {
    save,
    busy,
    conflict,
    keepMine: async () => {
      if (conflict !== null) rebase(conflict);
      setConflict(null);
      return save();
    },
    takeTheirs: () => {
      if (conflict !== null) reset(conflict);
      setConflict(null);
    },
    decideLater: () => setConflict(null),
  };
}
