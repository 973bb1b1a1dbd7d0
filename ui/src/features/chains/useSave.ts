/** Saving a chain. */
import { useQueryClient } from '@tanstack/react-query';
import { toast } from '@/components/toast';
import { useSaving, type Saving } from '@/components/useSaving';
import { t } from '@/i18n';
import { chainQuery, invoke, keys, type JobChain } from '@/ipc';
import { useChainStore } from './context';
import { toDraft } from './model/doc';

/** `onMade` gets a chain that had no address before. */
export function useSave(onProblems: () => void, onMade: (chain: JobChain) => Promise<void>): Saving<JobChain> {
  const store = useChainStore();
  const client = useQueryClient();
  return useSaving<JobChain>({
    begin: () => {
      const { chainId, doc, identity, seen } = store.getState();
      const send = async () => {
        const chain = await invoke.chainsSave(chainId, toDraft(doc, identity), seen);
        store.getState().wasSaved(chain, doc);
        client.setQueryData(keys.chain(chain.id), (view: object | undefined) => (view ? { ...view, chain } : undefined));
        toast.done(t('{{name}} saved', { name: chain.name }));
        if (chainId === null) {
          await client.prefetchQuery(chainQuery(chain.id));
          await onMade(chain);
        }
        return chain;
      };
      return {
        send,
        refused: (problems) => {
          store.getState().wasRefused(doc, problems, Date.now());
          onProblems();
        },
        theirs: chainId === null ? null : async () => (await invoke.chainsGet(chainId)).chain,
      };
    },
    rebase: (theirs) => store.getState().rebase(theirs),
    reset: (theirs) => store.getState().reset(theirs),
  });
}
