/** Changes of the vault. The status follows by event; it is also asked again at once, as everything hangs on it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from '@/components/toast';
import { invoke, keys, type VaultMethod } from '@/ipc';

export function useLockVault(onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => invoke.vaultLock(),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.status });
      onDone();
    },
    onError: (error) => toast.failed(error),
  });
}

export function useInitVault() {
  return useMutation({ mutationFn: (how: VaultMethod) => invoke.vaultInit(how) });
}

export function useUnlockVault() {
  return useMutation({ mutationFn: (how: VaultMethod) => invoke.vaultUnlock(how) });
}
