/** Makes a key pair. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { Select } from '@/components/Select';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { asAppError, invoke, type PgpAlgorithm, type SshKeyType } from '@/ipc';
import { day } from '@/lib/format';
import { daysOf, endOf, LIVES, type Life } from './expiry';
import type { KeyKind } from './KeysPage';
import { differs, NewPassphrase } from './NewPassphrase';
import { PGP_KINDS, PGP_NOTES, SSH_KINDS, SSH_NOTES, userOf } from './words';

const PGP_OPTIONS = (Object.keys(PGP_KINDS) as PgpAlgorithm[]).map((value) => ({ value, label: PGP_KINDS[value], note: PGP_NOTES[value] }));
const SSH_OPTIONS = (Object.keys(SSH_KINDS) as SshKeyType[]).map((value) => ({ value, label: SSH_KINDS[value], note: SSH_NOTES[value] }));

export function GenerateKey({ kind, onClose, onMade }: { kind: KeyKind; onClose: () => void; onMade: (id: string) => void }) {
  const [name, setName] = useState('');
  const [user, setUser] = useState('');
  const [pgpKind, setPgpKind] = useState<PgpAlgorithm>('ecc_curve25519');
  const [sshKind, setSshKind] = useState<SshKeyType>('ed25519');
  const [life, setLife] = useState<Life>('730');
  const [until, setUntil] = useState('');
  const [passphrase, setPassphrase] = useState({ first: '', again: '' });
  const days = daysOf(life, until);
  const make = useMutation({
    mutationFn: async () => {
      const key =
        kind === 'pgp'
          ? await invoke.pgpKeysGenerate({ name, algorithm: pgpKind, user_id: user, expires_in_days: typeof days === 'number' ? days : null, passphrase: passphrase.first === '' ? null : passphrase.first })
          : await invoke.sshKeysGenerate({ name, key_type: sshKind });
      return key.id;
    },
    onSuccess: (id) => {
      toast.done(t('{{name}} generated', { name }), kind === 'pgp' ? t('Export its public key and send it to your partners.') : t('Copy its public key and send it to the partner.'));
      onMade(id);
      onClose();
    },
  });
  const problems = make.error ? asAppError(make.error).problems : [];
  const problem = (path: string) => problems.find((p) => p.path === path)?.message;
  const missing =
    name.trim() === ''
      ? t('Enter a name first')
      : kind === 'ssh'
        ? null
        : user.trim() === ''
          ? t('Enter a user first')
          : typeof days === 'string'
            ? t('Enter the day until which it is good')
            : differs(passphrase)
              ? t('Enter the same passphrase twice')
              : null;
  return (
    <Dialog
      open
      onClose={onClose}
      id="generate-key-dialog"
      title={kind === 'pgp' ? t('Generate a PGP key pair') : t('Generate an SSH key')}
      description={kind === 'pgp' ? t('Partners encrypt to its public part; the private part stays in the vault.') : t('For connections that log in with a key. The private part stays in the vault.')}
      footer={
        <>
          <Button onClick={onClose}>{t('Cancel')}</Button>
          <Button id="generate-key-submit" form="generate-key-form" type="submit" variant="primary" disabled={missing !== null} title={missing ?? undefined} busy={make.isPending}>
            {t('Generate')}
          </Button>
        </>
      }
    >
      <form
        id="generate-key-form"
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (missing === null && !make.isPending) make.mutate();
        }}
      >
        <Field label={t('Name')} required error={problem('name')}>
          <Input id="key-name" autoFocus placeholder={kind === 'pgp' ? t('Finance 2026') : 'courier-ops-2026'} value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        {kind === 'pgp' && (
          <Field label={t('User')} required error={problem('user_id')} help={user.trim() !== '' && userOf(user).mail === '' ? NO_MAIL : t('What partners see in the key: a name and a mail address.')}>
            <Input id="key-user" placeholder="Finance <finance@example.com>" value={user} onChange={(event) => setUser(event.target.value)} />
          </Field>
        )}
        <Field label={t('Kind')} error={problem('algorithm') ?? problem('key_type')}>
          {kind === 'pgp' ? (
            <Select id="key-kind" value={pgpKind} onChange={setPgpKind} options={PGP_OPTIONS} />
          ) : (
            <Select id="key-kind" value={sshKind} onChange={setSshKind} options={SSH_OPTIONS} />
          )}
        </Field>
        {kind === 'pgp' && (
          <>
            <div className="grid grid-cols-2 items-start gap-3">
              <Field label={t('Good for')} error={problem('expires_in_days')} help={typeof days === 'number' && life !== 'day' ? t('Ends on {{day}}.', { day: day(endOf(days)) }) : undefined}>
                <Select id="key-life" value={life} onChange={setLife} options={LIVES} />
              </Field>
              {life === 'day' && (
                <Field label={t('Last day')} required error={until !== '' && typeof days === 'string' ? days : null} help={typeof days === 'number' ? day(endOf(days)) : t('Year, month, day.')}>
                  <Input id="key-until" className="num" placeholder="2028-12-31" value={until} onChange={(event) => setUntil(event.target.value)} />
                </Field>
              )}
            </div>
            <NewPassphrase value={passphrase} onChange={setPassphrase} error={problem('passphrase')} help={t('Not needed: the vault protects the key. It also protects the private key when that is taken elsewhere.')} />
          </>
        )}
      </form>
      {make.error && problems.length === 0 && <ErrorNotice error={make.error} />}
    </Dialog>
  );
}

const NO_MAIL = (
  <span className="text-warn">{t('Without a mail address, as in Finance <finance@example.com>, some programs do not find the key.')}</span>
);
