/** Where the host's problems belong on a chain's page, and in which words their place is named. */
import { t } from '@/i18n';
import type { Problem } from '@/ipc';
import type { Doc, Member } from './doc';

export interface Place {
  /** Index in the chain's order; `null` for the chain itself. */
  member: number | null;
  /** `name`, `job_id`, `depends_on`, `parameters.day`, … */
  field: string;
}

export function placeOf(path: string): Place {
  const [, index, rest = ''] = /^members\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
  if (index === undefined) return { member: null, field: path };
  return { member: Number(index), field: rest.startsWith('parameters.') ? rest : (/^[^.[]*/.exec(rest)?.[0] ?? '') };
}

const WORDS: Record<string, string> = { name: t('Name'), job_id: t('Job'), depends_on: t('Runs after'), members: t('Members'), description: t('Description') };

export const fieldWords = (path: string): string => {
  const { field } = placeOf(path);
  return field.startsWith('parameters.') ? t('Parameter {{field}}', { field: field.slice('parameters.'.length) }) : (WORDS[field] ?? field);
};

/** `Merge ledger › Name`. */
export function placeWords(path: string, doc: Doc): string {
  const { member } = placeOf(path);
  const owner = member === null ? t('Chain') : doc.members[member]?.name || t('Member {{number}}', { number: member + 1 });
  return `${owner} › ${fieldWords(path)}`;
}

/** What is wrong with one member, or with one of its fields. */
export function ofMember(problems: readonly Problem[], doc: Doc, member: Member, field?: string): Problem[] {
  const index = doc.members.indexOf(member);
  return problems.filter((problem) => {
    const place = placeOf(problem.path);
    return place.member === index && (field === undefined || place.field === field);
  });
}
