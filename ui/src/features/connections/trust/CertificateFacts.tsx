/** What a certificate says of itself. Nothing of it is proven by being here. */
import type { ReactNode } from 'react';
import { KeyValues } from '@/components/Page';
import { t } from '@/i18n';
import type { TlsCertificate } from '@/ipc';
import { day, left } from '@/lib/format';
import { inPairs } from '../words';

export function CertificateFacts({ certificate, fingerprint = false }: { certificate: TlsCertificate; fingerprint?: boolean }) {
  const until = left(certificate.not_after);
  const early = Date.parse(certificate.not_before) > Date.now();
  const wrong = early ? t('not yet valid') : until === null ? t('expired') : null;
  const rows: [string, ReactNode][] = [
    [t('Subject'), <span key="subject" className="selectable break-words">{certificate.subject}</span>],
    [t('Issued by'), certificate.issuer === certificate.subject ? t('itself (self-signed)') : <span key="issuer" className="selectable break-words">{certificate.issuer}</span>],
    [t('For'), certificate.names.length === 0 ? t('no name') : <span key="names" className="mono selectable break-all">{certificate.names.join(', ')}</span>],
    [
      t('Valid'),
      <span key="valid">
        {t('{{from}} to {{until}}', { from: day(certificate.not_before), until: day(certificate.not_after) })}{' '}{wrong ? <span className="font-medium text-fail">({wrong})</span> : <span className="text-faint">{t('({{until}} left)', { until })}</span>}
      </span>,
    ],
  ];
  if (fingerprint) rows.push(['SHA-256', <span key="sha256" className="mono selectable break-all">{inPairs(certificate.thumbprint)}</span>]);
  return <KeyValues className="num" rows={rows} />;
}
