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
      // Tags are put on a thing and taken off it without a change of their own. A dependency changes with its job, and what a schedule, chain or monitor starts is shown by its name.
      return [
        keys.jobs, keys.status, keys.firstSteps, keys.connections, keys.allKeyUses, keys.pgpKeys, keys.files, keys.chains, keys.schedules, keys.dependencies, keys.monitors, keys.tags, ['executions', 'one'],
      ];
    case 'job_execution':
      if (entity_id === SEVERAL) {
        return [keys.executions, ['execution_log'], keys.chainRuns, keys.chainList, keys.jobList, keys.status, keys.nodes, keys.files, keys.monitors];
      }
      return [
        keys.execution(entity_id),
        keys.executionLog(entity_id),
        ['executions', 'list'],
        keys.activity,
        keys.jobList,
        keys.status,
        keys.firstSteps,
        keys.nodes,
        // A run that ended has handled files; one that begins may have been started by a monitor.
        keys.files,
        // It may be a member's.
        keys.chainRuns,
        ['monitors', 'files'],
      ];
    case 'step_execution':
      // Only what shows how far a run is.
      return [['executions', 'one'], ['executions', 'list']];
    case 'connection':
      // Moving a file by hand is noted at its connection.
      return [keys.connections, keys.allKeyUses, keys.sshKeys, keys.status, keys.firstSteps, keys.files, keys.tags];
    case 'pgp_key':
      return [keys.pgpKeys, keys.allKeyUses, keys.keyHistory(entity_id), keys.status, keys.firstSteps, keys.tags];
    case 'ssh_key':
      return [keys.sshKeys, keys.allKeyUses, keys.keyHistory(entity_id), keys.connections, keys.status, keys.firstSteps, keys.tags];
    case 'vault':
      return [keys.status, keys.firstSteps];
    case 'system_setting':
      return [keys.status, keys.settings];
    case 'tag':
      return [keys.tags, keys.jobs, keys.chains, keys.connections, keys.pgpKeys, keys.sshKeys, keys.monitors, keys.rules];
    case 'chain':
      return [keys.chains, keys.schedules, keys.monitors, keys.tags];
    case 'chain_execution':
      return entity_id === SEVERAL ? [keys.chainRuns, keys.chainList] : [keys.chainRun(entity_id), keys.chainRunLists, keys.chainList];
    case 'schedule':
      // What comes next has moved on.
      return [keys.schedules, keys.schedulePreviews, keys.chains, keys.calendars];
    case 'file_monitor':
      // Its clock may name a calendar.
      return [keys.monitors, keys.calendars, keys.tags];
    case 'calendar':
      // Its days move what comes next.
      return [keys.calendars, keys.schedules, keys.schedulePreviews, keys.monitors, keys.chains];
    case 'notification_rule':
      return [keys.rules, keys.deliveries, keys.tags];
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
