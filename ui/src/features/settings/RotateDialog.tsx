/** Replaces the vault's key: the new recovery code is noted first, then every secret is put under the new key. */
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { SecretInput } from '@/components/Input';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import type { RotationReport, VaultStatus } from '@/ipc';
import { RecoveryCode } from './RecoveryCode';
import { useRotateVault } from './useVault';

export function RotateDialog({ vault, onClose }: { vault: VaultStatus; onClose: () => void }) {
  const [passphrase, setPassphrase] = useState('');
  const [noted, setNoted] = useState(false);
  // Only until the key is replaced, and not in the cache of what was asked.
  const [code, setCode] = useState<string | null>(null);
  const { start, finish } = useRotateVault(setCode);
  // A rotation that was cut off has its passphrase already.
  const [asks] = useState(vault.key_source === 'passphrase' && vault.rotating_since === null);
  const lost = finish.data?.unreadable ?? [];
  const done = (report: RotationReport) => {
    setCode(null);
    if (report.unreadable.length > 0) return;
    toast.done(t('The vault has a new key. {{count}} secrets are under it.', { count: report.rewrapped }));
    onClose();
  };
  const begin = () => start.mutate(asks ? passphrase : null);
  return (
    <Dialog
      open
      onClose={onClose}
      id="rotate-dialog"
      title={vault.rotating_since === null || code ? t('Replace the vault’s key') : t('Go on replacing the vault’s key')}
      description={
        code
          ? t('First keep the recovery code of the new key. It is shown only now; the old code opens nothing afterwards.')
          : t('A new key is made, and every stored password and private key is put under it. Runs go on meanwhile. Do it when somebody may have seen the old key.')
      }
      footer={
        finish.data ? (
          <Button id="rotate-close" variant="primary" onClick={onClose}>
            {t('Close')}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{t('Cancel')}</Button>
            {code ? (
              <Button
                id="rotate-finish"
                variant="primary"
                busy={finish.isPending}
                disabled={!noted}
                title={noted ? undefined : t('Keep the code first')}
                onClick={() => finish.mutate(undefined, { onSuccess: done })}
              >
                {t('Replace the key')}
              </Button>
            ) : (
              <Button id="rotate-start" variant="primary" busy={start.isPending} disabled={asks && passphrase === ''} onClick={begin}>
                {t('Go on')}
              </Button>
            )}
          </>
        )
      }
    >
      {!code && asks && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (passphrase !== '' && !start.isPending) begin();
          }}
        >
          <Field label={t('Passphrase of the vault')} required help={t('The new key is kept under it, too.')}>
            <SecretInput id="rotate-passphrase" autoFocus value={passphrase} onChange={(event) => setPassphrase(event.target.value)} />
          </Field>
        </form>
      )}
      {code && !finish.data && <RecoveryCode code={code} noted={noted} onNoted={setNoted} />}
      {lost.length > 0 && (
        <div role="status">
          <p>{t('The vault has a new key. These stored secrets opened with no key before, and still do not; enter them again:')}</p>
          <ul className="mono mt-2">{lost.map((place) => <li key={place}>{place}</li>)}</ul>
        </div>
      )}
      {(start.error ?? finish.error) && <ErrorNotice error={start.error ?? finish.error} />}
    </Dialog>
  );
}
