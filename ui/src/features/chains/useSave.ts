/** Saving a chain, and what stands in its way: problems, or what someone else saved meanwhile. */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from '@/components/toast';
import { asAppError, chainQuery, invoke, keys, type JobChain } from '@/ipc';
import { useChainStore } from './context';
import { toDraft } from './model/doc';

export interface Saving {
  /** The saved chain; `null` when it was not saved, and the person knows why. */
  save: () => Promise<JobChain | null>;
  busy: boolean;
  /** The chain as someone else saved it meanwhile. */
  conflict: JobChain | null;
  keepMine: () => Promise<JobChain | null>;
  takeTheirs: () => void;
  decideLater: () => void;
}

/** `onMade` gets a chain that had no address before. */
export function useSave(onProblems: () => void, onMade: (chain: JobChain) => Promise<void>): Saving {
  const store = useChainStore();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [conflict, setConflict] = useState<JobChain | null>(null);

  const save = async (): Promise<JobChain | null> => {
    const { chainId, doc, identity, seen } = store.getState();
    setBusy(true);
    try {
      const chain = await invoke.chainsSave(chainId, toDraft(doc, identity), seen);
      store.getState().wasSaved(chain, doc);
      client.setQueryData(keys.chain(chain.id), (view: object | undefined) => (view ? { ...view, chain } : undefined));
      toast.done(`${chain.name} saved`);
      if (chainId === null) {
        await client.prefetchQuery(chainQuery(chain.id));
        await onMade(chain);
      }
      return chain;
    } catch (thrown) {
      const error = asAppError(thrown);
      // Not only `validation`: a name that is taken is a conflict with its field.
      if (error.problems.length > 0) {
        store.getState().wasRefused(doc, error.problems, Date.now());
        onProblems();
      } else if (error.code === 'conflict' && chainId !== null) {
        await invoke.chainsGet(chainId).then(
          (view) => setConflict(view.chain),
          () => toast.failed(error),
        );
      } else toast.failed(error, 'It was not saved');
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
      if (conflict) store.getState().rebase(conflict);
      setConflict(null);
      return save();
    },
    takeTheirs: () => {
      if (conflict) store.getState().reset(conflict);
      setConflict(null);
    },
    decideLater: () => setConflict(null),
  };
}
