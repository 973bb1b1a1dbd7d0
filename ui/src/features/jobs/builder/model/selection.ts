/**
 * Which steps are selected: one that the keyboard is at, and others with it. What is done to one of them is done to all.
 *
 * Invariant: of what `chosen` gives, none lies in another, and all are in the document.
 */
import type { StepNode } from './doc';
import { find, holds, rowsOf, stepRows } from './tree';

export interface Selection {
  /** The key of the step at hand. */
  selected: string | null;
  /** Those that are selected with it. */
  others: readonly string[];
  /** Where a range begins. */
  anchor: string | null;
}

export const only = (key: string | null): Selection => ({ selected: key, others: [], anchor: key });

/** Several, the first of them at hand. */
export const all = (keys: readonly string[]): Selection => ({ ...only(keys[0] ?? null), others: keys.slice(1) });

/** The selected steps from top to bottom. */
export function chosen(steps: StepNode[], { selected, others }: Selection): string[] {
  if (others.length === 0) return selected !== null && find(steps, selected) ? [selected] : [];
  const keys = new Set([...others, ...(selected === null ? [] : [selected])]);
  const rows = stepRows(rowsOf(steps)).filter((row) => keys.has(row.key));
  return rows.filter((row) => !rows.some((other) => other !== row && holds(other.node, row.key))).map((row) => row.key);
}

/** What is meant by something done to one step: with it all that are selected, if it is one of them. */
export function together(steps: StepNode[], selection: Selection, key: string): string[] {
  const keys = chosen(steps, selection);
  return keys.includes(key) ? keys : [key];
}

/** The step at hand becomes another; those selected stay so if it is one of them. */
export function at(steps: StepNode[], selection: Selection, key: string): Selection {
  const keys = chosen(steps, selection);
  return keys.includes(key) ? { selected: key, others: keys.filter((other) => other !== key), anchor: selection.anchor } : only(key);
}

/** Takes a step in, or out again. The last one stays. */
export function toggled(steps: StepNode[], selection: Selection, key: string): Selection {
  const keys = chosen(steps, selection);
  const node = find(steps, key)?.node;
  if (!node) return selection;
  if (keys.includes(key)) {
    const rest = keys.filter((other) => other !== key);
    const next = selection.selected === key ? rest.at(-1) : selection.selected;
    return next === undefined || next === null ? selection : { selected: next, others: rest.filter((other) => other !== next), anchor: next };
  }
  const apart = (other: string) => !holds(node, other) && !holds(find(steps, other)?.node ?? node, key);
  return { selected: key, others: keys.filter(apart), anchor: key };
}

/** All from where the range begins to this step, if both are in one list; else this step alone. */
export function reaching(steps: StepNode[], selection: Selection, key: string): Selection {
  const from = find(steps, selection.anchor ?? selection.selected ?? key);
  const to = find(steps, key);
  if (!from || !to || from.list !== to.list) return only(key);
  const [first, last] = [Math.min(from.at.index, to.at.index), Math.max(from.at.index, to.at.index)];
  const keys = to.list.slice(first, last + 1).map((node) => node.key);
  return { selected: key, others: keys.filter((other) => other !== key), anchor: from.node.key };
}

/** One step more in a direction, within the list that the range is in. */
export function reachingOn(steps: StepNode[], selection: Selection, direction: -1 | 1): Selection {
  const here = selection.selected === null ? null : find(steps, selection.selected);
  const next = here?.list[here.at.index + direction];
  return next ? reaching(steps, selection, next.key) : selection;
}
