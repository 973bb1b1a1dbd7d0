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

export function useRecoverVault() {
  return useMutation({ mutationFn: ({ code, keep }: { code: string; keep: VaultMethod }) => invoke.vaultRecover(code, keep) });
}

/** The two halves of replacing the key: the new recovery code is noted in between. */
export function useRotateVault() {
  const client = useQueryClient();
  const again = () => client.invalidateQueries({ queryKey: keys.status });
  return {
    start: useMutation({ mutationFn: (passphrase: string | null) => invoke.vaultRotateStart(passphrase), onSuccess: again }),
    finish: useMutation({ mutationFn: () => invoke.vaultRotateFinish(), onSuccess: again }),
  };
}

export function useUnlockVault() {
  return useMutation({ mutationFn: (how: VaultMethod) => invoke.vaultUnlock(how) });
}
