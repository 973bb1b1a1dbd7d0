/** What was done with and to a key, newest first, as the record has it. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { InspectorSection } from '@/components/Inspector';
import { Skeleton } from '@/components/Skeleton';
import { When } from '@/components/Text';
import { t } from '@/i18n';
import { keyHistoryQuery, type AuditLogEntry, type PgpKeyStatus } from '@/ipc';

const FIRST = 6;

const WORDS: Record<string, string> = {
  Created: t('Came into the store'),
  Deleted: t('Destroyed'),
  PrivateKeyExported: t('Private key exported'),
  RevocationExported: t('Revocation certificate exported'),
};

const USES: Record<string, string> = {
  UsedForEncrypt: t('Encrypted'),
  UsedForDecrypt: t('Decrypted'),
  UsedForSign: t('Signed'),
  UsedForVerify: t('Checked'),
};

const STATES: Partial<Record<PgpKeyStatus, string>> = {
  active: t('Is active now'),
  expiring: t('Is expiring now'),
  retired: t('Is retired now'),
  revoked: t('Is revoked now'),
  deleted: t('Is deleted now'),
};

/** What an `Updated` changed, by the field that says most. */
const FIELDS: readonly (readonly [field: string, words: string])[] = [
  ['successor_key_id', t('Successor changed')],
  ['private_key', t('Private part added')],
  ['expires_at', t('New end')],
  ['user_ids', t('User changed')],
  ['name', t('Renamed')],
  ['public_key', t('Newer copy taken over')],
];

export function History({ id }: { id: string }) {
  const history = useQuery(keyHistoryQuery(id));
  const [all, setAll] = useState(false);
  const entries = history.data ?? [];
  return (
    <InspectorSection title={t('History')}>
      {history.isPending && <Skeleton className="w-40" />}
      {history.isError && (
        <p className="text-sm text-muted">
          {t('This could not be loaded.')}{' '}
          <Button variant="link" size="sm" onClick={() => void history.refetch()}>
            {t('Try again')}
          </Button>
        </p>
      )}
      {history.isSuccess && entries.length === 0 && <p className="text-sm text-muted">{t('Nothing was done with it yet.')}</p>}
      <ol className="flex flex-col gap-1.5">
        {(all ? entries : entries.slice(0, FIRST)).map((entry) => (
          <li key={entry.id} className="flex min-w-0 items-baseline gap-2 text-sm" data-history={entry.operation}>
            <When at={entry.performed_at} className="w-[78px] flex-none whitespace-nowrap text-faint" />
            <span className="min-w-0 flex-1">
              {wordsOf(entry)}
              <span className="block truncate text-xs text-faint" title={entry.performed_by}>
                {entry.performed_by}
              </span>
            </span>
          </li>
        ))}
      </ol>
      {!all && entries.length > FIRST && (
        <Button variant="link" size="sm" className="self-start" onClick={() => setAll(true)}>
          {t('Show all {{number}}', { number: entries.length })}
        </Button>
      )}
    </InspectorSection>
  );
}

function wordsOf({ operation, details }: AuditLogEntry): string {
  const facts = typeof details === 'object' && details !== null && !Array.isArray(details) ? details : {};
  if (operation === 'StateChanged') {
    const status = (facts.status as { to?: unknown } | null | undefined)?.to;
    return STATES[status as PgpKeyStatus] ?? t('Changed its state');
  }
  if (operation === 'Updated') return FIELDS.find(([field]) => field in facts)?.[1] ?? t('Changed');
  const use = USES[operation];
  if (use) return typeof facts.files === 'number' ? t('{{use}} {{count}} files', { count: facts.files, use }) : use;
  return WORDS[operation] ?? operation;
}
