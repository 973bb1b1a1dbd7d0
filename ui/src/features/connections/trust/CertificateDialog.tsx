/** The certificate that was refused beside the pinned one, and the question whether to pin it. Refusing is the default. */
import { useMutation } from '@tanstack/react-query';
import { ShieldAlert } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { AlertDialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Notice } from '@/components/Notice';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke, type ConnectionView, type TlsCertificate } from '@/ipc';
import { shortTime } from '@/lib/format';
import { compareFingerprint } from '../fingerprint';
import { inPairs } from '../words';
import { CertificateFacts } from './CertificateFacts';
import { CopyForPartner, JobsThatWait, Print, Prints, TypedFingerprint } from './parts';

export function CertificateDialog({
  view,
  certificate,
  expected,
  cause,
  at,
  onClose,
  onTrusted,
}: {
  view: ConnectionView;
  certificate: TlsCertificate;
  /** The pinned ones. */
  expected: readonly string[];
  /** What is wrong with it, in plain words. */
  cause: string;
  at: string;
  onClose: () => void;
  onTrusted: () => void;
}) {
  const [typed, setTyped] = useState('');
  const { name, host } = view.connection;
  const match = compareFingerprint(typed, certificate.thumbprint);
  const pin = useMutation({
    mutationFn: () => invoke.connectionsPin(view.connection.id, certificate.thumbprint),
    onSuccess: () => {
      toast.done(t('The certificate of {{name}} is pinned', { name }), t('Written to the audit with your name.'));
      onTrusted();
    },
  });
  const letter = [
    t('Is this the certificate of your FTPS server {{host}}?', { host }),
    t('SHA-256 {{inPairs}}', { inPairs: inPairs(certificate.thumbprint) }),
    t('Subject {{subject}}, issued by {{issuer}}', { subject: certificate.subject, issuer: certificate.issuer }),
    ...expected.map((known) => t('Until now it was: {{inPairs}}', { inPairs: inPairs(known) })),
  ];
  return (
    <AlertDialog
      open
      onClose={onClose}
      id="certificate-dialog"
      width={640}
      icon={<ShieldAlert className="text-fail" />}
      title={expected.length > 0 ? t('The certificate of {{name}} has changed', { name }) : t('The certificate of {{name}} is not trusted', { name })}
      description={t('When it is pinned, the server is accepted with this certificate and no other. Ask {{name}}, by telephone or another way you already trust, for its SHA-256 fingerprint.', { name })}
      footer={
        <>
          <CopyForPartner lines={letter} />
          <Button
            id="pin-certificate"
            variant="danger"
            disabled={match.state !== 'same'}
            title={match.state === 'same' ? undefined : t('Enter the whole fingerprint first')}
            busy={pin.isPending}
            onClick={() => pin.mutate()}
          >
            {t('Pin this certificate')}
          </Button>
          <Button id="keep-refusing" variant="primary" onClick={onClose}>
            {t('Keep refusing')}
          </Button>
        </>
      }
    >
      <Notice tone="fail" title={cause} />
      <Prints>
        {expected.map((known) => (
          <Print key={known} title={t('Pinned')} since={t('until now')} fingerprint={inPairs(known)} note="" />
        ))}
        <Print isNew title={t('Shown now')} since={t('at {{time}}', { time: shortTime(at) })} fingerprint={inPairs(certificate.thumbprint)} note="" />
      </Prints>
      <CertificateFacts certificate={certificate} />
      <TypedFingerprint name={name} typed={typed} onType={setTyped} match={match} placeholder="AB:CD:…" what={t('certificate')} />
      <JobsThatWait view={view} />
      {pin.error && <ErrorNotice error={pin.error} />}
    </AlertDialog>
  );
}
