/** The certificate that was refused beside the pinned one, and the question whether to pin it. Refusing is the default. */
import { useMutation } from '@tanstack/react-query';
import { ShieldAlert } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { AlertDialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Notice } from '@/components/Notice';
import { toast } from '@/components/toast';
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
      toast.done(`The certificate of ${name} is pinned`, 'Written to the audit with your name.');
      onTrusted();
    },
  });
  const letter = [
    `Is this the certificate of your FTPS server ${host}?`,
    `SHA-256 ${inPairs(certificate.thumbprint)}`,
    `Subject ${certificate.subject}, issued by ${certificate.issuer}`,
    ...expected.map((known) => `Until now it was: ${inPairs(known)}`),
  ];
  return (
    <AlertDialog
      open
      onClose={onClose}
      id="certificate-dialog"
      width={640}
      icon={<ShieldAlert className="text-fail" />}
      title={expected.length > 0 ? `The certificate of ${name} has changed` : `The certificate of ${name} is not trusted`}
      description={`When it is pinned, the server is accepted with this certificate and no other. Ask ${name}, by telephone or another way you already trust, for its SHA-256 fingerprint.`}
      footer={
        <>
          <CopyForPartner lines={letter} />
          <Button
            id="pin-certificate"
            variant="danger"
            disabled={match.state !== 'same'}
            title={match.state === 'same' ? undefined : 'Enter the whole fingerprint first'}
            busy={pin.isPending}
            onClick={() => pin.mutate()}
          >
            Pin this certificate
          </Button>
          <Button id="keep-refusing" variant="primary" onClick={onClose}>
            Keep refusing
          </Button>
        </>
      }
    >
      <Notice tone="fail" title={cause} />
      <Prints>
        {expected.map((known) => (
          <Print key={known} title="Pinned" since="until now" fingerprint={inPairs(known)} note="" />
        ))}
        <Print isNew title="Shown now" since={`at ${shortTime(at)}`} fingerprint={inPairs(certificate.thumbprint)} note="" />
      </Prints>
      <CertificateFacts certificate={certificate} />
      <TypedFingerprint name={name} typed={typed} onType={setTyped} match={match} placeholder="AB:CD:…" what="certificate" />
      <JobsThatWait view={view} />
      {pin.error && <ErrorNotice error={pin.error} />}
    </AlertDialog>
  );
}
