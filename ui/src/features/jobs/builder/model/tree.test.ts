import { describe, expect, test } from 'vitest';
import { inOrder, toTree, type StepNode } from './doc';
import { after, canMove, copiesOf, insert, intoBlock, move, neighbourGap, outOfBlock, remove, rowsOf, stepRows } from './tree';

const node = (key: string, branches?: Record<string, StepNode[]>): StepNode => ({
  key, name: key, alias: key, type_key: 'file.copy', configuration: {}, timeout_seconds: 300, failure_policy: null, enabled: true,
  ...(branches && { branches }),
});
const order = (steps: StepNode[]) => stepRows(rowsOf(steps)).map((row) => `${row.depth}${row.key}`).join(' ');
const root = (index: number) => ({ parent: null, branch: 'root', index });

describe('rows of a pipeline', () => {
  test('there is a gap before, between and after steps', () => {
    expect(rowsOf([node('a'), node('b')]).map((row) => row.key)).toEqual(['root:0', 'a', 'root:1', 'b', 'root:2']);
  });

  test('an empty job is one gap that says so', () => {
    expect(rowsOf([])).toEqual([{ kind: 'gap', key: 'root:0', depth: 0, at: root(0), empty: true }]);
  });

  test('steps inside blocks are deeper, and counted in running order', () => {
    const steps = [node('a'), node('if', { yes: [node('x')], no: [] }), node('b')];
    const rows = rowsOf(steps);
    expect(stepRows(rows).map((row) => [row.key, row.depth, row.order])).toEqual([['a', 0, 0], ['if', 0, 1], ['x', 1, 2], ['b', 0, 3]]);
    expect(rows.filter((row) => row.kind === 'gap').map((row) => row.key)).toContain('if:no:0');
  });
});

describe('moving', () => {
  test('a step moves to the gap where it was dropped', () => {
    const steps = [node('a'), node('b'), node('c')];
    move(steps, ['a'], root(3));
    expect(order(steps)).toBe('0b 0c 0a');
    move(steps, ['a'], root(0));
    expect(order(steps)).toBe('0a 0b 0c');
  });

  test('the gaps beside a step are no target for it', () => {
    const steps = [node('a'), node('b')];
    expect([0, 1, 2].map((index) => canMove(steps, ['a'], root(index)))).toEqual([false, false, true]);
  });

  test('a block never goes into itself', () => {
    const steps = [node('each', { do: [node('if', { yes: [] })] }), node('b')];
    expect(canMove(steps, ['each'], { parent: 'if', branch: 'yes', index: 0 })).toBe(false);
    move(steps, ['each'], { parent: 'if', branch: 'yes', index: 0 });
    expect(order(steps)).toBe('0each 1if 0b');
  });

  test('the keyboard walks through every gap, in and out of blocks', () => {
    const steps = [node('a'), node('each', { do: [node('x')] })];
    const to = neighbourGap(steps, ['a'], 1);
    expect(to).toEqual({ parent: 'each', branch: 'do', index: 0 });
    if (to) move(steps, ['a'], to);
    expect(order(steps)).toBe('0each 1a 1x');
    expect(neighbourGap(steps, ['a'], -1)).toEqual(root(0));
  });

  test('several move together, also from apart, and stay in their order', () => {
    const steps = ['a', 'b', 'c', 'd'].map((key) => node(key));
    expect([0, 1, 2, 3, 4].map((index) => canMove(steps, ['b', 'c'], root(index)))).toEqual([true, false, false, false, true]);
    move(steps, ['b', 'c'], root(4));
    expect(order(steps)).toBe('0a 0d 0b 0c');
    move(steps, ['a', 'b'], root(2));
    expect(order(steps)).toBe('0d 0a 0b 0c');
    const up = neighbourGap(steps, ['b', 'c'], -1);
    expect(up).toEqual(root(1));
    if (up) move(steps, ['b', 'c'], up);
    expect(order(steps)).toBe('0d 0b 0c 0a');
    expect(neighbourGap(steps, ['c', 'a'], 1)).toBeNull();
  });

  test('several go out of their block, and into the one beside them', () => {
    const steps = [node('a'), node('b'), node('each', { do: [node('x'), node('y')] })];
    const into = intoBlock(steps, ['a', 'b']);
    if (into) move(steps, ['a', 'b'], into);
    expect(order(steps)).toBe('0each 1a 1b 1x 1y');
    const out = outOfBlock(steps, ['b', 'x']);
    if (out) move(steps, ['b', 'x'], out);
    expect(order(steps)).toBe('0each 1a 1y 0b 0x');
    expect(canMove(steps, ['each', 'b'], { parent: 'each', branch: 'do', index: 0 })).toBe(false);
  });

  test('at the ends nothing moves', () => {
    expect(neighbourGap([node('a'), node('b')], ['b'], 1)).toBeNull();
    expect(neighbourGap([node('a')], ['gone'], 1)).toBeNull();
  });
});

describe('blocks', () => {
  const mark = (key: string, type_key: string): StepNode => ({ ...node(key), type_key });
  const list = () => [
    node('a'),
    mark('if', 'flow.if'), node('x'), mark('else', 'flow.else'), node('y'), mark('if_end', 'flow.end'),
    mark('each', 'flow.foreach'), { ...node('z'), configuration: { p: '{{ steps.z.v }} {{ steps.a.v }}' } }, mark('each_end', 'flow.end'),
  ];

  test('a list and its tree are the same job', () => {
    const tree = toTree(list());
    expect(order(tree)).toBe('0a 0if 1x 1y 0each 1z');
    expect(inOrder(tree).map((step) => step.key)).toEqual(list().map((step) => step.key));
    expect(stepRows(rowsOf(tree)).map((row) => row.order)).toEqual([0, 1, 2, 4, 6, 7]);
  });

  test('an otherwise that is empty is not there', () => {
    const tree = toTree(list());
    remove(tree, 'y');
    expect(inOrder(tree).map((step) => step.key)).not.toContain('else');
    expect(stepRows(rowsOf(tree)).map((row) => row.order)).toEqual([0, 1, 2, 4, 5]);
  });

  test('the keyboard takes a step out of its block and into the next', () => {
    const tree = toTree(list());
    const out = outOfBlock(tree, ['x']);
    if (out) move(tree, ['x'], out);
    expect(order(tree)).toBe('0a 0if 1y 0x 0each 1z');
    const into = intoBlock(tree, ['x']);
    if (into) move(tree, ['x'], into);
    expect(order(tree)).toBe('0a 0if 1y 1x 0each 1z');
  });

  test('a copy speaks of itself', () => {
    const tree = toTree(list());
    const copy = copiesOf([tree[2]!], inOrder(tree).map((step) => step.alias))[0]!;
    const [inside] = copy.branches?.each ?? [];
    expect(inside?.alias).toBe('z_2');
    expect(inside?.configuration.p).toBe('{{ steps.z_2.v }} {{ steps.a.v }}');
    expect(new Set([...inOrder(tree), ...inOrder([copy])].map((step) => step.alias)).size).toBe(list().length + 3);
  });
});

test('steps are put after another one, or at the end, and taken out', () => {
  const steps = [node('a'), node('b')];
  insert(steps, node('c'), after(steps, 'a'));
  insert(steps, node('d'), after(steps, null));
  expect(order(steps)).toBe('0a 0c 0b 0d');
  remove(steps, 'c');
  expect(order(steps)).toBe('0a 0b 0d');
});
