/** What the builder keeps doing with the host and this computer: checking the draft, and keeping it. */
import { useEffect, useState } from 'react';
import { invoke } from '@/ipc';
import { useBuilder, useBuilderStore } from './context';
import { forget, keep } from './model/autosave';
import { toDraft } from './model/doc';
import { isChanged, type BuilderStore } from './model/store';

const CHECK_AFTER_MS = 250;
const KEEP_AFTER_MS = 500;

/** Asks the host what is wrong with the document, a moment after each change. */
export function useChecks(): void {
  const store = useBuilderStore();
  const doc = useBuilder((state) => state.doc);
  const identity = useBuilder((state) => state.identity);
  const jobId = useBuilder((state) => state.jobId);
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(() => {
      invoke.jobsValidate(jobId, toDraft(doc, identity)).then(
        (problems) => wanted && store.getState().checked(problems, Date.now()),
        // A check that could not be made is made again with the next change; saving tells what stands in the way.
        () => undefined,
      );
    }, CHECK_AFTER_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [store, doc, identity, jobId]);
}

/** Keeps unsaved work on this computer. Gives the time it was last kept. */
export function useAutosave(): string | null {
  const store = useBuilderStore();
  const doc = useBuilder((state) => state.doc);
  const saved = useBuilder((state) => state.saved);
  const [at, setAt] = useState<string | null>(null);
  useEffect(() => {
    if (doc === saved) {
      forget(store.getState().jobId);
      return;
    }
    const timer = setTimeout(() => setAt((before) => keepNow(store) ?? before), KEEP_AFTER_MS);
    return () => clearTimeout(timer);
  }, [store, doc, saved]);
  // What was changed just now must not be lost when the page is left.
  useEffect(() => {
    const write = () => void keepNow(store);
    window.addEventListener('pagehide', write);
    return () => {
      window.removeEventListener('pagehide', write);
      write();
    };
  }, [store]);
  return doc === saved ? null : at;
}

/** Keeps the draft if there is one; the instant when it was kept. */
function keepNow(store: BuilderStore): string | null {
  const state = store.getState();
  const { jobId, doc, identity, version, template } = state;
  const at = new Date().toISOString();
  return isChanged(state) && keep(jobId, { doc, identity, version, template, at }) ? at : null;
}
