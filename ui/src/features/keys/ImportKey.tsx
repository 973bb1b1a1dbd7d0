/** Takes keys from files: chosen, typed, or dropped on the window. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleX, File, FolderOpen, LockKeyhole, TriangleAlert, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { Button, Spinner } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Input, SecretInput } from '@/components/Input';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke, presentation, sentence, sshKeysQuery } from '@/ipc';
import { cn } from '@/lib/cn';
import { importFile, isOpen, waiting, type KeyFile } from './importing';
import type { KeyKind } from './KeysPage';

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
  const [files, setFiles] = useState<readonly KeyFile[]>(dropped.map(waiting));
  const [typed, setTyped] = useState('');
  const [name, setName] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const ssh = useQuery(sshKeysQuery());
  const chosen = dropped.length === 0;
  const [file] = files;
  const load = useMutation({
    mutationFn: async (): Promise<readonly KeyFile[]> => {
      let now: readonly KeyFile[] = chosen ? [file && file.path === typed && isOpen(file) ? file : waiting(typed)] : files;
      const known = new Set((ssh.data ?? []).map(({ key }) => key.id));
      const given = { name: chosen && name.trim() !== '' ? name.trim() : null, passphrase: passphrase === '' ? null : passphrase, known };
      for (const next of now.filter(isOpen)) {
        now = put(now, { ...next, state: 'busy' });
        setFiles(now);
        now = put(now, await importFile(next, kind, given));
        setFiles(now);
      }
      return now;
    },
    onSuccess: (now) => {
      const first = now.find((one) => one.first !== null)?.first;
      if (first) onMade(first.id, first.kind);
      if (now.some((one) => one.state !== 'done' || one.warnings.length > 0)) return;
      tell(now);
      onClose();
    },
  });
  const locked = files.filter((one) => one.state === 'locked' && (!chosen || one.path === typed));
  const open = chosen ? typed !== '' && !(file?.path === typed && (file.state === 'busy' || file.state === 'done')) : files.some(isOpen);
  // One chosen file that failed is shown as every failure of a form is; else each file says what came of it.
  const failure = chosen && file?.state === 'refused' && file.path === typed ? file.failure : null;
  const outcome = files.length > 0 && (!chosen || file?.state === 'done');
  const through = outcome && !files.some((one) => isOpen(one) || one.state === 'busy');
  const pick = () =>
    void invoke
      .localPick({ kind: 'open_file', title: t('Import a key') })
      .then((picked) => picked !== null && setTyped(picked))
      .catch((error: unknown) => toast.failed(error));
  const summary = through ? summaryOf(files) : null;
  return (
    <Dialog
      open
      onClose={onClose}
      id="import-key-dialog"
      title={summary ?? (chosen ? (kind === 'pgp' ? t('Import PGP keys') : t('Import an SSH key')) : t('Import {{count}} files', { count: files.length }))}
      description={
        through
          ? undefined
          : !chosen
            ? t('PGP and SSH keys are told apart by what is in the files.')
            : kind === 'pgp'
              ? t('Public keys of partners or a pair of your own. Armored, binary and keyrings with several keys.')
              : t('A private key as OpenSSH, PEM or PuTTY saved it.')
      }
      footer={
        through ? (
          <Button id="import-key-close" variant="primary" onClick={onClose}>
            {t('Close')}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{files.some((one) => one.state === 'done') ? t('Close') : t('Cancel')}</Button>
            <Button
              id="import-key-submit"
              form="import-key-form"
              type="submit"
              variant="primary"
              autoFocus={!chosen}
              disabled={!open || (locked.length > 0 && passphrase === '')}
              title={!open ? t('Choose a file first') : locked.length > 0 && passphrase === '' ? t('Enter the passphrase first') : undefined}
              busy={load.isPending}
            >
              {t('Import')}
            </Button>
          </>
        )
      }
    >
      {outcome && <Files files={files} />}
      {!through && (
        <form
          id="import-key-form"
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (open && !load.isPending) load.mutate();
          }}
        >
          {chosen && (
            <>
              <Field label={t('File')} required>
                <div className="flex gap-2">
                  <Input id="key-path" mono autoFocus placeholder={kind === 'pgp' ? 'partner.asc' : 'id_ed25519'} value={typed} onChange={(event) => setTyped(event.target.value)} />
                  <Button id="pick-key" onClick={pick}>
                    <FolderOpen />
                    {t('Choose')}
                  </Button>
                </div>
              </Field>
              <Field label={t('Name')} help={kind === 'pgp' ? t("Empty takes the user's name in the key.") : t('Empty takes the name of the file.')}>
                <Input id="key-name" value={name} onChange={(event) => setName(event.target.value)} />
              </Field>
            </>
          )}
          {locked.length > 0 && (
            <Field label={t('Passphrase')} required error={chosen ? sentence(locked[0]?.failure?.message ?? '') : null} help={locked.length === 1 ? (chosen ? undefined : t('Tried on {{name}}.', { name: nameOf(locked[0]?.path ?? '') })) : t('Tried on each of the {{count}} files that have one.', { count: locked.length })}>
              <SecretInput id="key-passphrase" autoFocus value={passphrase} onChange={(event) => setPassphrase(event.target.value)} />
            </Field>
          )}
        </form>
      )}
      {failure && <ErrorNotice error={failure} />}
    </Dialog>
  );
}

const put = (files: readonly KeyFile[], changed: KeyFile): readonly KeyFile[] => files.map((file) => (file.path === changed.path ? changed : file));

function tell(files: readonly KeyFile[]): void {
  const imported = files.flatMap((file) => file.imported);
  const updated = files.flatMap((file) => file.updated);
  const news = updated.length > 0 ? t('{{count}} known keys brought up to date', { count: updated.length }) : undefined;
  if (imported.length > 0) toast.done(imported.length === 1 ? t('{{imported}} imported', { imported: imported[0] }) : t('{{count}} keys imported', { count: imported.length }), news);
  else if (news) toast.done(news);
}

function summaryOf(files: readonly KeyFile[]): string {
  const imported = files.reduce((sum, file) => sum + file.imported.length, 0);
  const updated = files.reduce((sum, file) => sum + file.updated.length, 0);
  const parts = [...(imported > 0 ? [t('{{count}} keys imported', { count: imported })] : []), ...(updated > 0 ? [t('{{count}} brought up to date', { count: updated })] : [])];
  return parts.length > 0 ? parts.join(', ') : t('Nothing was imported');
}

const LOOKS: Record<Exclude<KeyFile['state'], 'busy'>, { icon: LucideIcon; tint: string; word: string }> = {
  waiting: { icon: File, tint: 'text-faint', word: t('Waiting') },
  locked: { icon: LockKeyhole, tint: 'text-warn', word: t('Needs a passphrase') },
  refused: { icon: CircleX, tint: 'text-fail', word: t('Refused') },
  done: { icon: CircleCheck, tint: 'text-ok', word: t('Imported') },
};
const REMARK = { icon: TriangleAlert, tint: 'text-warn', word: t('With remarks') };

function Files({ files }: { files: readonly KeyFile[] }) {
  return (
    <ul aria-label={t('Files')} aria-live="polite" className="max-h-[320px] overflow-y-auto rounded-md border border-line">
      {files.map((file) => {
        const look = file.state === 'busy' ? null : file.state === 'done' && file.warnings.length > 0 ? REMARK : LOOKS[file.state];
        return (
          <li key={file.path} className="flex gap-2 border-b border-grid px-3 py-2 last:border-b-0" data-key-file={file.state}>
            <span className={cn('mt-px flex-none [&_svg]:size-3.5', look?.tint)} title={look?.word}>
              {look ? <look.icon aria-hidden /> : <Spinner />}
              <span className="sr-only">{look?.word ?? t('Importing')}</span>
            </span>
            <div className="min-w-0 flex-1">
              <div className="mono truncate" title={file.path}>
                {nameOf(file.path)}
              </div>
              <Outcome file={file} />
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function Outcome({ file }: { file: KeyFile }) {
  const lines = [
    ...(file.imported.length > 0 ? [t('{{imported}} imported', { imported: file.imported.join(', ') })] : []),
    ...(file.updated.length > 0 ? [t('{{updated}} brought up to date', { updated: file.updated.join(', ') })] : []),
    ...file.warnings,
    ...(file.failure ? [`${sentence(file.failure.message)}${file.state === 'refused' ? ` ${presentation(file.failure).hint}` : ''}`] : []),
  ];
  return (
    <>
      {lines.map((line) => (
        <p key={line} className="text-sm break-words text-muted">
          {line}
        </p>
      ))}
    </>
  );
}

const nameOf = (path: string) => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
