/** Takes keys from files: chosen, typed, or dropped on the window. */
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

/** What came of the files. */
interface Imported {
  first: { id: string; kind: KeyKind } | null;
  names: string[];
  updated: string[];
  warnings: string[];
}

interface Source {
  name: string | null;
  path: string;
  passphrase: string | null;
}

export function ImportKey({
  kind,
  dropped,
  onClose,
  onMade,
}: {
  kind: KeyKind;
  dropped: readonly string[];
  onClose: () => void;
  onMade: (id: string, kind: KeyKind) => void;
}) {
  const [typed, setTyped] = useState(dropped[0] ?? '');
  const [name, setName] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const paths = dropped.length > 1 ? dropped : typed === '' ? [] : [typed];
  const load = useMutation({
    mutationFn: async () => {
      const secret = passphrase === '' ? null : passphrase;
      const imported: Imported = { first: null, names: [], updated: [], warnings: [] };
      for (const path of paths) {
        const source = { name: name.trim() === '' || paths.length > 1 ? null : name.trim(), path, passphrase: secret };
        // Nobody sorts files before dropping them.
        await take(source, kind, dropped.length > 0, imported);
      }
      return imported;
    },
    onSuccess: ({ first, names, updated, warnings }) => {
      const known = updated.length > 0 ? `${count(updated.length, 'known key')} brought up to date` : undefined;
      if (names.length > 0) toast.done(names.length === 1 ? `${names[0]} imported` : `${count(names.length, 'key')} imported`, known);
      else if (known) toast.done(known);
      if (first) onMade(first.id, first.kind);
      if (names.length + updated.length > 0 && warnings.length === 0) onClose();
    },
  });
  const failure = load.error ? asAppError(load.error) : null;
  const wantsPassphrase = failure?.code === 'wrong_passphrase';
  const nothingNew = load.data !== undefined && load.data.names.length + load.data.updated.length === 0;
  const warnings = load.data?.warnings.length === 0 && nothingNew ? ['The file holds no key that is not here already.'] : (load.data?.warnings ?? []);
  const pick = () =>
    void invoke
      .localPick({ kind: 'open_file', title: 'Import a key' })
      .then((picked) => picked !== null && setTyped(picked))
      .catch((error: unknown) => toast.failed(error));
  return (
    <Dialog
      open
      onClose={onClose}
      id="import-key-dialog"
      title={dropped.length > 0 ? `Import ${count(dropped.length, 'file')}` : kind === 'pgp' ? 'Import PGP keys' : 'Import an SSH key'}
      description={
        dropped.length > 0
          ? 'PGP and SSH keys are told apart by what is in the files.'
          : kind === 'pgp'
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
              disabled={paths.length === 0}
              title={paths.length === 0 ? 'Choose a file first' : undefined}
              busy={load.isPending}
            >
              Import
            </Button>
          </>
        )
      }
    >
      {warnings.length > 0 ? (
        <Notice tone="warn" title={nothingNew ? 'Nothing was imported' : 'Imported, with remarks'}>
          <ul className="list-disc pl-4">
            {warnings.map((warning) => (
              <li key={warning} className="break-words">
                {warning}
              </li>
            ))}
          </ul>
        </Notice>
      ) : (
        <form
          id="import-key-form"
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (paths.length > 0 && !load.isPending) load.mutate();
          }}
        >
          {dropped.length > 1 ? (
            <ul aria-label="Files" className="mono max-h-40 overflow-y-auto rounded-md border border-line px-3 py-2 text-sm">
              {dropped.map((path) => (
                <li key={path} className="truncate" title={path}>
                  {path.slice(path.lastIndexOf('/') + 1)}
                </li>
              ))}
            </ul>
          ) : (
            <>
              <Field label="File" required>
                <div className="flex gap-2">
                  <Input id="key-path" mono autoFocus placeholder={kind === 'pgp' ? 'partner.asc' : 'id_ed25519'} value={typed} onChange={(event) => setTyped(event.target.value)} />
                  <Button id="pick-key" onClick={pick}>
                    <FolderOpen />
                    Choose
                  </Button>
                </div>
              </Field>
              <Field label="Name" help={kind === 'pgp' ? "Empty takes the user's name in the key." : 'Empty takes the name of the file.'}>
                <Input id="key-name" value={name} onChange={(event) => setName(event.target.value)} />
              </Field>
            </>
          )}
          <Field label="Passphrase" required={wantsPassphrase} error={wantsPassphrase ? failure.message : null} help="Only if the private key has one.">
            <SecretInput id="key-passphrase" value={passphrase} onChange={(event) => setPassphrase(event.target.value)} />
          </Field>
        </form>
      )}
      {failure && !wantsPassphrase && <ErrorNotice error={failure} />}
    </Dialog>
  );
}

/** Imports one file as `kind`; with `other` as the other kind if it is none of that. */
async function take(source: Source, kind: KeyKind, other: boolean, imported: Imported): Promise<void> {
  try {
    if (kind === 'ssh') {
      const key = await invoke.sshKeysImport(source);
      imported.first ??= { id: key.id, kind };
      imported.names.push(key.name);
      return;
    }
    const result = await invoke.pgpKeysImport(source);
    const first = result.imported[0] ?? result.updated[0];
    if (first) imported.first ??= { id: first.id, kind };
    imported.names.push(...result.imported.map((key) => key.name));
    imported.updated.push(...result.updated.map((key) => key.name));
    imported.warnings.push(...result.warnings);
  } catch (error) {
    if (!other || asAppError(error).code !== 'key_unreadable') throw error;
    await take(source, kind === 'pgp' ? 'ssh' : 'pgp', false, imported);
  }
}
