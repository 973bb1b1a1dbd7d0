/** All fingerprints of a server's host keys, and the question whether to trust the new one. Refusing is the default. */
import { useMutation } from '@tanstack/react-query';
import { ShieldAlert } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { AlertDialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Select } from '@/components/Select';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke, type ConnectionView, type Earlier } from '@/ipc';
import { day, shortTime } from '@/lib/format';
import { compareFingerprint } from '../fingerprint';
import { keyTypeName } from '../words';
import { CopyForPartner, JobsThatWait, Print, Prints, TypedFingerprint } from './parts';

const EARLIER: readonly { value: Earlier; label: string }[] = [
  { value: 'replaced', label: t('The key was replaced: refuse the earlier one of its type') },
  { value: 'kept', label: t('Several servers have this name: keep the earlier keys too') },
];

export interface ShownKey {
  fingerprint: string;
  keyType: string;
  greeting: string;
  address: string;
  at: string;
}

export function HostKeyDialog({ view, shown, expected, onClose, onTrusted }: { view: ConnectionView; shown: ShownKey; expected: readonly string[]; onClose: () => void; onTrusted: () => void }) {
  const [typed, setTyped] = useState('');
  const [earlier, setEarlier] = useState<Earlier>('replaced');
  const { name, host } = view.connection;
  const isFirst = expected.length === 0;
  const revoked = view.known_hosts.find((known) => known.fingerprint === shown.fingerprint)?.revoked_at ?? null;
  const match = compareFingerprint(typed, shown.fingerprint);
  const trust = useMutation({
    mutationFn: () => invoke.connectionsTrust(view.connection.id, shown.fingerprint, shown.keyType, earlier),
    onSuccess: () => {
      toast.done(t('The key of {{name}} is trusted now', { name }), t('Written to the audit with your name.'));
      onTrusted();
    },
  });
  const letter = [t('Is this the fingerprint of your SFTP server {{host}}?', { host }), shown.fingerprint, ...(isFirst ? [] : [t('Until now it was:'), ...expected])];
  const title = revoked ? t('{{name}} showed a key that was revoked', { name }) : isFirst ? t('Is this the server of {{name}}?', { name }) : t('The host key of {{name}} has changed', { name });
  const why = revoked
    ? t('This key was revoked here on {{day}}. Trust it again only when {{name}} says, by telephone or another way you already trust, that it is theirs and safe.', { day: day(revoked), name })
    : isFirst
      ? t('Courier has not seen this server before. Ask {{name}}, by telephone or another way you already trust, for the fingerprint of their key.', { name })
      : t("Either they replaced their server's key, or something between you and the server poses as it. Courier cannot tell which. Ask {{name}}, by telephone or another way you already trust, for the fingerprint of their key.", { name });
  return (
    <AlertDialog
      open
      onClose={onClose}
      id="trust-dialog"
      width={620}
      icon={<ShieldAlert className="text-fail" />}
      title={title}
      description={why}
      footer={
        <>
          <CopyForPartner lines={letter} />
          <Button
            id="trust-new-key"
            variant="danger"
            disabled={match.state !== 'same'}
            title={match.state === 'same' ? undefined : t('Enter the whole fingerprint first')}
            busy={trust.isPending}
            onClick={() => trust.mutate()}
          >
            {revoked ? t('Trust it again') : isFirst ? t('Trust this key') : t('Trust new key')}
          </Button>
          <Button id="keep-refusing" variant="primary" onClick={onClose}>
            {isFirst && !revoked ? t('Do not trust yet') : t('Keep refusing')}
          </Button>
        </>
      }
    >
      <Prints>
        {expected.map((fingerprint) => {
          const known = view.known_hosts.find((one) => one.fingerprint === fingerprint);
          return (
            <Print
              key={fingerprint}
              title={t('Known key')}
              since={known ? t('since {{day}}', { day: day(known.first_seen) }) : t('entered by hand')}
              fingerprint={fingerprint}
              note={known ? t('{{keyTypeName}}, last seen {{time}}', { keyTypeName: keyTypeName(known.key_type), time: shortTime(known.last_seen) }) : ''}
            />
          );
        })}
        <Print
          isNew
          title={t('Shown now')}
          since={t('at {{time}}', { time: shortTime(shown.at) })}
          fingerprint={shown.fingerprint}
          note={[shown.keyType && keyTypeName(shown.keyType), shown.address && t('address {{address}}', { address: shown.address }), shown.greeting && t('greeting {{greeting}}', { greeting: shown.greeting })].filter(Boolean).join(', ')}
        />
      </Prints>
      <TypedFingerprint name={name} typed={typed} onType={setTyped} match={match} placeholder="SHA256:…" what={t('new key')} />
      {!isFirst && (
        <Field label={t('What happened')}>
          <Select id="earlier-keys" value={earlier} onChange={setEarlier} options={EARLIER} />
        </Field>
      )}
      <JobsThatWait view={view} />
      {trust.error && <ErrorNotice error={trust.error} />}
    </AlertDialog>
  );
}
