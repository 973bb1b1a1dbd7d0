import { expect, test } from 'vitest';
import { differences } from './diff';
import { emptyDoc, type Doc, type StepNode } from './doc';

const node = (key: string, more: Partial<StepNode> = {}): StepNode => ({
  key, name: key, alias: key, type_key: 'file.move', configuration: {}, timeout_seconds: 300, failure_policy: null, enabled: true, ...more,
});
const doc = (steps: StepNode[], more: Partial<Doc> = {}): Doc => ({ ...emptyDoc(), name: 'Invoices', ...more, steps });
const lines = (base: Doc, next: Doc) => differences(base, next, (step) => step.key, new Map());

test('two versions are compared in words', () => {
  const base = doc([node('fetch'), node('move'), node('old')]);
  const next = doc([node('move', { configuration: { destination_path: '/x/' } }), node('fetch', { name: 'Get', enabled: false }), node('new')], { name: 'Bills' });
  expect(lines(base, next)).toEqual([
    'Name is “Bills”',
    '“move”: destination_path',
    '“fetch” is now “Get”',
    '“Get” disabled',
    'Added “new”',
    'Deleted “old”',
    'Steps are in another order',
  ]);
});

test('the same document has no differences', () => {
  expect(lines(doc([node('a')]), doc([node('a')]))).toEqual([]);
});
