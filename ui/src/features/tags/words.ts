/** What carries tags, in words. */
import type { TaggableEntityType, TagRow } from '@/ipc';
import { count, listed } from '@/lib/format';

const CARRIERS: Record<TaggableEntityType, { one: string; many: string }> = {
  job: { one: 'job', many: 'jobs' },
  job_chain: { one: 'chain', many: 'chains' },
  file_monitor: { one: 'monitor', many: 'monitors' },
  connection: { one: 'connection', many: 'connections' },
  pgp_key: { one: 'PGP key', many: 'PGP keys' },
  ssh_key: { one: 'SSH key', many: 'SSH keys' },
};

/** `3 jobs and 1 connection`; empty for a tag that is on nothing. */
export function usesWords(uses: TagRow['uses']): string {
  const kinds = (Object.keys(CARRIERS) as TaggableEntityType[]).filter((kind) => (uses[kind] ?? 0) > 0);
  return listed(kinds.map((kind) => count(uses[kind] ?? 0, CARRIERS[kind].one, CARRIERS[kind].many)));
}

export const usesOf = (uses: TagRow['uses']): number => Object.values(uses).reduce((sum: number, n) => sum + (n ?? 0), 0);
