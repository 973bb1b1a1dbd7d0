/** Kinds of keys as people call them, and what they are good for. */
import { t } from '@/i18n';
import type { PgpAlgorithm, SshKeyType } from '@/ipc';

export const PGP_KINDS: Record<PgpAlgorithm, string> = {
  ecc_curve25519: 'Curve25519',
  rsa_4096: 'RSA 4096',
  rsa_3072: 'RSA 3072',
  rsa_2048: 'RSA 2048',
  ecc_p256: 'P-256',
  ecc_p384: 'P-384',
};

export const PGP_NOTES: Record<PgpAlgorithm, string> = {
  ecc_curve25519: t('small and fast, GnuPG 2.1 or newer'),
  rsa_4096: t('every partner reads it, slower'),
  rsa_3072: t('every partner reads it'),
  rsa_2048: t('only for old systems'),
  ecc_p256: t('where NIST curves are asked for'),
  ecc_p384: t('NIST curve, stronger'),
};

export const SSH_KINDS: Record<SshKeyType, string> = {
  ed25519: 'ED25519',
  rsa_4096: 'RSA 4096',
  rsa_3072: 'RSA 3072',
  rsa_2048: 'RSA 2048',
  ecdsa_256: 'ECDSA P-256',
};

export const SSH_NOTES: Record<SshKeyType, string> = {
  ed25519: t('small and fast, OpenSSH 6.5 or newer'),
  rsa_4096: t('every server takes it, slower'),
  rsa_3072: t('every server takes it'),
  rsa_2048: t('only for old servers'),
  ecdsa_256: t('where NIST curves are asked for'),
};

/** The two halves of `Name <mail>`; a half that is not there is empty. */
export function userOf(userId: string): { name: string; mail: string } {
  const both = /^(.*?)\s*<([^<>]*)>\s*$/.exec(userId);
  if (both) return { name: (both[1] ?? '').trim(), mail: (both[2] ?? '').trim() };
  return /^\S+@\S+$/.test(userId.trim()) ? { name: '', mail: userId.trim() } : { name: userId.trim(), mail: '' };
}
