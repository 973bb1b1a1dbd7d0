import { describe, expect, it } from 'vitest';
import { detailsOf, fieldWords, operationWords, summaryOf, valueText } from './details';

describe('what an entry says', () => {
  it('is a change of each field that differs, the innermost', () => {
    const { changes, facts } = detailsOf({
      name: { from: 'a', to: 'b' },
      failure_policy: { from: { type: 'stop', max_retries: 3 }, to: { type: 'retry_step', max_retries: 3 } },
      tags: { from: ['x'], to: ['x', 'y'] },
    });
    expect(changes).toEqual([
      { path: ['name'], before: 'a', after: 'b' },
      { path: ['failure_policy', 'type'], before: 'stop', after: 'retry_step' },
      { path: ['tags'], before: ['x'], after: ['x', 'y'] },
    ]);
    expect(facts).toEqual([]);
  });

  it('compares things that moved in a list with themselves', () => {
    const [a, b] = [{ id: 'a', name: 'Fetch', path: '/in' }, { id: 'b', name: 'Unpack', path: '/tmp' }];
    const { changes } = detailsOf({ steps: { from: [a, b], to: [b, { ...a, path: '/out' }, { id: 'c', name: 'Send' }] } });
    expect(changes).toEqual([
      { path: ['steps', 'Fetch', 'path'], before: '/in', after: '/out' },
      { path: ['steps', 'Send'], before: null, after: { id: 'c', name: 'Send' } },
    ]);
    // Names that stand twice tell nothing apart.
    expect(detailsOf({ steps: { from: [{ name: 'x', n: 1 }, { name: 'x', n: 2 }], to: [{ name: 'x', n: 1 }, { name: 'x', n: 3 }] } }).changes).toEqual([{ path: ['steps', 'x', 'n'], before: 2, after: 3 }]);
  });

  it('is a state with what else was noted', () => {
    const { changes, facts } = detailsOf({ from: 'queued', to: 'running', job_id: 'j', error_code: null });
    expect(changes).toEqual([{ path: ['state'], before: 'queued', after: 'running' }]);
    expect(facts).toEqual([{ path: ['job_id'], value: 'j' }]);
    expect(detailsOf({ to: 'running' }).changes).toEqual([{ path: ['state'], before: undefined, after: 'running' }]);
  });

  it('is whatever it is where it has no fields', () => {
    expect(detailsOf(null)).toEqual({ changes: [], facts: [] });
    expect(detailsOf({})).toEqual({ changes: [], facts: [] });
    expect(detailsOf('a text').facts).toEqual([{ path: [], value: 'a text' }]);
    expect(detailsOf({ target: { type: 'local', path: '/in' }, list: [] }).facts).toEqual([
      { path: ['target', 'type'], value: 'local' },
      { path: ['target', 'path'], value: '/in' },
    ]);
  });
});

describe('an entry in words', () => {
  it('names operations and fields', () => {
    expect(operationWords('UsedForEncrypt')).toBe('Used for encrypt');
    expect(fieldWords('max_retries')).toBe('Max retries');
    expect(fieldWords('is_enabled')).toBe('Enabled');
    expect(fieldWords('steps', 'Fetch', 'ssh_key_id')).toBe('Steps › Fetch › SSH key id');
  });

  it('says on one line what is most telling', () => {
    expect(summaryOf({ from: 'queued', to: 'running', job_id: 'j' })).toBe('queued → running');
    expect(summaryOf({ to: 'waiting_for_files' })).toBe('→ waiting for files');
    expect(summaryOf({ name: { from: 'a', to: 'b' } })).toBe('Name: a → b');
    expect(summaryOf({ note: { from: 'x'.repeat(80), to: null } })).toBe('Note: → –');
    expect(summaryOf({ name: { from: 'a', to: 'b' }, steps: { from: [1], to: [2] } })).toBe('Name and steps');
    expect(summaryOf(Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((field) => [field, { from: 1, to: 2 }])))).toBe('A, b, c and 2 more');
    expect(summaryOf({ id: 'i', job_id: 'j', name: 'n', files: 3, path: '/in' })).toBe('Files: 3 · Path: /in');
    expect(summaryOf({})).toBe('');
  });

  it('shows values as people write them', () => {
    expect([null, true, '', 0, ['a', 'b'], []].map((value) => valueText(value))).toEqual(['–', 'yes', '–', '0', 'a, b', '–']);
    expect(valueText({ a: 1 })).toBe('{\n  "a": 1\n}');
  });
});
