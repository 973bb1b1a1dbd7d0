/** How keys and fingerprints are called on the page. */

/** `ssh-ed25519` as people say it. */
export function keyTypeName(type: string): string {
  return type.replace(/^ssh-/, '').replace(/^ecdsa-sha2-nistp/, 'ECDSA P-').toUpperCase();
}

/** Pairs with colons, as certificates' fingerprints are read. */
export function inPairs(hex: string): string {
  return hex.toUpperCase().replace(/(..)(?=.)/g, '$1:');
}
