/**
 * Which entries fit what is typed, and in which order: those that begin with it, then those with words that do, then
 * those that have it anywhere, then those that have its letters in order. What was chosen lately comes first among equals.
 */
import { GROUPS, type Entry, type Group } from './entry';

/** Rows of one group, so that a store with thousands of things mounts no more than fit a glance. */
export const MOST_IN_GROUP = 6;

/** Rows that are seen before anybody scrolls, and some more. */
const GLANCE = 18;

export interface Shown {
  group: Group;
  entries: readonly Entry[];
  /** How many fit in all. */
  total: number;
}

export interface Indexed {
  entry: Entry;
  name: string;
  /** Its words, each after a space. */
  nameWords: string;
  /** Everything that it is found by, likewise. */
  words: string;
}

const spaced = (text: string) => ` ${text.toLowerCase().replaceAll(/[\s/\\._:@(),-]+/g, ' ')}`;

const made = new WeakMap<readonly Entry[], readonly Indexed[]>();

/** Made once for a list: the palette has it made before the first letter is typed. */
export function indexed(entries: readonly Entry[]): readonly Indexed[] {
  const known = made.get(entries);
  if (known) return known;
  const index = entries.map((entry) => ({
    entry,
    name: entry.name.toLowerCase(),
    nameWords: spaced(entry.name),
    words: spaced(`${entry.name} ${entry.kind} ${entry.detail ?? ''} ${entry.words ?? ''}`),
  }));
  made.set(entries, index);
  return index;
}

interface Wanted {
  text: string;
  words: readonly string[];
}

export function wantedOf(typed: string): Wanted {
  return { text: typed.trim().toLowerCase(), words: spaced(typed).split(' ').filter((word) => word !== '') };
}

/** The best is 0; `null` does not fit. */
export function rankOf({ name, nameWords, words: all }: Indexed, { text, words }: Wanted): number | null {
  if (name.startsWith(text)) return 0;
  if (words.length > 0) {
    if (words.every((word) => nameWords.includes(` ${word}`))) return 1;
    if (words.every((word) => all.includes(` ${word}`))) return 2;
    if (words.every((word) => all.includes(word))) return 3;
  }
  return hasInOrder(name, text) ? 4 : null;
}

/** Whether the letters come in the name one after the other, the first at the beginning of a word. */
function hasInOrder(name: string, wanted: string): boolean {
  const letters = wanted.replaceAll(' ', '');
  if (letters.length < 2) return false;
  for (let start = 0; start < name.length; start += 1) {
    if (name[start] !== letters[0] || (start > 0 && name[start - 1] !== ' ')) continue;
    let at = start;
    for (const letter of letters.slice(1)) {
      at = name.indexOf(letter, at + 1);
      if (at < 0) break;
    }
    if (at >= 0) return true;
  }
  return false;
}

interface Fitting {
  entry: Entry;
  rank: number;
  recent: number;
}

/**
 * What fits what is typed, in groups, the group with the best first. `found` was found in the store by other means than its
 * name and fits anyhow.
 */
export function search(all: readonly Indexed[], found: readonly Entry[], typed: string, recent: readonly string[]): Shown[] {
  const wanted = wantedOf(typed);
  const age = new Map(recent.map((id, index) => [id, index]));
  const groups = new Map<Group, Fitting[]>();
  const put = (entry: Entry, rank: number) => {
    const fitting = { entry, rank, recent: age.get(entry.id) ?? recent.length };
    const group = groups.get(entry.group);
    if (group) group.push(fitting);
    else groups.set(entry.group, [fitting]);
  };
  for (const one of all) {
    const rank = rankOf(one, wanted);
    if (rank !== null) put(one.entry, rank);
  }
  for (const one of indexed(found)) put(one.entry, rankOf(one, wanted) ?? 3);
  const sorted = [...groups].map(([group, fitting]) => ({ group, fitting: fitting.sort(order) }));
  const best = ({ fitting: [first] }: { fitting: Fitting[] }) => first as Fitting;
  sorted.sort((a, b) => best(a).rank - best(b).rank || best(a).recent - best(b).recent || GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group));
  return sorted.map(({ group, fitting }) => ({ group, total: fitting.length, entries: fitting.slice(0, MOST_IN_GROUP).map(({ entry }) => entry) }));
}

/** Equals stay as they came: by name. */
const order = (a: Fitting, b: Fitting) => a.rank - b.rank || a.recent - b.recent || a.entry.name.length - b.entry.name.length;

/** What is offered while nothing is typed: the recent choices, then the rest without them. */
export function offered(all: readonly Entry[], recent: readonly Entry[]): Shown[] {
  const chosen = new Set(recent.map(({ id }) => id));
  const groups = new Map<Group, Entry[]>();
  for (const entry of all) {
    if (entry.quiet || chosen.has(entry.id)) continue;
    const group = groups.get(entry.group);
    if (group) group.push(entry);
    else groups.set(entry.group, [entry]);
  }
  const limited = (group: Group, entries: readonly Entry[]) => ({ group, total: entries.length, entries: LISTS.has(group) ? entries.slice(0, MOST_IN_GROUP) : entries });
  return GROUPS.flatMap((group) => {
    const entries = group === 'Recent' ? recent : (groups.get(group) ?? []);
    return entries.length === 0 ? [] : [limited(group, entries)];
  });
}

/** Groups that grow with what is in the store; the others are as long as they are. */
const LISTS: ReadonlySet<Group> = new Set<Group>(['Recent', 'Run', 'Jobs', 'Chains', 'Monitors', 'Connections', 'Keys', 'Tags', 'Notification rules', 'Runs', 'Files', 'Switch']);

/** The groups of the first rows: what is mounted first, so that it is painted at once. */
export function glance(shown: readonly Shown[]): readonly Shown[] {
  let left = GLANCE;
  return shown.flatMap((group) => {
    const entries = group.entries.slice(0, left);
    left -= entries.length;
    return entries.length === 0 ? [] : [{ ...group, entries }];
  });
}
