import { describe, expect, test } from 'vitest';
import { mapTexts, meaning, parts, renameAlias, sampleDate } from './template';

describe('parts', () => {
  test('text and expressions come in turn, beginning and ending with text', () => {
    expect(parts('/in/{{ params.day }}/x').map((part) => part.text)).toEqual(['/in/', '{{ params.day }}', '/x']);
    expect(parts('{{ a }}{{ b }}').map((part) => part.text)).toEqual(['', '{{ a }}', '', '{{ b }}', '']);
    expect(parts('').map((part) => part.text)).toEqual(['']);
  });

  test('braces inside quotes do not end an expression', () => {
    expect(parts(`{{ now | date('}}%Y') }}!`).map((part) => part.text)).toEqual(['', `{{ now | date('}}%Y') }}`, '!']);
  });

  test('what is not closed, and a glob, are text', () => {
    expect(parts('/in/{{ params').map((part) => part.text)).toEqual(['/in/{{ params']);
    expect(parts('/in/{a,b}.csv')).toHaveLength(1);
  });

  test('joined parts are the text again', () => {
    for (const text of ['', 'a', '{{x}}', ' {{ x }} y {{- z -}} ', '}} {{']) expect(parts(text).map((part) => part.text).join('')).toBe(text);
  });
});

test('an expression says what it stands for', () => {
  expect(meaning('steps.unpack.files | length')).toMatchObject({ source: 'step', of: 'unpack', name: 'steps.unpack.files', label: 'files | length' });
  expect(meaning('params.day')).toMatchObject({ source: 'parameter', of: 'day', label: 'day' });
  expect(meaning(`now | date('%Y-%m')`)).toMatchObject({ source: 'date', format: '%Y-%m' });
  expect(meaning('execution.id')).toMatchObject({ source: 'job', of: 'execution', label: 'id' });
  expect(meaning('monitor.files[0].path')).toMatchObject({ source: 'monitor', of: 'monitor', label: 'files[0].path' });
  expect(meaning("monitor.files | map(attribute='path') | list")).toMatchObject({ source: 'monitor', label: "files | map(attribute='path') | list" });
  expect(meaning('1 + 2')).toMatchObject({ source: 'other', label: '1 + 2' });
});

test('a step that is renamed keeps its uses, and only its uses', () => {
  expect(renameAlias('{{ steps.move.files }} steps.move {{ steps.move_2.file }} {{ steps.move }}', 'move', 'put')).toBe(
    '{{ steps.put.files }} steps.move {{ steps.move_2.file }} {{ steps.put }}',
  );
});

test('texts are changed wherever they stand, and nothing else is copied', () => {
  const value = { a: ['x', { b: 'x' }], n: 1 };
  expect(mapTexts(value, (text) => `${text}!`)).toEqual({ a: ['x!', { b: 'x!' }], n: 1 });
  expect(mapTexts(value, (text) => text)).toBe(value);
});

test('known date formats have an example, others none', () => {
  const at = new Date(2026, 10, 3, 7, 5, 9);
  expect(sampleDate('%Y-%m-%d_%H%M%S', at)).toBe('2026-11-03_070509');
  expect(sampleDate('%q', at)).toBeNull();
});
