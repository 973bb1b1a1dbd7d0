/**
 * From a change in the store to the queries that show it. One exhaustive switch: a new kind of entity does not
 * compile until it says what it touches.
 */
import type { QueryClient, QueryKey } from '@tanstack/react-query';
import type { Changed } from './bindings';
import { host } from './host';
import { keys } from './keys';

/** The keys that a change makes stale. */
export function keysOf({ entity_type, entity_id }: Changed): QueryKey[] {
  switch (entity_type) {
    case 'job':
      return [keys.jobs, keys.status, keys.connections, keys.allKeyUses, keys.pgpKeys];
    case 'job_execution':
      return [
        keys.execution(entity_id),
        keys.executionLog(entity_id),
        ['executions', 'list'],
        keys.activity,
        keys.jobList,
        keys.status,
      ];
    case 'step_execution':
      return [keys.executions];
    case 'connection':
      return [keys.connections, keys.allKeyUses, keys.sshKeys, keys.status];
    case 'pgp_key':
      return [keys.pgpKeys, keys.allKeyUses, keys.keyHistory(entity_id), keys.status];
    case 'ssh_key':
      return [keys.sshKeys, keys.allKeyUses, keys.keyHistory(entity_id), keys.connections, keys.status];
    case 'vault':
      return [keys.status];
    case 'system_setting':
      return [keys.status];
    case 'tag':
      return [keys.tags, keys.connections];
    case 'chain':
    case 'chain_execution':
    case 'file_monitor':
    case 'schedule':
    case 'notification_rule':
      return [];
    default:
      return unreachable(entity_type);
  }
}

function unreachable(kind: never): QueryKey[] {
  throw new Error(`Unknown entity type ${String(kind)}`);
}

/** Keeps the client fresh until the returned function is called. */
export function followChanges(client: QueryClient): () => void {
  return host().subscribe((change) => {
    for (const queryKey of keysOf(change)) void client.invalidateQueries({ queryKey });
  });
}
