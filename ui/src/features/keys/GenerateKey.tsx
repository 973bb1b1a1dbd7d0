/** Makes a key pair. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Input, SecretInput } from '@/components/Input';
import { Select } from '@/components/Select';
import { toast } from '@/components/toast';
import { asAppError, invoke, type PgpAlgorithm, type SshKeyType } from '@/ipc';
import type { KeyKind } from './KeysPage';
import { PGP_KINDS, SSH_KINDS } from './words';

const LIVES: readonly { value: string; label: string }[] = [
  { value: '365', label: '1 year' },
  { value: '730', label: '2 years' },
  { value: '1095', label: '3 years' },
  { value: '1825', label: '5 years' },
  { value: 'none', label: 'No expiry' },
];

const PGP_NOTES: Partial<Record<PgpAlgorithm, string>> = { ecc_curve25519: 'fast, small', rsa_4096: 'reads everywhere' };
const SSH_NOTES: Partial<Record<SshKeyType, string>> = { ed25519: 'best for new servers', rsa_4096: 'old servers too' };

export function GenerateKey({ kind, onClose, onMade }: { kind: KeyKind; onClose: () => void; onMade: (id: string) => void }) {
  const [name, setName] = useState('');
  const [user, setUser] = useState('');
  const [pgpKind, setPgpKind] = useState<PgpAlgorithm>('ecc_curve25519');
  const [sshKind, setSshKind] = useState<SshKeyType>('ed25519');
  const [life, setLife] = useState('730');
  const [passphrase, setPassphrase] = useState('');
  const make = useMutation({
    mutationFn: async () => {
      const key =
        kind === 'pgp'
          ? await invoke.pgpKeysGenerate({ name, algorithm: pgpKind, user_id: user, expires_in_days: life === 'none' ? null : Number(life), passphrase: passphrase === '' ? null : passphrase })
          : await invoke.sshKeysGenerate({ name, key_type: sshKind });
      return key.id;
    },
    onSuccess: (id) => {
      toast.done(`${name} generated`, kind === 'pgp' ? 'Export its public key and send it to your partners.' : 'Copy its public key and send it to the partner.');
      onMade(id);
      onClose();
    },
  });
  const problems = make.error ? asAppError(make.error).problems : [];
  const problem = (path: string) => problems.find((p) => p.path === path)?.message;
  const ready = name.trim() !== '' && (kind === 'ssh' || user.trim() !== '');
  return (
    <Dialog
      open
      onClose={onClose}
      id="generate-key-dialog"
      title={kind === 'pgp' ? 'Generate a PGP key pair' : 'Generate an SSH key'}
      description={kind === 'pgp' ? 'Partners encrypt to its public part; the private part stays in the vault.' : 'For connections that log in with a key. The private part stays in the vault.'}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            id="generate-key-submit"
            form="generate-key-form"
            type="submit"
            variant="primary"
            disabled={!ready}
            title={ready ? undefined : kind === 'pgp' ? 'Enter a name and a user first' : 'Enter a name first'}
            busy={make.isPending}
          >
            Generate
          </Button>
        </>
      }
    >
      <form
        id="generate-key-form"
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !make.isPending) make.mutate();
        }}
      >
        <Field label="Name" required error={problem('name')}>
          <Input id="key-name" autoFocus placeholder={kind === 'pgp' ? 'Finance 2026' : 'courier-ops-2026'} value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        {kind === 'pgp' && (
          <Field label="User" required error={problem('user_id')} help="What partners see in the key.">
            <Input id="key-user" placeholder="Finance <finance@example.com>" value={user} onChange={(event) => setUser(event.target.value)} />
          </Field>
        )}
        <div className="grid grid-cols-2 gap-3">
          <Field label="Kind" error={problem('algorithm') ?? problem('key_type')}>
            {kind === 'pgp' ? (
              <Select
                id="key-kind"
                value={pgpKind}
                onChange={setPgpKind}
                options={(Object.keys(PGP_KINDS) as PgpAlgorithm[]).map((value) => ({ value, label: PGP_KINDS[value], note: PGP_NOTES[value] }))}
              />
            ) : (
              <Select
                id="key-kind"
                value={sshKind}
                onChange={setSshKind}
                options={(Object.keys(SSH_KINDS) as SshKeyType[]).map((value) => ({ value, label: SSH_KINDS[value], note: SSH_NOTES[value] }))}
              />
            )}
          </Field>
          {kind === 'pgp' && (
            <Field label="Good for" error={problem('expires_in_days')}>
              <Select id="key-life" value={life} onChange={setLife} options={LIVES} />
            </Field>
          )}
        </div>
        {kind === 'pgp' && (
          <Field label="Passphrase" error={problem('passphrase')} help="Not needed: the vault protects the key. It protects the private key when that is taken elsewhere.">
            <SecretInput id="key-passphrase" value={passphrase} onChange={(event) => setPassphrase(event.target.value)} />
          </Field>
        )}
      </form>
      {make.error && problems.length === 0 && <ErrorNotice error={make.error} />}
    </Dialog>
  );
}
