/** What an event is about, with the way to its page. */
import { Link, type LinkProps } from '@tanstack/react-router';
import type { AuditableEntityType } from '@/ipc';
import { cn } from '@/lib/cn';
import { THINGS } from './words';

/** The page of a thing; `null` when it has none of its own. */
export function pageOf(kind: AuditableEntityType, id: string): Pick<LinkProps, 'to' | 'params' | 'search'> | null {
  switch (kind) {
    case 'job':
      return { to: '/jobs/$jobId', params: { jobId: id } };
    case 'job_execution':
      return { to: '/executions/$executionId', params: { executionId: id } };
    case 'chain':
      return { to: '/chains/$chainId', params: { chainId: id } };
    case 'file_monitor':
      return { to: '/monitors/$monitorId', params: { monitorId: id } };
    case 'connection':
      return { to: '/connections/$connectionId', params: { connectionId: id } };
    case 'pgp_key':
      return { to: '/keys', search: { key: id } };
    case 'ssh_key':
      return { to: '/keys', search: { kind: 'ssh', key: id } };
    case 'notification_rule':
      return { to: '/settings/notifications/$ruleId', params: { ruleId: id } };
    case 'tag':
      return { to: '/settings/tags', search: { tag: id } };
    case 'calendar':
    case 'vault':
    case 'system_setting':
      return { to: '/settings' };
    case 'step_execution':
    case 'chain_execution':
    case 'schedule':
      return null;
  }
}

/** A thing by name; what has none is called by its kind. */
export function Thing({ kind, id, name, className }: { kind: AuditableEntityType; id: string; name: string | null; className?: string }) {
  const page = pageOf(kind, id);
  const words = name ?? THINGS[kind];
  const title = name === null ? words : `${THINGS[kind]} ${name}`;
  if (page === null) return <span className={className} title={title}>{words}</span>;
  return (
    <Link {...page} className={cn('text-accent-ink hover:underline', className)} title={title}>
      {words}
    </Link>
  );
}
