/** The columns of the two lists of keys. */
import type { Column } from '@/components/DataTable';
import { Progress } from '@/components/Progress';
import { KEY_STATES, StateLabel } from '@/components/State';
import { When } from '@/components/Text';
import type { PgpKey, PgpKeyRow, SshKeyRow } from '@/ipc';
import { cn } from '@/lib/cn';
import { day, exactTime, inFours, left } from '@/lib/format';
import { PGP_KINDS, SSH_KINDS } from './words';

export const groupOfPgp = ({ key }: PgpKeyRow): string => (key.key_type === 'key_pair' ? 'Our key pairs' : 'Public keys of partners');

const uses = (n: number) => (n === 0 ? '–' : n.toLocaleString());

export const pgpColumns: readonly Column<PgpKeyRow>[] = [
  {
    id: 'name',
    header: 'Name',
    width: 'minmax(142px, 1.2fr)',
    cell: ({ key }) => (
      <span className="font-medium" title={[key.name, ...key.user_ids].join('\n')}>
        {key.name}
      </span>
    ),
  },
  {
    id: 'fingerprint',
    header: 'Fingerprint',
    width: '152px',
    className: 'text-faint',
    cell: ({ key }) => (
      <span className="mono" title={inFours(key.fingerprint)}>
        {inFours(key.short_key_id)}
      </span>
    ),
  },
  { id: 'kind', header: 'Kind', width: '88px', className: 'text-sm text-muted', cell: ({ key }) => PGP_KINDS[key.algorithm] },
  { id: 'state', header: 'State', width: '90px', cell: ({ key }) => <StateLabel look={KEY_STATES[key.status]} /> },
  { id: 'expires', header: 'Expires', width: 'minmax(210px, 1fr)', cell: ({ key }) => <Expiry pgpKey={key} /> },
  { id: 'uses', header: 'Uses', width: '48px', align: 'right', className: 'text-sm', cell: (row) => uses(row.uses) },
];

/** The day, how much of the key's life is over, and what is left. */
function Expiry({ pgpKey }: { pgpKey: PgpKey }) {
  if (pgpKey.expires_at === null) return <span className="text-sm">No expiry</span>;
  const over = pgpKey.status !== 'active' && pgpKey.status !== 'expiring';
  const remaining = left(pgpKey.expires_at);
  const life = Date.parse(pgpKey.expires_at) - Date.parse(pgpKey.created_at);
  const warns = pgpKey.status === 'expiring';
  return (
    <span className="flex items-center gap-2">
      <time dateTime={pgpKey.expires_at} title={exactTime(pgpKey.expires_at)} className="num w-[82px] flex-none text-sm">
        {day(pgpKey.expires_at)}
      </time>
      {over || remaining === null ? (
        <span className="text-sm text-faint">–</span>
      ) : (
        <>
          <Progress
            share={Math.max(0.02, (Date.now() - Date.parse(pgpKey.created_at)) / life)}
            label={`Time used of ${pgpKey.name}`}
            tone={warns ? 'warn' : 'ok'}
            className="w-10 flex-none"
          />
          <span className={cn('num text-sm', warns ? 'font-medium text-warn' : 'text-muted')}>{remaining}</span>
        </>
      )}
    </span>
  );
}

export const sshColumns: readonly Column<SshKeyRow>[] = [
  {
    id: 'name',
    header: 'Name',
    width: 'minmax(150px, 1fr)',
    cell: ({ key }) => (
      <span className="font-medium" title={key.name}>
        {key.name}
      </span>
    ),
  },
  {
    id: 'fingerprint',
    header: 'Fingerprint',
    width: 'minmax(200px, 1.6fr)',
    className: 'text-faint',
    cell: ({ key }) => (
      <span className="mono" title={key.fingerprint}>
        {key.fingerprint}
      </span>
    ),
  },
  { id: 'kind', header: 'Kind', width: '92px', className: 'text-sm text-muted', cell: ({ key }) => SSH_KINDS[key.key_type] },
  { id: 'state', header: 'State', width: '96px', cell: ({ key }) => <StateLabel look={KEY_STATES[key.status]} /> },
  { id: 'made', header: 'Made', width: '96px', align: 'right', className: 'text-sm text-muted', cell: ({ key }) => <When at={key.created_at} /> },
  { id: 'uses', header: 'Uses', width: '56px', align: 'right', className: 'text-sm', cell: (row) => uses(row.uses) },
];
