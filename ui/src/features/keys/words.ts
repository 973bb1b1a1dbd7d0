/** Kinds of keys as people call them. */
import type { PgpAlgorithm, SshKeyType } from '@/ipc';

export const PGP_KINDS: Record<PgpAlgorithm, string> = {
  ecc_curve25519: 'Curve25519',
  rsa_4096: 'RSA 4096',
  rsa_3072: 'RSA 3072',
  rsa_2048: 'RSA 2048',
  ecc_p256: 'P-256',
  ecc_p384: 'P-384',
};

export const SSH_KINDS: Record<SshKeyType, string> = {
  ed25519: 'ED25519',
  rsa_4096: 'RSA 4096',
  rsa_3072: 'RSA 3072',
  rsa_2048: 'RSA 2048',
  ecdsa_256: 'ECDSA P-256',
};
