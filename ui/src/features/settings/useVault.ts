/** Changes of the vault. The status follows by event; it is also asked again at once, as everything hangs on it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useChrome } from '@/app/chrome';
import { toast } from '@/components/toast';
import { invoke, keys, type VaultMethod } from '@/ipc';

/** What goes through these is secret, and does not stay behind when its form has gone. */
const UNKEPT = { gcTime: 0 } as const;

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

/** The recovery code goes to the frame, which shows it once; nothing else in the page keeps it. */
export function useInitVault() {
  return useMutation({
    mutationFn: async (how: VaultMethod) => useChrome.getState().setRecoveryCode((await invoke.vaultInit(how)).recovery_code),
    ...UNKEPT,
  });
}

export function useRecoverVault() {
  return useMutation({ mutationFn: ({ code, keep }: { code: string; keep: VaultMethod }) => invoke.vaultRecover(code, keep), ...UNKEPT });
}

/** The two halves of replacing the key: the new recovery code, given to `onCode`, is kept by a person in between. */
export function useRotateVault(onCode: (code: string) => void) {
  const client = useQueryClient();
  const again = () => client.invalidateQueries({ queryKey: keys.status });
  return {
    start: useMutation({
      mutationFn: async (passphrase: string | null) => onCode((await invoke.vaultRotateStart(passphrase)).recovery_code),
      onSuccess: again,
      ...UNKEPT,
    }),
    finish: useMutation({ mutationFn: () => invoke.vaultRotateFinish(), onSuccess: again }),
  };
}

export function useUnlockVault() {
  return useMutation({ mutationFn: (how: VaultMethod) => invoke.vaultUnlock(how), ...UNKEPT });
}
