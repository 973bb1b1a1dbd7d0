/** What carries tags, in words. */
import { t } from '@/i18n';
import type { TaggableEntityType, TagRow } from '@/ipc';
import { listed } from '@/lib/format';

const CARRIERS: Record<TaggableEntityType, (count: number) => string> = {
  job: (count) => t('{{count}} jobs', { count }),
  job_chain: (count) => t('{{count}} chains', { count }),
  file_monitor: (count) => t('{{count}} monitors', { count }),
  connection: (count) => t('{{count}} connections', { count }),
  pgp_key: (count) => t('{{count}} PGP keys', { count }),
  ssh_key: (count) => t('{{count}} SSH keys', { count }),
};

/** `3 jobs and 1 connection`; empty for a tag that is on nothing. */
export function usesWords(uses: TagRow['uses']): string {
  const kinds = (Object.keys(CARRIERS) as TaggableEntityType[]).filter((kind) => (uses[kind] ?? 0) > 0);
  return listed(kinds.map((kind) => CARRIERS[kind](uses[kind] ?? 0)));
}

export const usesOf = (uses: TagRow['uses']): number => Object.values(uses).reduce((sum: number, n) => sum + (n ?? 0), 0);
