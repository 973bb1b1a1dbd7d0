/** How a transfer was proved. */
import { ReceiptText } from 'lucide-react';
import { StateLabel } from '@/components/State';
import type { Proof } from '@/ipc';
import { bytes } from '@/lib/format';

const WORDS: Record<Proof['verified_by'], string> = { size: 'Size', sha256: 'Size, SHA-256' };

export function ProofLabel({ proof }: { proof: Pick<Proof, 'verified_by' | 'server_identity' | 'resumed_bytes'> }) {
  const resumed = proof.resumed_bytes > 0 ? `\n${bytes(proof.resumed_bytes)} were there from an earlier attempt` : '';
  return <StateLabel look={{ tone: 'ok', icon: ReceiptText, word: WORDS[proof.verified_by] }} title={`Server: ${proof.server_identity}${resumed}`} />;
}
