import { describe, expect, test } from 'vitest';
import type { StepNode } from './doc';
import { all, at, chosen, only, reaching, reachingOn, together, toggled, type Selection } from './selection';

const node = (key: string, branches?: Record<string, StepNode[]>): StepNode => ({
  key, name: key, alias: key, type_key: 'flow.wait', configuration: {}, timeout_seconds: 300, failure_policy: null, enabled: true, ...(branches && { branches }),
});
const steps = () => [node('a'), node('b'), node('each', { do: [node('x'), node('y'), node('z')] }), node('c')];
const shown = (selection: Selection) => `${selection.selected}: ${chosen(steps(), selection).join(' ')}`;

describe('a selection', () => {
  test('is one step, until others are taken in or out', () => {
    let selection = only('b');
    selection = toggled(steps(), selection, 'a');
    expect(shown(selection)).toBe('a: a b');
    selection = toggled(steps(), selection, 'c');
    expect(shown(selection)).toBe('c: a b c');
    selection = toggled(steps(), selection, 'c');
    expect(shown(selection)).toBe('b: a b');
    selection = toggled(steps(), toggled(steps(), selection, 'b'), 'a');
    expect(shown(selection)).toBe('a: a');
  });

  test('reaches from where it began, within one list', () => {
    let selection = reaching(steps(), only('each'), 'a');
    expect(shown(selection)).toBe('a: a b each');
    selection = reaching(steps(), selection, 'c');
    expect(shown(selection)).toBe('c: each c');
    expect(shown(reachingOn(steps(), selection, 1))).toBe('c: each c');
    expect(shown(reachingOn(steps(), selection, -1))).toBe('each: each');
    expect(shown(reaching(steps(), only('a'), 'y'))).toBe('y: y');
    expect(shown(reachingOn(steps(), reachingOn(steps(), only('x'), 1), 1))).toBe('z: x y z');
  });

  test('has no step beside the block that it is in', () => {
    expect(chosen(steps(), all(['each', 'x', 'a']))).toEqual(['a', 'each']);
    expect(shown(toggled(steps(), all(['x', 'y', 'a']), 'each'))).toBe('each: a each');
    expect(shown(toggled(steps(), all(['each', 'a']), 'y'))).toBe('y: a y');
  });

  test('stays while the keyboard goes about in it, and what is done to one is done to all', () => {
    const selection = all(['a', 'b']);
    expect(shown(at(steps(), selection, 'b'))).toBe('b: a b');
    expect(shown(at(steps(), selection, 'c'))).toBe('c: c');
    expect(together(steps(), selection, 'b')).toEqual(['a', 'b']);
    expect(together(steps(), selection, 'c')).toEqual(['c']);
    expect(chosen(steps(), all(['gone', 'b']))).toEqual(['b']);
  });
});
