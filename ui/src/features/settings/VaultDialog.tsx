/** The vault from anywhere: set it up, unlock it, or see how it is kept. */
import { useQuery } from '@tanstack/react-query';
import { useChrome } from '@/app/chrome';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { KeyValues } from '@/components/Page';
import { t } from '@/i18n';
import { statusQuery } from '@/ipc';
import { useLockVault } from './useVault';
import { VaultForm } from './VaultForm';
import { keySource } from './words';

export function VaultDialog() {
  const open = useChrome((state) => state.vaultOpen);
  const close = () => useChrome.getState().setVault(false);
  const { data: status } = useQuery(statusQuery());
  const lock = useLockVault(close);
  if (!status) return null;
  const { vault } = status;
  if (vault.state !== 'unlocked') {
    return (
      <Dialog
        open={open}
        onClose={close}
        id="vault-dialog"
        title={vault.state === 'uninitialised' ? t('Set up the vault') : t('Unlock the vault')}
        description={
          vault.state === 'uninitialised'
            ? t('The vault keeps passwords and private keys, encrypted. Choose what opens it.')
            : t('Runs that need a password or key wait until the vault is open.')
        }
      >
        <VaultForm state={vault.state} onDone={close} />
      </Dialog>
    );
  }
  return (
    <Dialog
      open={open}
      onClose={close}
      id="vault-dialog"
      title={t('The vault is open')}
      description={t('Passwords and private keys are kept in it, encrypted.')}
      footer={
        <>
          <Button id="lock-vault" busy={lock.isPending} onClick={() => lock.mutate()}>
            {t('Lock now')}
          </Button>
          <Button variant="primary" onClick={close}>
            {t('Close')}
          </Button>
        </>
      }
    >
      <KeyValues
        rows={[
          [t('Opened by'), keySource(vault.key_source)],
          [t('State'), vault.detail],
        ]}
      />
    </Dialog>
  );
}
