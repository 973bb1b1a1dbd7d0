/**
 * The chain that the page edits, and its way from and to the host's types.
 *
 * Edges go by the members' keys, so that a new name breaks none; ids of saved members are kept beside (`Identity`).
 */
import type { ChainDraft, JobChain, Value } from '@/ipc';
import { mapTexts, renameRoot } from '@/features/jobs/builder/model/template';

export interface Edge {
  /** The upstream member's key. */
  from: string;
  /** It may also have failed. */
  also: boolean;
}

export interface Member {
  /** Stable on the page; the member's id when it came from a saved chain. */
  key: string;
  name: string;
  job_id: string;
  parameters: Record<string, Value>;
  after: Edge[];
}

export interface Doc {
  name: string;
  description: string | null;
  members: Member[];
}

/** Which saved member one is. A member that is missing here was never saved. */
export type Identity = Readonly<Record<string, string>>;

export const emptyDoc = (): Doc => ({ name: '', description: null, members: [] });

export function fromChain(chain: JobChain): { doc: Doc; identity: Identity } {
  const members = [...chain.members].sort((a, b) => a.execution_order - b.execution_order);
  return {
    doc: {
      name: chain.name,
      description: chain.description,
      members: members.map((member) => ({
        key: member.id,
        name: member.name,
        job_id: member.job_id,
        parameters: member.parameters,
        after: member.depends_on.map((edge) => ({ from: edge.depends_on_member_id, also: edge.run_on_upstream_failure })),
      })),
    },
    identity: Object.fromEntries(members.map((member) => [member.id, member.id])),
  };
}

export function toDraft(doc: Doc, identity: Identity): ChainDraft {
  const nameOf = (key: string) => doc.members.find((member) => member.key === key)?.name ?? '';
  return {
    name: doc.name,
    description: doc.description,
    members: doc.members.map((member) => ({
      id: identity[member.key] ?? null,
      name: member.name,
      job_id: member.job_id,
      parameters: member.parameters,
      depends_on: member.after.map((edge) => ({ member: nameOf(edge.from), run_on_upstream_failure: edge.also })),
    })),
  };
}

/** What templates call a member: `chain.<this>.steps…`. */
export function slug(name: string): string {
  const word = name.trim().toLowerCase().replace(/[^\p{L}\p{N}]/gu, '_');
  return word === '' || /^\p{N}/u.test(word) ? `_${word}` : word;
}

/** A name that no other member has in the form that templates use. */
export function freeName(wanted: string, members: readonly Member[]): string {
  const taken = new Set(members.map((member) => slug(member.name)));
  let name = wanted;
  for (let n = 2; taken.has(slug(name)); n += 1) name = `${wanted} ${n}`;
  return name;
}

/** Every member that one waits for, nearest first. */
export function upstreamsOf(doc: Doc, key: string): Member[] {
  const found = new Map<string, Member>();
  let turn = [key];
  while (turn.length > 0) {
    const next = turn.flatMap((at) => doc.members.find((member) => member.key === at)?.after.map((edge) => edge.from) ?? []);
    turn = [];
    for (const at of next) {
      const member = doc.members.find((candidate) => candidate.key === at);
      if (!member || found.has(at) || at === key) continue;
      found.set(at, member);
      turn.push(at);
    }
  }
  return [...found.values()];
}

/** The same values with every use of a member under another name. */
export const renamedUses = (parameters: Record<string, Value>, from: string, to: string): Record<string, Value> =>
  mapTexts(parameters, (text) => renameRoot(text, 'chain', slug(from), slug(to))) as Record<string, Value>;
