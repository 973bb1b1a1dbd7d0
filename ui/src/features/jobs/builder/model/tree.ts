/**
 * What is drawn and what can be moved where. The document is a tree; the canvas draws a flat list of rows derived
 * from it, with a gap wherever a step can be put.
 *
 * Invariant: a gap's position is valid for the tree that the rows were made from.
 */
import { OTHERWISE, inOrder, newKey, proposeAlias, type StepNode } from './doc';
import { mapTexts, renameAlias } from './template';

/** Where a step is or goes: `parent` is a block's key, `null` for the job itself. */
export interface Position {
  parent: string | null;
  branch: string;
  index: number;
}

export interface GapRow {
  kind: 'gap';
  key: string;
  depth: number;
  at: Position;
  /** Nothing else is in this list. */
  empty: boolean;
  /** Of the block whose branch is empty. */
  block?: StepNode;
}
export interface StepRow {
  kind: 'step';
  key: string;
  depth: number;
  at: Position;
  node: StepNode;
  /** 0-based place in running order: the index that problems name. */
  order: number;
}
export interface BranchRow {
  kind: 'branch';
  key: string;
  depth: number;
  branch: string;
  block: StepNode;
}
export type Row = GapRow | StepRow | BranchRow;

const ROOT = 'root';

export function rowsOf(steps: readonly StepNode[]): Row[] {
  const rows: Row[] = [];
  let order = 0;
  const walk = (list: readonly StepNode[], block: StepNode | null, branch: string, depth: number) => {
    const parent = block?.key ?? null;
    const prefix = parent === null ? ROOT : `${parent}:${branch}`;
    const gap = (index: number) =>
      rows.push({ kind: 'gap', key: `${prefix}:${index}`, depth, at: { parent, branch, index }, empty: list.length === 0, ...(block && { block }) });
    gap(0);
    list.forEach((node, index) => {
      rows.push({ kind: 'step', key: node.key, depth, at: { parent, branch, index }, node, order });
      order += 1;
      for (const [name, inside] of Object.entries(node.branches ?? {})) {
        rows.push({ kind: 'branch', key: `${node.key}:${name}`, depth: depth + 1, branch: name, block: node });
        if (name === OTHERWISE && inside.length > 0 && node.marks?.otherwise) order += 1;
        walk(inside, node, name, depth + 1);
      }
      if (node.marks) order += 1;
      gap(index + 1);
    });
  };
  walk(steps, null, ROOT, 0);
  return rows;
}

export const stepRows = (rows: readonly Row[]): StepRow[] => rows.filter((row) => row.kind === 'step');

interface Found {
  list: StepNode[];
  node: StepNode;
  at: Position;
}

export function find(steps: StepNode[], key: string): Found | null {
  const walk = (list: StepNode[], parent: string | null, branch: string): Found | null => {
    for (const [index, node] of list.entries()) {
      if (node.key === key) return { list, node, at: { parent, branch, index } };
      for (const [name, inside] of Object.entries(node.branches ?? {})) {
        const found = walk(inside, node.key, name);
        if (found) return found;
      }
    }
    return null;
  };
  return walk(steps, null, ROOT);
}

/** Whether a step is it or lies in it. */
export const holds = (node: StepNode, key: string | null): boolean =>
  key !== null && (node.key === key || Object.values(node.branches ?? {}).some((list) => list.some((inside) => holds(inside, key))));

function listAt(steps: StepNode[], at: Position): StepNode[] | undefined {
  return at.parent === null ? steps : find(steps, at.parent)?.node.branches?.[at.branch];
}

/** Whether moving these, from top to bottom, to `to` is possible and changes something. */
export function canMove(steps: StepNode[], keys: readonly string[], to: Position): boolean {
  const found = keys.map((key) => find(steps, key));
  const [first] = found;
  if (!first || found.some((one) => one === null || holds(one.node, to.parent))) return false;
  const { at } = first;
  const inRow = found.every((one, place) => one?.list === first.list && one.at.index === at.index + place);
  const same = at.parent === to.parent && at.branch === to.branch;
  return !(inRow && same && to.index >= at.index && to.index <= at.index + found.length);
}

/** These change what they are given; call them inside a recipe. */
export function insert(steps: StepNode[], node: StepNode, at: Position): void {
  listAt(steps, at)?.splice(at.index, 0, node);
}

