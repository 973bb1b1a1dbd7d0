/** Tags in the fake host, and what carries them. */
import type { Problem, Reference, Tag, TagDraft, TaggableEntityType } from '../bindings';
import type { Commands } from '../host';
import { appError, nameTaken } from './error';
import { tagOf, type Data } from './seed';

type TagCommands = Pick<Commands, Extract<keyof Commands, `tags${string}`>>;

export function createTags({ data, changed }: { data: Data; changed: (kind: 'tag' | Reference['kind'], id: string) => void }): TagCommands {
  const kinds: readonly { kind: TaggableEntityType; as: Reference['kind']; of: () => readonly { id: string; name: string }[] }[] = [
    { kind: 'job', as: 'job', of: () => data.jobs },
    { kind: 'job_chain', as: 'chain', of: () => data.chains },
    { kind: 'connection', as: 'connection', of: () => data.connections },
    { kind: 'pgp_key', as: 'pgp_key', of: () => data.pgpKeys },
    { kind: 'ssh_key', as: 'ssh_key', of: () => data.sshKeys },
    { kind: 'file_monitor', as: 'file_monitor', of: () => data.monitors },
  ];
  const carriers = (tag: Tag) => kinds.flatMap(({ kind, as, of }) => of().filter(({ id }) => data.tagged.get(id)?.includes(tag)).map(({ id, name }) => ({ tagged: kind, kind: as, id, name, how: 'tags' })));
  const find = (id: string): Tag => {
    const found = data.tags.find((tag) => tag.id === id);
    if (!found) throw appError('not_found', 'There is no such tag.');
    return found;
  };
  const audited = (kind: TaggableEntityType) => kinds.find((one) => one.kind === kind)?.as ?? 'tag';
  const inOrder = (tags: readonly Tag[]) => [...tags].sort((a, b) => a.name.localeCompare(b.name));
  /** Answers how many have other tags now. */
  const onMany = (kind: TaggableEntityType, ids: readonly string[], next: (tags: Tag[]) => Tag[]): number => {
    const touched = ids.filter((id) => {
      const before = data.tagged.get(id) ?? [];
      const after = next(before);
      data.tagged.set(id, inOrder(after));
      return after !== before;
    });
    for (const id of touched) changed(audited(kind), id);
    return touched.length;
  };
  const check = (draft: TagDraft): Problem[] => [
    ...(draft.name.trim() === '' ? [{ path: 'name', code: 'required', message: 'Enter a name.', severity: 'error' as const }] : []),
    ...(draft.color && !/^#[0-9a-f]{6}$/i.test(draft.color) ? [{ path: 'color', code: 'invalid', message: 'Enter a colour such as #2563EB.', severity: 'error' as const }] : []),
  ];
  return {
    tagsList: async () =>
      data.tags
        .filter((tag) => !tag.is_deleted)
        .sort((a, b) => a.name.localeCompare(b.name))
        .map((tag) => {
          const uses: Partial<Record<TaggableEntityType, number>> = {};
          for (const { tagged } of carriers(tag)) uses[tagged] = (uses[tagged] ?? 0) + 1;
          return { tag: { ...tag }, uses };
        }),
    tagsSave: async (id, draft, seen) => {
      const problems = check(draft);
      if (problems.length > 0) throw appError('validation', 'The tag is not complete.', problems);
      if (data.tags.some((other) => other.id !== id && !other.is_deleted && other.name.toLowerCase() === draft.name.toLowerCase())) throw nameTaken('tag', draft.name);
      const tag = id === null ? tagOf(draft.name) : find(id);
      if (id !== null && seen !== null && tag.updated_at !== seen) throw appError('conflict', 'The tag was changed in the meantime.');
      Object.assign(tag, { name: draft.name, color: draft.color?.toUpperCase() ?? null, category: draft.category ?? null, description: draft.description ?? null, updated_at: new Date().toISOString() });
      if (id === null) data.tags.push(tag);
      changed('tag', tag.id);
      return { ...tag };
    },
    tagsWhereUsed: async (id) => [
      ...carriers(find(id)).map(({ kind, id: user, name, how }) => ({ kind, id: user, name, how })),
      ...data.outbox.rules.filter(({ rule }) => rule.tags.includes(id)).map(({ rule }) => ({ kind: 'notification_rule' as const, id: rule.id, name: rule.name, how: 'tags' })),
    ],
    tagsDelete: async (id) => {
      find(id).is_deleted = true;
      changed('tag', id);
      return null;
    },
    tagsRestore: async (id) => {
      const tag = find(id);
      tag.is_deleted = false;
      changed('tag', id);
      return { ...tag };
    },
    tagsSetNamed: async (kind, id, names) => {
      const put = names.map((name) => {
        const found = data.tags.find((tag) => !tag.is_deleted && tag.name.toLowerCase() === name.toLowerCase()) ?? tagOf(name);
        if (!data.tags.includes(found)) {
          data.tags.push(found);
          changed('tag', found.id);
        }
        return found;
      });
      data.tagged.set(id, inOrder(put));
      changed(audited(kind), id);
      return inOrder(put);
    },
    tagsAddBulk: async (tag, kind, ids) => onMany(kind, ids, (tags) => (tags.some(({ id }) => id === tag) ? tags : [...tags, find(tag)])),
    tagsRemoveBulk: async (tag, kind, ids) => onMany(kind, ids, (tags) => (tags.some(({ id }) => id === tag) ? tags.filter(({ id }) => id !== tag) : tags)),
  };
}
