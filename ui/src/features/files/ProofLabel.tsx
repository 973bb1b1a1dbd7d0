/** How a transfer was proved. */
import { ReceiptText } from 'lucide-react';
import { StateLabel } from '@/components/State';
import { t } from '@/i18n';
import type { Proof } from '@/ipc';
import { bytes } from '@/lib/format';

const WORDS: Record<Proof['verified_by'], string> = { size: t('Size'), sha256: t('Size, SHA-256') };

export function ProofLabel({ proof }: { proof: Pick<Proof, 'verified_by' | 'server_identity' | 'resumed_bytes'> }) {
  const title = [
    t('Server: {{identity}}', { identity: proof.server_identity }),
    ...(proof.resumed_bytes > 0 ? [t('{{size}} were there from an earlier attempt', { size: bytes(proof.resumed_bytes) })] : []),
  ];
  return <StateLabel look={{ tone: 'ok', icon: ReceiptText, word: WORDS[proof.verified_by] }} title={title.join('\n')} />;
}
