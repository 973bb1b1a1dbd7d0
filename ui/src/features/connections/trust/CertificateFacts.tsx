/** What a certificate says of itself. Nothing of it is proven by being here. */
import type { ReactNode } from 'react';
import { KeyValues } from '@/components/Page';
import type { TlsCertificate } from '@/ipc';
import { day, left } from '@/lib/format';
import { inPairs } from '../words';

export function CertificateFacts({ certificate, fingerprint = false }: { certificate: TlsCertificate; fingerprint?: boolean }) {
  const until = left(certificate.not_after);
  const early = Date.parse(certificate.not_before) > Date.now();
  const wrong = early ? 'not yet valid' : until === null ? 'expired' : null;
  const rows: [string, ReactNode][] = [
    ['Subject', <span key="subject" className="selectable break-words">{certificate.subject}</span>],
    ['Issued by', certificate.issuer === certificate.subject ? 'itself (self-signed)' : <span key="issuer" className="selectable break-words">{certificate.issuer}</span>],
    ['For', certificate.names.length === 0 ? 'no name' : <span key="names" className="mono selectable break-all">{certificate.names.join(', ')}</span>],
    [
      'Valid',
      <span key="valid">
        {day(certificate.not_before)} to {day(certificate.not_after)} {wrong ? <span className="font-medium text-fail">({wrong})</span> : <span className="text-faint">({until} left)</span>}
      </span>,
    ],
  ];
  if (fingerprint) rows.push(['SHA-256', <span key="sha256" className="mono selectable break-all">{inPairs(certificate.thumbprint)}</span>]);
  return <KeyValues className="num" rows={rows} />;
}
