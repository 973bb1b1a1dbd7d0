/** What an entry is about, by name and with the way to its page. */
import { Link, type LinkProps } from '@tanstack/react-router';
import { pageOf } from '@/features/notifications/subject';
import { THINGS } from '@/features/notifications/words';
import { t } from '@/i18n';
import type { AuditableEntityType, AuditRow } from '@/ipc';
import { cn } from '@/lib/cn';

/** Of the record itself it says what it is: the vault keeps its keys. */
export const kindWords = (kind: AuditableEntityType): string => (kind === 'vault' ? t('Vault') : THINGS[kind]);

/** The page where it can be looked at, by itself or within what it belongs to. */
function placeOf({ entry: { entity_type, entity_id, details }, owner }: AuditRow): Pick<LinkProps, 'to' | 'params' | 'search'> | null {
  if (entity_type === 'chain_execution' && owner) return { to: '/chains/$chainId', params: { chainId: owner.entity_id }, search: { run: entity_id } };
  if (entity_type === 'step_execution') {
    // Its row may be gone while its run is still there.
    const run = owner?.entity_id ?? (typeof details === 'object' && details !== null && !Array.isArray(details) ? details.job_execution_id : null);
    return typeof run === 'string' ? pageOf('job_execution', run) : null;
  }
  return pageOf(entity_type, entity_id) ?? (owner ? pageOf(owner.entity_type, owner.entity_id) : null);
}

export function aboutWords({ entry, name }: AuditRow): string {
  return name ?? kindWords(entry.entity_type);
}

export function About({ row, className }: { row: AuditRow; className?: string }) {
  const words = aboutWords(row);
  const place = placeOf(row);
  const title = row.name === null ? words : `${kindWords(row.entry.entity_type)} ${row.name}`;
  if (place === null) return <span className={className} title={title}>{words}</span>;
  return (
    <Link {...place} className={cn('text-accent-ink hover:underline', className)} title={title}>
      {words}
    </Link>
  );
}
