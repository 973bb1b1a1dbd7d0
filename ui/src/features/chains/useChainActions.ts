/** What can be done with a chain from anywhere, with the news and the way back. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
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
    onSuccess: (run, { chain }) => toast.done(t('{{name}} is on its way', { name: chain.name }), undefined, { label: t('Show run'), onClick: () => show(chain.id, run) }),
    onError: (error, { chain }) =>
      toast.failed(
        error,
        t('{{name}} did not start', { name: chain.name }),
        // Most often a parameter without a default: the chain's own page asks for it.
        asAppError(error).code === 'validation' ? { label: t('Open the chain'), onClick: () => show(chain.id) } : undefined,
      ),
  });
}

export function useEnableChain() {
  return useMutation({
    mutationFn: ({ chain, enabled }: { chain: Named; enabled: boolean }) => invoke.chainsEnable(chain.id, enabled),
    onSuccess: (_, { chain, enabled }) => toast.done(enabled ? t('{{name}} enabled', { name: chain.name }) : t('{{name}} disabled', { name: chain.name })),
    onError: (error) => toast.failed(error),
  });
}

/** Takes a chain away at once, and offers to bring it back. */
export function useDeleteChain(onDone?: () => void) {
  const client = useQueryClient();
  const restore = useMutation({
    mutationFn: (chain: Named) => invoke.chainsRestore(chain.id),
    onSuccess: (_, chain) => {
      toast.done(t('{{name}} is back', { name: chain.name }));
      void client.invalidateQueries({ queryKey: keys.chains });
    },
    onError: (error, chain) => toast.failed(error, t('{{name}} was not brought back', { name: chain.name })),
  });
  return useMutation({
    mutationFn: (chain: Named) => invoke.chainsDelete(chain.id),
    onSuccess: (_, chain) => {
      onDone?.();
      toast.done(t('{{name}} deleted', { name: chain.name }), t('Its past runs stay. Nothing starts it any more.'), { label: t('Undo'), onClick: () => restore.mutate(chain) });
    },
    onError: (error) => toast.failed(error),
  });
}
