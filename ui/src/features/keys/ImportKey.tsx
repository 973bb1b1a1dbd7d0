/** Takes a key from a file. */
import { useMutation } from '@tanstack/react-query';
import { FolderOpen } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Input, SecretInput } from '@/components/Input';
import { Notice } from '@/components/Notice';
import { toast } from '@/components/toast';
import { asAppError, invoke } from '@/ipc';
import { count } from '@/lib/format';
import type { KeyKind } from './KeysPage';

export function ImportKey({ kind, onClose, onMade }: { kind: KeyKind; onClose: () => void; onMade: (id: string) => void }) {
  const [path, setPath] = useState('');
  const [name, setName] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const load = useMutation({
    mutationFn: async () => {
      const source = { name: name.trim() === '' ? null : name.trim(), path, passphrase: passphrase === '' ? null : passphrase };
      if (kind === 'pgp') return invoke.pgpKeysImport(source);
      return { imported: [await invoke.sshKeysImport(source)], warnings: [] };
    },
    onSuccess: ({ imported, warnings }) => {
      if (imported.length > 0) toast.done(imported.length === 1 ? `${imported[0]?.name} imported` : `${count(imported.length, 'key')} imported`);
      const first = imported[0];
      if (first) onMade(first.id);
      if (imported.length > 0 && warnings.length === 0) onClose();
    },
  });
  const failure = load.error ? asAppError(load.error) : null;
  const wantsPassphrase = failure?.code === 'wrong_passphrase';
  const nothingNew = load.data?.imported.length === 0;
  const warnings = load.data?.warnings.length === 0 && nothingNew ? ['The file holds no key that is not here already.'] : (load.data?.warnings ?? []);
  const pick = () =>
    void invoke
      .localPick({ kind: 'open_file', title: 'Import a key' })
      .then((picked) => picked !== null && setPath(picked))
      .catch((error: unknown) => toast.failed(error));
  return (
    <Dialog
      open
      onClose={onClose}
      id="import-key-dialog"
      title={kind === 'pgp' ? 'Import PGP keys' : 'Import an SSH key'}
      description={
        kind === 'pgp'
          ? 'Public keys of partners or a pair of your own. Armored, binary and keyrings with several keys.'
          : 'A private key as OpenSSH, PEM or PuTTY saved it.'
      }
      footer={
        warnings.length > 0 ? (
          <Button variant="primary" onClick={onClose}>
            Close
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button
              id="import-key-submit"
              form="import-key-form"
              type="submit"
              variant="primary"
              disabled={path === ''}
              title={path === '' ? 'Choose a file first' : undefined}
              busy={load.isPending}
            >
              Import
            </Button>
          </>
        )
      }
    >
      {warnings.length > 0 ? (
        <Notice tone="warn" title={load.data?.imported.length === 0 ? 'Nothing was imported' : 'Imported, with remarks'}>
          <ul className="list-disc pl-4">
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Notice>
      ) : (
        <form
          id="import-key-form"
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (path !== '' && !load.isPending) load.mutate();
          }}
        >
          <Field label="File" required>
            <div className="flex gap-2">
              <Input id="key-path" mono autoFocus placeholder={kind === 'pgp' ? 'partner.asc' : 'id_ed25519'} value={path} onChange={(event) => setPath(event.target.value)} />
              <Button id="pick-key" onClick={pick}>
                <FolderOpen />
                Choose
              </Button>
            </div>
          </Field>
          <Field label="Name" help={kind === 'pgp' ? "Empty takes the user's name in the key." : 'Empty takes the name of the file.'}>
            <Input id="key-name" value={name} onChange={(event) => setName(event.target.value)} />
          </Field>
          <Field label="Passphrase" required={wantsPassphrase} error={wantsPassphrase ? failure.message : null} help="Only if the private key has one.">
            <SecretInput id="key-passphrase" value={passphrase} onChange={(event) => setPassphrase(event.target.value)} />
          </Field>
        </form>
      )}
      {failure && !wantsPassphrase && <ErrorNotice error={failure} />}
    </Dialog>
  );
}
