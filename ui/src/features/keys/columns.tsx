/** The columns of the two lists of keys. */
import type { FittingColumn } from '@/components/fitting';
import { Progress } from '@/components/Progress';
import { KEY_STATES, StateLabel } from '@/components/State';
import { When } from '@/components/Text';
import { tagsColumn } from '@/features/tags/tagsColumn';
import { locale, t } from '@/i18n';
import type { PgpKey, PgpKeyRow, SshKeyRow } from '@/ipc';
import { cn } from '@/lib/cn';
import { day, exactTime, inFours, left } from '@/lib/format';
import { PGP_KINDS, SSH_KINDS, userOf } from './words';

export const groupOfPgp = ({ key }: PgpKeyRow): string => (key.key_type === 'key_pair' ? t('Our key pairs') : t('Public keys of partners'));

const uses = (n: number) => (n === 0 ? '–' : n.toLocaleString(locale));

/** `nameOfKey` names the successor by its id. */
export const pgpColumns = (nameOfKey: (id: string) => string | undefined): readonly FittingColumn<PgpKeyRow>[] => [
  {
    id: 'name',
    header: t('Name'),
    width: 'minmax(150px, 1.2fr)',
    least: 150,
    rank: 0,
    sortable: true,
    cell: ({ key }) => (
      <span className="font-medium" title={[key.name, ...key.user_ids].join('\n')}>
        {key.name}
      </span>
    ),
  },
  {
    id: 'user',
    header: t('User'),
    width: 'minmax(190px, 1.2fr)',
    least: 230,
    rank: 4,
    sortable: true,
    className: 'text-sm text-muted',
    cell: ({ key }) => {
      const { name, mail } = userOf(key.user_ids[0] ?? '');
      return <span title={key.user_ids.join('\n')}>{mail || name || '–'}</span>;
    },
  },
  {
    id: 'fingerprint',
    header: t('Fingerprint'),
    width: '152px',
    least: 152,
    rank: 3,
    className: 'text-faint',
    cell: ({ key }) => (
      <span className="mono" title={inFours(key.fingerprint)}>
        {inFours(key.short_key_id)}
      </span>
    ),
  },
  { id: 'kind', header: t('Kind'), width: '94px', least: 94, rank: 2, sortable: true, className: 'text-sm text-muted', cell: ({ key }) => PGP_KINDS[key.algorithm] },
  { id: 'state', header: t('State'), width: '96px', least: 96, rank: 0, sortable: true, cell: ({ key }) => <StateLabel look={KEY_STATES[key.status]} /> },
  { id: 'expires', header: t('Expires'), width: 'minmax(164px, 1.3fr)', least: 164, rank: 0, sortable: true, className: '@container', cell: ({ key }) => <Expiry pgpKey={key} /> },
  {
    id: 'successor',
    header: t('Successor'),
    width: 'minmax(120px, 0.9fr)',
    least: 120,
    rank: 6,
    sortable: true,
    className: 'text-sm text-muted',
    cell: ({ key }) => {
      const name = key.successor_key_id === null ? undefined : nameOfKey(key.successor_key_id);
      return name === undefined ? '–' : <span title={name}>{name}</span>;
    },
  },
  tagsColumn(5),
  { id: 'uses', header: t('Uses'), width: '52px', least: 52, rank: 1, align: 'right', sortable: true, className: 'text-sm', cell: (row) => uses(row.uses) },
];

/** The day, how much of the key's life is over where there is room for it, and what is left. */
function Expiry({ pgpKey }: { pgpKey: PgpKey }) {
  if (pgpKey.expires_at === null) return <span className="text-sm">{t('No expiry')}</span>;
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
            label={t('Time used of {{name}}', { name: pgpKey.name })}
            tone={warns ? 'warn' : 'ok'}
            className="hidden w-10 flex-none @min-[196px]:block"
          />
          <span className={cn('num text-sm', warns ? 'font-medium text-warn' : 'text-muted')}>{remaining}</span>
        </>
      )}
    </span>
  );
}

export const sshColumns: readonly FittingColumn<SshKeyRow>[] = [
  {
    id: 'name',
    header: t('Name'),
    width: 'minmax(150px, 1fr)',
    least: 150,
    rank: 0,
    sortable: true,
    cell: ({ key }) => (
      <span className="font-medium" title={key.name}>
        {key.name}
      </span>
    ),
  },
  {
    id: 'fingerprint',
    header: t('Fingerprint'),
    width: 'minmax(200px, 1.6fr)',
    least: 200,
    rank: 2,
    className: 'text-faint',
    cell: ({ key }) => (
      <span className="mono" title={key.fingerprint}>
        {key.fingerprint}
      </span>
    ),
  },
  { id: 'kind', header: t('Kind'), width: '98px', least: 98, rank: 1, sortable: true, className: 'text-sm text-muted', cell: ({ key }) => SSH_KINDS[key.key_type] },
  { id: 'state', header: t('State'), width: '96px', least: 96, rank: 0, sortable: true, cell: ({ key }) => <StateLabel look={KEY_STATES[key.status]} /> },
  tagsColumn(4),
  { id: 'added', header: t('Added'), width: '104px', least: 104, rank: 3, align: 'right', sortable: true, className: 'text-sm text-muted', cell: ({ key }) => <When at={key.created_at} /> },
  { id: 'uses', header: t('Uses'), width: '56px', least: 56, rank: 0, align: 'right', sortable: true, className: 'text-sm', cell: (row) => uses(row.uses) },
];
