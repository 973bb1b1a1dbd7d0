/** A run of a chain as the page shows it. */
import { useQuery } from '@tanstack/react-query';
import { chainRunQuery, type ChainExecution, type ChainMemberExecution } from '@/ipc';
import { duration, elapsed } from '@/lib/format';
import { useNow } from '@/lib/useNow';
import { isOver } from '@/features/jobs/builder/run';
import type { Doc, Identity } from './model/doc';
import { MEMBER_STATES } from './states';

export function useChainRun(id: string | null) {
  return useQuery({
    ...chainRunQuery(id ?? ''),
    enabled: id !== null,
    // Events tell of every change; this only guards against one that was missed.
    refetchInterval: (query) => (query.state.data && isOver(query.state.data.execution.state) ? false : 2_000),
  });
}

/** How long a member or a run has taken; goes on while it runs. */
export function useTook(of: { state: string; started_at: string | null; completed_at: string | null }): string | null {
  const running = of.state === 'running';
  const now = useNow(running);
  const took = running || of.completed_at ? elapsed(of.started_at, of.completed_at, now) : null;
  return took === null ? null : duration(Math.max(0, took));
}

/** `Completed · 18 s`, `Failed · The disk is full.` */
export function memberWords(member: ChainMemberExecution, took: string | null): string {
  const { word } = MEMBER_STATES[member.state];
  return [word, took, member.state === 'failed' || member.state === 'skipped' ? member.reason : null].filter(Boolean).join(' · ');
}

/** The members of a run by the keys of the document that it is drawn on, and those that it no longer has. */
export function laidOver(execution: ChainExecution, doc: Doc, identity: Identity): { members: ReadonlyMap<string, ChainMemberExecution>; gone: readonly ChainMemberExecution[] } {
  const keyOf = new Map(doc.members.map((member) => [identity[member.key] ?? member.key, member.key]));
  const members = new Map(execution.members.flatMap((member) => {
    const key = keyOf.get(member.member_id);
    return key === undefined ? [] : [[key, member] as const];
  }));
  return { members, gone: execution.members.filter((member) => !keyOf.has(member.member_id)) };
}

export const tally = (execution: ChainExecution) => ({
  all: execution.members.length,
  done: execution.members.filter((member) => isOver(member.state) || member.state === 'skipped').length,
  failed: execution.members.filter((member) => member.state === 'failed').length,
});
