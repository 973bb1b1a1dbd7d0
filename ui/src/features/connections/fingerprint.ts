/**
 * Comparing what a person types with the fingerprint on the screen. Of a host key (`SHA256:` and base64) prefix, padding
 * and spaces do not count; of a certificate (hexadecimal digits) colons, spaces and case.
 */

interface Form {
  /** Characters of a whole fingerprint. */
  length: number;
  body: (text: string) => string;
  /** Nothing that could be compared was typed yet. */
  isEmpty: (text: string) => boolean;
}

const HOST_KEY: Form = {
  length: 43,
  body: (text) => text.replace(/\s/g, '').replace(/^SHA256:/i, '').replace(/=+$/, ''),
  isEmpty: (text) => 'sha256:'.startsWith(text.trim().toLowerCase()),
};

const CERTIFICATE: Form = {
  length: 64,
  body: (text) => text.replace(/[\s:]/g, '').toLowerCase(),
  isEmpty: () => false,
};

export type FingerprintMatch =
  | { state: 'empty' }
  | { state: 'so_far'; entered: number; of: number }
  | { state: 'same' }
  | { state: 'different' };

export function compareFingerprint(typed: string, shown: string): FingerprintMatch {
  const form = /^SHA256:/i.test(shown) ? HOST_KEY : CERTIFICATE;
  const [mine, theirs] = [form.body(typed), form.body(shown)];
  if (mine === '' || form.isEmpty(typed)) return { state: 'empty' };
  if (mine === theirs) return { state: 'same' };
  return theirs.startsWith(mine) ? { state: 'so_far', entered: mine.length, of: form.length } : { state: 'different' };
}
