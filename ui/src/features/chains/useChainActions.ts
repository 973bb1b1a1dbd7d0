/** What can be done with a chain from anywhere, with the news and the way back. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { toast } from '@/components/toast';
import { asAppError, invoke, keys, type Value } from '@/ipc';

interface Named {
  id: string;
  name: string;
}

export function useRunChain() {
  const navigate = useNavigate();
  const show = (chainId: string, run?: string) => void navigate({ to: '/chains/$chainId', params: { chainId }, search: run === undefined ? {} : { run } });
  return useMutation({
    mutationFn: ({ chain, parameters = {} }: { chain: Named; parameters?: Record<string, Value> }) => invoke.chainsRun(chain.id, parameters),
    onSuccess: (run, { chain }) => toast.done(`${chain.name} is on its way`, undefined, { label: 'Show run', onClick: () => show(chain.id, run) }),
    onError: (error, { chain }) =>
      toast.failed(
        error,
        `${chain.name} did not start`,
        // Most often a parameter without a default: the chain's own page asks for it.
        asAppError(error).code === 'validation' ? { label: 'Open the chain', onClick: () => show(chain.id) } : undefined,
      ),
  });
}

export function useEnableChain() {
  return useMutation({
    mutationFn: ({ chain, enabled }: { chain: Named; enabled: boolean }) => invoke.chainsEnable(chain.id, enabled),
    onSuccess: (_, { chain, enabled }) => toast.done(`${chain.name} ${enabled ? 'enabled' : 'disabled'}`),
    onError: (error) => toast.failed(error),
  });
}

/** Takes a chain away at once, and offers to bring it back. */
export function useDeleteChain(onDone?: () => void) {
  const client = useQueryClient();
  const restore = useMutation({
    mutationFn: (chain: Named) => invoke.chainsRestore(chain.id),
    onSuccess: (_, chain) => {
      toast.done(`${chain.name} is back`);
      void client.invalidateQueries({ queryKey: keys.chains });
    },
    onError: (error, chain) => toast.failed(error, `${chain.name} was not brought back`),
  });
  return useMutation({
    mutationFn: (chain: Named) => invoke.chainsDelete(chain.id),
    onSuccess: (_, chain) => {
      onDone?.();
      toast.done(`${chain.name} deleted`, 'Its past runs stay. Nothing starts it any more.', { label: 'Undo', onClick: () => restore.mutate(chain) });
    },
    onError: (error) => toast.failed(error),
  });
}
