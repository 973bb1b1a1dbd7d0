/** What a rule may be about: tags, jobs, chains and monitors, each by name. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { t } from '@/i18n';
import { chainsQuery, jobsQuery, monitorsQuery, tagsQuery, type RuleDraft } from '@/ipc';
import { listed } from '@/lib/format';

export type AboutKind = 'tags' | 'jobs' | 'chains' | 'monitors';
export type About = Required<Pick<RuleDraft, AboutKind>>;

export interface Candidate {
  kind: AboutKind;
  id: string;
  name: string;
}

interface Words {
  /** In a sentence, or alone in small letters. */
  kind: string;
  named: (name: string) => string;
  remove: (name: string) => string;
  deleted: string;
}

export const KINDS: Record<AboutKind, Words> = {
  tags: { kind: t('tag'), named: (name) => t('tag {{name}}', { name }), remove: (name) => t('Remove tag {{name}}', { name }), deleted: t('Deleted tag') },
  jobs: { kind: t('job'), named: (name) => t('job {{name}}', { name }), remove: (name) => t('Remove job {{name}}', { name }), deleted: t('Deleted job') },
  chains: { kind: t('chain'), named: (name) => t('chain {{name}}', { name }), remove: (name) => t('Remove chain {{name}}', { name }), deleted: t('Deleted chain') },
  monitors: {
    kind: t('monitor'), named: (name) => t('monitor {{name}}', { name }), remove: (name) => t('Remove monitor {{name}}', { name }), deleted: t('Deleted monitor'),
  },
};
const ORDER = Object.keys(KINDS) as AboutKind[];

/** All that can be chosen; `undefined` until every kind is read. */
export function useCandidates(): readonly Candidate[] | undefined {
  const { data: tags } = useQuery(tagsQuery());
  const { data: jobs } = useQuery(jobsQuery());
  const { data: chains } = useQuery(chainsQuery());
  const { data: monitors } = useQuery(monitorsQuery());
  return useMemo(() => {
    if (!tags || !jobs || !chains || !monitors) return undefined;
    return [
      ...tags.map(({ tag: { id, name } }) => ({ kind: 'tags' as const, id, name })),
      ...jobs.map(({ id, name }) => ({ kind: 'jobs' as const, id, name })),
      ...chains.map(({ id, name }) => ({ kind: 'chains' as const, id, name })),
      ...monitors.map(({ monitor: { id, name } }) => ({ kind: 'monitors' as const, id, name })),
    ];
  }, [tags, jobs, chains, monitors]);
}

/** What was chosen, in the order of kinds; what is no longer there is said to be deleted. */
export function chosenOf(about: About, candidates: readonly Candidate[] | undefined): Candidate[] {
  return ORDER.flatMap((kind) =>
    about[kind].map((id) => candidates?.find((candidate) => candidate.kind === kind && candidate.id === id) ?? { kind, id, name: candidates ? KINDS[kind].deleted : '…' }),
  );
}

/** `Everything`, or `tag Production, job Merge ledger`. */
export function aboutWords(about: About, candidates: readonly Candidate[] | undefined): string {
  const chosen = chosenOf(about, candidates);
  return chosen.length === 0 ? t('Everything') : listed(chosen.map(({ kind, name }) => KINDS[kind].named(name))).replace(/^./, (letter) => letter.toUpperCase());
}
