/** The tasks of one PGP key that need a dialog of their own: revoking it, and taking its private part elsewhere. */
import { useMutation } from '@tanstack/react-query';
import { FolderOpen } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { Notice } from '@/components/Notice';
import { Select } from '@/components/Select';
import { Checkbox, Segmented } from '@/components/Toggle';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { asAppError, invoke, type PgpKey, type RevocationReason } from '@/ipc';
import { differs, NewPassphrase } from './NewPassphrase';
import { Users, useUsers } from './WhereUsed';

const REASONS: readonly { value: RevocationReason; label: string; note?: string }[] = [
  { value: 'superseded', label: t('Another key takes its place') },
  { value: 'compromised', label: t('Somebody else may have it'), note: t('its signatures count no more') },
  { value: 'unused', label: t('It is not used any more') },
  { value: 'unspecified', label: t('Without a reason') },
];

/** For good: ours with a reason, a partner's by the certificate that the partner sent. */
export function RevokeKey({ pgpKey, onClose }: { pgpKey: PgpKey; onClose: () => void }) {
  const pair = pgpKey.key_type === 'key_pair';
  const [reason, setReason] = useState<RevocationReason>('superseded');
  const [message, setMessage] = useState('');
  const [path, setPath] = useState('');
  const { names } = useUsers(pgpKey.id);
  const revoke = useMutation({
    mutationFn: () => (pair ? invoke.pgpKeysRevoke(pgpKey.id, reason, message) : invoke.pgpKeysImportRevocation(pgpKey.id, path)),
    onSuccess: () => {
      toast.done(t('{{name}} revoked', { name: pgpKey.name }), pair ? t('Export its public key again and send it to your partners.') : undefined);
      onClose();
    },
  });
  const pick = () =>
    void invoke
      .localPick({ kind: 'open_file', title: t('Revocation certificate of {{name}}', { name: pgpKey.name }) })
      .then((picked) => picked !== null && setPath(picked))
      .catch((error: unknown) => toast.failed(error));
  const ready = pair || path !== '';
  const problem = revoke.error ? asAppError(revoke.error).problems.find((p) => p.path === 'message')?.message : undefined;
  return (
    <Dialog
      open
      onClose={onClose}
      id="revoke-key-dialog"
      title={t('Revoke {{name}}?', { name: pgpKey.name })}
      description={
        pair
          ? t('This is for good: it opens, checks, encrypts and signs nothing any more. Retire it instead if old files are still to be opened with it.')
          : t('Only its owner can revoke it. Give the revocation certificate that the owner has sent. This is for good.')
      }
      footer={
        <>
          <Button onClick={onClose}>{t('Keep it')}</Button>
          <Button
            id="revoke-key-submit"
            variant="danger"
            className={ready ? 'border-fail-solid' : undefined}
            disabled={!ready}
            title={ready ? undefined : t('Choose the certificate first')}
            busy={revoke.isPending}
            onClick={() => revoke.mutate()}
          >
            {t('Revoke key')}
          </Button>
        </>
      }
    >
      {names.length > 0 && (
        <Notice tone="warn" title={t('{{count}} jobs stop with it', { count: names.length })}>
          <Users names={names} />
        </Notice>
      )}
      {pair ? (
        <>
          <Field label={t('Why')}>
            <Select id="revoke-reason" value={reason} onChange={setReason} options={REASONS} />
          </Field>
          <Field label={t('Message')} error={problem} help={t('One line for partners, such as the name of the new key.')}>
            <Input id="revoke-message" value={message} onChange={(event) => setMessage(event.target.value)} />
          </Field>
        </>
      ) : (
        <Field label={t('Revocation certificate')} required>
          <div className="flex gap-2">
            <Input id="revoke-path" mono placeholder="revocation.asc" value={path} onChange={(event) => setPath(event.target.value)} />
            <Button id="pick-revocation" onClick={pick}>
              <FolderOpen />
              {t('Choose')}
            </Button>
          </div>
        </Field>
      )}
      {revoke.error && !problem && <ErrorNotice error={revoke.error} />}
    </Dialog>
  );
}

/** The private key leaves the vault: under a passphrase, or in clear for whoever insists. */
export function ExportPrivate({ pgpKey, onClose }: { pgpKey: PgpKey; onClose: () => void }) {
  const [passphrase, setPassphrase] = useState({ first: '', again: '' });
  const [insists, setInsists] = useState(false);
  const [format, setFormat] = useState<'armored' | 'binary'>('armored');
  const ready = passphrase.first === '' ? insists : !differs(passphrase);
  const save = useMutation({
    mutationFn: async () => {
      const path = await invoke.localPick({ kind: 'save_file', title: t('Export the private key of {{name}}', { name: pgpKey.name }) });
      if (path !== null) await invoke.pgpKeysExportPrivate(pgpKey.id, path, passphrase.first === '' ? null : passphrase.first, format === 'armored');
      return path;
    },
    onSuccess: (path) => {
      if (path === null) return;
      toast.done(t('Private key exported'), path);
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      id="export-private-dialog"
      title={t('Export the private key of {{name}}', { name: pgpKey.name })}
      description={t('Whoever has the file can open and sign in your name. This goes on the record.')}
      footer={
        <>
          <Button onClick={onClose}>{t('Cancel')}</Button>
          <Button
            id="export-private-submit"
            variant="primary"
            disabled={!ready}
            title={ready ? undefined : passphrase.first === '' ? t('Enter a passphrase, or say that it shall have none') : t('Enter the same passphrase twice')}
            busy={save.isPending}
            onClick={() => save.mutate()}
          >
            {t('Choose a file')}
          </Button>
        </>
      }
    >
      <NewPassphrase id="private-passphrase" autoFocus value={passphrase} onChange={setPassphrase} help={t('It protects the file; who imports it is asked for it. Courier does not keep it.')} />
      {passphrase.first === '' && (
        <Notice tone="warn" title={t('Without a passphrase the file protects nothing')}>
          <label className="flex items-center gap-2">
            <Checkbox checked={insists} onCheckedChange={(next) => setInsists(next)} />
            {t('Export it in clear all the same')}
          </label>
        </Notice>
      )}
      <Field label={t('Format')}>
        <Segmented
          label={t('Format')}
          className="self-start"
          value={format}
          onChange={setFormat}
          segments={[
            { value: 'armored', label: t('Text (armored)') },
            { value: 'binary', label: t('Binary') },
          ]}
        />
      </Field>
      {save.error && <ErrorNotice error={save.error} />}
    </Dialog>
  );
}
