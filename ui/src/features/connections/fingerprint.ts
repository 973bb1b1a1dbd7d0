/** Comparing what a person types with the fingerprint on the screen; prefix, padding and spaces do not count. */

const LENGTH = 43;
const body = (text: string) => text.replace(/\s/g, '').replace(/^SHA256:/i, '').replace(/=+$/, '');

export type FingerprintMatch =
  | { state: 'empty' }
  | { state: 'so_far'; entered: number; of: number }
  | { state: 'same' }
  | { state: 'different' };

export function compareFingerprint(typed: string, shown: string): FingerprintMatch {
  const [mine, theirs] = [body(typed), body(shown)];
  if (mine === '' || 'sha256:'.startsWith(typed.trim().toLowerCase())) return { state: 'empty' };
  if (mine === theirs) return { state: 'same' };
  return theirs.startsWith(mine) ? { state: 'so_far', entered: mine.length, of: LENGTH } : { state: 'different' };
}
