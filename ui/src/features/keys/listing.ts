/** Which keys the lists show, in which order: our pairs first, and in a group what expires first. */
import type { PgpKeyRow, SshKeyRow } from '@/ipc';

const NEVER = '9999';
const isOver = ({ key }: PgpKeyRow) => key.status !== 'active' && key.status !== 'expiring';

export function pgpRows(rows: readonly PgpKeyRow[], text: string): PgpKeyRow[] {
  const wanted = text.trim().toLocaleLowerCase();
  const hex = wanted.replace(/\s/g, '');
  return rows
    .filter(({ key }) => `${key.name} ${key.user_ids.join(' ')}`.toLocaleLowerCase().includes(wanted) || (hex !== '' && key.fingerprint.toLowerCase().includes(hex)))
    .sort(
      (a, b) =>
        Number(a.key.key_type === 'public_only') - Number(b.key.key_type === 'public_only') ||
        Number(isOver(a)) - Number(isOver(b)) ||
        (a.key.expires_at ?? NEVER).localeCompare(b.key.expires_at ?? NEVER) ||
        a.key.name.localeCompare(b.key.name),
    );
}

export function sshRows(rows: readonly SshKeyRow[], text: string): SshKeyRow[] {
  const wanted = text.trim().toLocaleLowerCase();
  return rows
    .filter(({ key }) => `${key.name} ${key.fingerprint}`.toLocaleLowerCase().includes(wanted))
    .sort((a, b) => Number(a.key.status !== 'active') - Number(b.key.status !== 'active') || a.key.name.localeCompare(b.key.name));
}
