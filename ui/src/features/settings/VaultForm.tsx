/**
 * Sets up or unlocks the vault; with the recovery code it also says how the key is kept from now on. The recovery code of
 * a new vault goes to the dialog that shows it once.
 */
import { useQueryClient } from '@tanstack/react-query';
import { FileKey2, KeyRound, Laptop } from 'lucide-react';
import { useState } from 'react';
import { BrowseButton } from '@/components/BrowseButton';
import { Button } from '@/components/Button';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Input, SecretInput } from '@/components/Input';
import { Segmented } from '@/components/Toggle';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { asAppError, invoke, keys, type VaultMethod, type VaultState } from '@/ipc';
import { useInitVault, useRecoverVault, useUnlockVault } from './useVault';

type Way = VaultMethod['method'];

const EXPLAINED: Record<Way, string> = {
  keychain: t('Opens by itself when you are logged in. Best for a computer that only you use.'),
  passphrase: t('You type it each time Courier starts. Scheduled runs wait until you did.'),
  key_file: t('A file that only your account may read. Best for servers and unattended computers.'),
};

export function VaultForm({ state, onDone }: { state: VaultState; onDone: () => void }) {
  const [recovering, setRecovering] = useState(false);
  const [code, setCode] = useState('');
  // Whether `way` is a choice for the time to come, not the one that was made.
  const isNew = state === 'uninitialised' || recovering;
  const [way, setWay] = useState<Way>('keychain');
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const [path, setPath] = useState('');
  const init = useInitVault();
  const unlock = useUnlockVault();
  const recover = useRecoverVault();
  const client = useQueryClient();
  const busy = init.isPending || unlock.isPending || recover.isPending;
  const refused = recover.error ? asAppError(recover.error) : null;
  // Said beside the code: in the words of the code, not of a passphrase.
  const wrongCode = refused?.code === 'vault_wrong_key' ? refused.message : null;
  const failed = init.error ?? unlock.error ?? (wrongCode === null ? recover.error : null);
  const differs = isNew && way === 'passphrase' && again !== '' && again !== passphrase;
  const chosen =
    way === 'keychain' || (way === 'passphrase' ? passphrase !== '' && (!isNew || again === passphrase) : path !== '');
  const ready = chosen && (!recovering || code.trim() !== '');
  const forget = () => [init, unlock, recover].forEach((mutation) => mutation.reset());

  const submit = () => {
    const how: VaultMethod = way === 'keychain' ? { method: way } : way === 'passphrase' ? { method: way, passphrase } : { method: way, path };
    const done = async () => {
      await client.invalidateQueries({ queryKey: keys.status });
      onDone();
    };
    if (recovering) recover.mutate({ code, keep: how }, { onSuccess: done });
    else if (isNew) {
      // The code is kept by the frame: this form goes as soon as the status says that there is a vault.
      init.mutate(how, { onSuccess: done });
    } else unlock.mutate(how, { onSuccess: done });
  };

  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && !busy) submit();
      }}
    >
      {recovering && (
        <>
          <Field label={t('Recovery code')} required error={wrongCode} help={t('It was shown when the vault was set up, or when its key was last replaced.')}>
            <Input id="vault-code" mono autoFocus autoComplete="off" spellCheck={false} value={code} onChange={(event) => setCode(event.target.value)} />
          </Field>
          <p className="text-sm font-medium">{t('Opened from now on by')}</p>
        </>
      )}
      <Segmented
        full
        label={recovering ? t('What opens the vault from now on') : t('What opens the vault')}
        value={way}
        onChange={(next) => {
          setWay(next);
          forget();
        }}
        segments={[
          { value: 'keychain', label: <><Laptop className="size-3.5" />{t('System keychain')}</>, id: 'vault-keychain' },
          { value: 'passphrase', label: <><KeyRound className="size-3.5" />{t('Passphrase')}</>, id: 'vault-passphrase' },
          { value: 'key_file', label: <><FileKey2 className="size-3.5" />{t('Key file')}</>, id: 'vault-key-file' },
        ]}
      />
      {isNew && <p className="text-sm text-muted">{EXPLAINED[way]}</p>}
      {way === 'passphrase' && (
        <>
          <Field label={t('Passphrase')} required help={isNew ? t('A few words that nobody else would put together.') : undefined}>
            <SecretInput id="vault-passphrase-input" autoFocus={!recovering} value={passphrase} onChange={(event) => setPassphrase(event.target.value)} />
          </Field>
          {isNew && (
            <Field label={t('The same again')} required error={differs ? t('The two are not the same.') : null}>
              <SecretInput id="vault-passphrase-again" value={again} onChange={(event) => setAgain(event.target.value)} />
            </Field>
          )}
        </>
      )}
      {way === 'key_file' && (
        <Field label={t('Key file')} required help={isNew ? t('Made if it is not there. Keep a copy: without it the vault stays closed.') : undefined}>
          <Input
            id="vault-key-path"
            mono
            value={path}
            onChange={(event) => setPath(event.target.value)}
            tail={
              <BrowseButton
                label={t('Choose a file')}
                onClick={() =>
                  void invoke
                    .localPick({ kind: isNew ? 'save_file' : 'open_file', title: t('Vault key file') })
                    .then((picked) => picked !== null && setPath(picked))
                    .catch((error: unknown) => toast.failed(error))
                }
              />
            }
          />
        </Field>
      )}
      {failed && <ErrorNotice error={failed} />}
      <div className="flex items-center justify-end gap-2">
        {state !== 'uninitialised' && (
          <Button
            variant="ghost"
            id="vault-recover"
            className="mr-auto"
            onClick={() => {
              setRecovering(!recovering);
              forget();
            }}
          >
            {recovering ? t('Back') : t('Use the recovery code')}
          </Button>
        )}
        <Button type="submit" id="vault-submit" variant="primary" disabled={!ready} busy={busy}>
          {state === 'uninitialised' ? t('Set up the vault') : t('Unlock')}
        </Button>
      </div>
    </form>
  );
}
