import { describe, expect, it } from 'vitest';
import { globRegex } from '@/lib/glob';
import { verdictOf } from './verdict';

describe('a glob', () => {
  it.each([
    ['*.csv', 'a.csv', true], ['*.csv', 'x/a.csv', false], ['*.csv', 'a.CSV', false], ['a?.csv', 'ab.csv', true], ['a?c', 'a/c', false],
    ['**/*.csv', 'a.csv', true], ['**/*.csv', 'x/y/a.csv', true], ['x/**', 'x/y/a.csv', true], ['x/**', 'y/a.csv', false], ['x/**/a.csv', 'x/a.csv', true],
    ['DN_[0-9]*.csv', 'DN_2.csv', true], ['DN_[!0-9]*.csv', 'DN_2.csv', false], ['[*]', '*', true], ['[*]', 'a', false], ['[]]', ']', true],
    ['*.{csv,xml}', 'a.xml', true], ['*.{csv,xml}', 'a.txt', false], ['{a,b{c,d}}', 'bd', true], ['a.b', 'axb', false], ['a\\*', 'a\\b', true], ['**a', 'xa', true], ['ü?', 'ü😀', true],
  ])('%s, %s: %s', (glob, name, fits) => expect(globRegex(glob)?.test(name)).toBe(fits));

  it.each(['[a', '{a,b', 'a}', '[z-a]'])('%s is none', (glob) => expect(globRegex(glob)).toBeNull());
});

describe('what patterns take', () => {
  const rules = { include: ['DN_*.csv'], exclude: ['*_draft.csv'], recursive: false, anyCase: false };
  it.each([
    ['DN_1.csv', true, 'DN_*.csv'],
    ['DN_1.csv.filepart', false, '*.filepart is left out by default'],
    ['DN_1_draft.csv', false, 'Left out by *_draft.csv'],
    ['dn_1.csv', false, 'Fits DN_*.csv but for upper and lower case'],
    ['README.txt', false, 'Does not fit DN_*.csv'],
    ['old/DN_1.csv', false, 'Folders inside are not looked into'],
  ])('%s: %s, %s', (path, matches, why) => expect(verdictOf(path, rules)).toMatchObject({ matches, why }));

  it('goes into folders, knows file systems without case, and takes every file without a pattern', () => {
    expect(verdictOf('old/DN_1.csv', { ...rules, recursive: true }).matches).toBe(true);
    expect(verdictOf('dn_1.CSV', { ...rules, anyCase: true }).matches).toBe(true);
    expect(verdictOf('README.txt', { ...rules, include: [] }).matches).toBe(true);
    expect(verdictOf('README.txt', { ...rules, include: ['*.a', '*.b'] }).why).toBe('Fits none of the 2 patterns');
  });
});