export function remove(steps: StepNode[], key: string): void {
  const found = find(steps, key);
  found?.list.splice(found.at.index, 1);
}

/** Moves these, from top to bottom, to one place. */
export function move(steps: StepNode[], keys: readonly string[], to: Position): void {
  const target = listAt(steps, to);
  if (!target || !canMove(steps, keys, to)) return;
  // The place is meant as it is before anything goes away from above it.
  const before = target.slice(0, to.index).filter((node) => keys.includes(node.key)).length;
  const nodes = keys.flatMap((key) => {
    const found = find(steps, key);
    return found ? found.list.splice(found.at.index, 1) : [];
  });
  target.splice(to.index - before, 0, ...nodes);
}

/** The next gap above or below that the steps can go to, in the order they are drawn. */
export function neighbourGap(steps: StepNode[], keys: readonly string[], direction: -1 | 1): Position | null {
  const rows = rowsOf(steps);
  const edge = direction === 1 ? keys.at(-1) : keys[0];
  const at = rows.findIndex((row) => row.kind === 'step' && row.key === edge);
  if (at < 0) return null;
  const ahead = direction === 1 ? rows.slice(at + 1) : rows.slice(0, at).toReversed();
  return ahead.find((row): row is GapRow => row.kind === 'gap' && canMove(steps, keys, row.at))?.at ?? null;
}

/** Out of the block that the first of them is in: right after it. */
export function outOfBlock(steps: StepNode[], keys: readonly string[]): Position | null {
  const parent = find(steps, keys[0] ?? '')?.at.parent;
  return parent ? after(steps, parent) : null;
}

/** Into the block that is next to the steps: the one before them, else the one after them. */
export function intoBlock(steps: StepNode[], keys: readonly string[]): Position | null {
  const [found, last] = [find(steps, keys[0] ?? ''), find(steps, keys.at(-1) ?? '')];
  if (!found || last?.list !== found.list) return null;
  const { list, at } = found;
  const [before, behind] = [list[at.index - 1], list[last.at.index + 1]];
  if (before?.branches) {
    const filled = Object.entries(before.branches).filter(([, inside]) => inside.length > 0);
    const [branch, inside] = filled.at(-1) ?? Object.entries(before.branches)[0] ?? [];
    return branch === undefined || !inside ? null : { parent: before.key, branch, index: inside.length };
  }
  const [branch] = Object.keys(behind?.branches ?? {});
  return behind && branch !== undefined ? { parent: behind.key, branch, index: 0 } : null;
}

/**
 * Copies under new keys and aliases; what the steps say of each other is said of the copies. An alias that nobody has
 * stays, so that what else speaks of it still does.
 */
export function copiesOf(nodes: readonly StepNode[], taken: readonly string[]): StepNode[] {
  const aliases = new Map<string, string>();
  const used = new Set(taken);
  for (const step of inOrder(nodes)) {
    const alias = used.has(step.alias) ? proposeAlias(step.name, step.type_key, [...used]) : step.alias;
    aliases.set(step.alias, alias);
    used.add(alias);
  }
  // Both ways round at once would mix up a name that is old here and new there.
  const passing = [...aliases.keys()].map((old, index) => [old, `passing_${index}__`] as const);
  const renamed = (text: string) => {
    const aside = passing.reduce((now, [old, mark]) => renameAlias(now, old, mark), text);
    return passing.reduce((now, [old, mark]) => renameAlias(now, mark, aliases.get(old) ?? old), aside);
  };
  const copy = (step: StepNode): StepNode => ({
    ...step,
    key: newKey(),
    alias: aliases.get(step.alias) ?? step.alias,
    configuration: Object.fromEntries(Object.entries(step.configuration).map(([field, value]) => [field, mapTexts(value, renamed)])),
    ...(step.branches && { branches: Object.fromEntries(Object.entries(step.branches).map(([branch, list]) => [branch, list.map(copy)])) }),
    ...(step.marks && { marks: { ...(step.marks.otherwise && { otherwise: copy(step.marks.otherwise) }), end: copy(step.marks.end) } }),
  });
  return nodes.map(copy);
}

/** Right after a step; at the end without one. */
export function after(steps: StepNode[], key: string | null): Position {
  const found = key === null ? null : find(steps, key);
  return found ? { ...found.at, index: found.at.index + 1 } : { parent: null, branch: ROOT, index: steps.length };
}
