/** Which keys the lists show, in which order. Our pairs always stand before the keys of partners. */
import type { Sort } from '@/components/DataTable';
import { t } from '@/i18n';
import type { PgpKeyRow, SshKeyRow, Tag } from '@/ipc';
import { PGP_KINDS, SSH_KINDS, userOf } from './words';

export type KeyState = 'any' | 'active' | 'expiring' | 'retired' | 'revoked';

export const PGP_STATES: readonly { value: KeyState; label: string }[] = [
  { value: 'any', label: t('any but deleted') },
  { value: 'active', label: t('active') },
  { value: 'expiring', label: t('expiring') },
  { value: 'retired', label: t('retired') },
  { value: 'revoked', label: t('revoked') },
];
export const SSH_STATES = PGP_STATES.filter(({ value }) => value !== 'expiring' && value !== 'revoked');

const STATES: readonly string[] = ['expiring', 'active', 'retired', 'revoked', 'deleted'];
const NEVER = '9999';
const isOver = ({ key }: PgpKeyRow) => key.status !== 'active' && key.status !== 'expiring';

interface Shown {
  text: string;
  state: KeyState;
  sort: Sort;
}

const order = (a: string | number, b: string | number) =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });

const namesOf = (tags: readonly Tag[]) => tags.map((tag) => tag.name).join(' ');

export function pgpRows(rows: readonly PgpKeyRow[], { text, state, sort }: Shown): PgpKeyRow[] {
  const wanted = text.trim().toLocaleLowerCase();
  const hex = wanted.replace(/\s/g, '');
  const sign = sort.descending ? -1 : 1;
  const names = new Map(rows.map(({ key }) => [key.id, key.name]));
  const rank = (row: PgpKeyRow): string | number => {
    const { key } = row;
    switch (sort.column) {
      case 'user':
        return userOf(key.user_ids[0] ?? '').mail || (key.user_ids[0] ?? '');
      case 'kind':
        return PGP_KINDS[key.algorithm];
      case 'state':
        return STATES.indexOf(key.status);
      case 'expires':
        // What cannot expire any more comes after all that can.
        return `${isOver(row) ? 1 : 0} ${key.expires_at ?? NEVER}`;
      case 'uses':
        return row.uses;
      case 'successor':
        return names.get(key.successor_key_id ?? '') ?? '\uffff';
      default:
        return key.name;
    }
  };
  return rows
    .filter(({ key }) => state === 'any' || key.status === state)
    .filter(({ key, tags }) => `${key.name} ${key.user_ids.join(' ')} ${namesOf(tags)}`.toLocaleLowerCase().includes(wanted) || (hex !== '' && key.fingerprint.toLowerCase().includes(hex)))
    .sort((a, b) => Number(a.key.key_type === 'public_only') - Number(b.key.key_type === 'public_only') || sign * order(rank(a), rank(b)) || a.key.name.localeCompare(b.key.name));
}

export function sshRows(rows: readonly SshKeyRow[], { text, state, sort }: Shown): SshKeyRow[] {
  const wanted = text.trim().toLocaleLowerCase();
  const sign = sort.descending ? -1 : 1;
  const rank = ({ key, uses }: SshKeyRow): string | number => {
    switch (sort.column) {
      case 'kind':
        return SSH_KINDS[key.key_type];
      case 'state':
        return STATES.indexOf(key.status);
      case 'added':
        return key.created_at;
      case 'uses':
        return uses;
      default:
        return `${key.status === 'active' ? 0 : 1} ${key.name}`;
    }
  };
  return rows
    .filter(({ key }) => state === 'any' || key.status === state)
    .filter(({ key, tags }) => `${key.name} ${key.fingerprint} ${namesOf(tags)}`.toLocaleLowerCase().includes(wanted))
    .sort((a, b) => sign * order(rank(a), rank(b)) || a.key.name.localeCompare(b.key.name));
}
