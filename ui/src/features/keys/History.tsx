/** What was done with and to a key, newest first, as the record has it. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { InspectorSection } from '@/components/Inspector';
import { Skeleton } from '@/components/Skeleton';
import { When } from '@/components/Text';
import { t } from '@/i18n';
import { keyHistoryQuery, type AuditLogEntry, type PgpKeyStatus } from '@/ipc';
import { count } from '@/lib/format';

const FIRST = 6;

const WORDS: Record<string, string> = {
  Created: 'Came into the store',
  Deleted: 'Destroyed',
  PrivateKeyExported: 'Private key exported',
  RevocationExported: 'Revocation certificate exported',
};

const USES: Record<string, string> = {
  UsedForEncrypt: 'Encrypted',
  UsedForDecrypt: 'Decrypted',
  UsedForSign: 'Signed',
  UsedForVerify: 'Checked',
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
  ['successor_key_id', 'Successor changed'],
  ['private_key', 'Private part added'],
  ['expires_at', 'New end'],
  ['user_ids', 'User changed'],
  ['name', 'Renamed'],
  ['public_key', 'Newer copy taken over'],
];

export function History({ id }: { id: string }) {
  const history = useQuery(keyHistoryQuery(id));
  const [all, setAll] = useState(false);
  const entries = history.data ?? [];
  return (
    <InspectorSection title="History">
      {history.isPending && <Skeleton className="w-40" />}
      {history.isError && (
        <p className="text-sm text-muted">
          This could not be loaded.{' '}
          <Button variant="link" size="sm" onClick={() => void history.refetch()}>
            Try again
          </Button>
        </p>
      )}
      {history.isSuccess && entries.length === 0 && <p className="text-sm text-muted">Nothing was done with it yet.</p>}
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
          {`Show all ${entries.length}`}
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
  if (operation === 'Updated') return FIELDS.find(([field]) => field in facts)?.[1] ?? 'Changed';
  const use = USES[operation];
  if (use) return typeof facts.files === 'number' ? `${use} ${count(facts.files, 'file')}` : use;
  return WORDS[operation] ?? operation;
}
