/** What was done with and to a key, newest first, as the record has it. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Skeleton } from '@/components/Skeleton';
import { keyHistoryQuery, type AuditLogEntry } from '@/ipc';
import { day, exactTime } from '@/lib/format';
import { InspectorSection } from './Inspector';

const FIRST = 6;

const WORDS: Record<string, string> = {
  Created: 'Came into the store',
  Updated: 'Changed',
  Deleted: 'Destroyed',
  PrivateKeyExported: 'Private key exported',
  RevocationExported: 'Revocation certificate exported',
  UsedForEncrypt: 'Encrypted',
  UsedForDecrypt: 'Opened files',
  UsedForSign: 'Signed',
  UsedForVerify: 'Checked signatures',
};

export function History({ id, updatedAt }: { id: string; updatedAt: string }) {
  const history = useQuery(keyHistoryQuery(id, updatedAt));
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
      <ol className="flex flex-col gap-1.5">
        {(all ? entries : entries.slice(0, FIRST)).map((entry) => (
          <li key={entry.id} className="flex min-w-0 items-baseline gap-2 text-sm">
            <time dateTime={entry.performed_at} title={exactTime(entry.performed_at)} className="num flex-none text-faint">
              {day(entry.performed_at)}
            </time>
            <span className="min-w-0 flex-1 truncate" title={`${wordsOf(entry)} · ${entry.performed_by}`}>
              {wordsOf(entry)} <span className="text-faint">· {entry.performed_by}</span>
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
  if (operation === 'StateChanged') {
    const status = (details as { status?: { to?: unknown } } | null)?.status?.to;
    return typeof status === 'string' ? `Is ${status} now` : 'Changed its state';
  }
  return WORDS[operation] ?? operation;
}
