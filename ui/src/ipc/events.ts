/**
 * From a change in the store to the queries that show it. One exhaustive switch: a new kind of entity does not
 * compile until it says what it touches.
 */
import type { QueryClient, QueryKey } from '@tanstack/react-query';
import type { Changed } from './bindings';
import { host } from './host';
import { keys } from './keys';

/** Instead of an id when many things of a kind changed at once. */
const SEVERAL = '00000000-0000-0000-0000-000000000000';

/** The keys that a change makes stale. */
export function keysOf({ entity_type, entity_id }: Changed): QueryKey[] {
  switch (entity_type) {
    case 'job':
      return [keys.jobs, keys.status, keys.connections, keys.allKeyUses, keys.pgpKeys];
    case 'job_execution':
      if (entity_id === SEVERAL) return [keys.executions, ['execution_log'], keys.jobList, keys.status, keys.nodes];
      return [
        keys.execution(entity_id),
        keys.executionLog(entity_id),
        ['executions', 'list'],
        keys.activity,
        keys.jobList,
        keys.status,
        keys.nodes,
      ];
    case 'step_execution':
      // Only what shows how far a run is.
      return [['executions', 'one'], ['executions', 'list']];
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

/** So far apart at least, one thing is asked for again: the steps of a loop may change many times a second. */
const APART_MS = 400;
/** Asking takes one part in so many of the time at most. */
const SPARING = 5;

/** Keeps the client fresh until the returned function is called. What changes again shortly after is told once more. */
export function followChanges(client: QueryClient): () => void {
  const spans = new Map<string, { again: boolean; timer?: ReturnType<typeof setTimeout> }>();
  let following = true;
  const refresh = async (name: string, change: Changed) => {
    const span: { again: boolean; timer?: ReturnType<typeof setTimeout> } = { again: false };
    spans.set(name, span);
    const began = performance.now();
    await Promise.all(keysOf(change).map((queryKey) => client.invalidateQueries({ queryKey })));
    if (!following) return;
    span.timer = setTimeout(() => {
      spans.delete(name);
      if (span.again) void refresh(name, change);
    }, Math.max(APART_MS, (performance.now() - began) * (SPARING - 1)));
  };
  const stop = host().subscribe((change) => {
    const name = `${change.entity_type} ${change.entity_id}`;
    const span = spans.get(name);
    if (span) span.again = true;
    else void refresh(name, change);
  });
  return () => {
    following = false;
    stop();
    for (const { timer } of spans.values()) clearTimeout(timer);
    spans.clear();
  };
}
