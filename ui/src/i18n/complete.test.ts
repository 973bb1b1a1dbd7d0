/**
 * Whatever people read goes through `t` or `rich`, and `en.json` has it. `npm -w ui run i18n` writes the file anew from the
 * sources; only singulars are kept as they were written there by hand.
 */
import { describe, expect, it } from 'vitest';
import en from './en.json';
import { readSource, type Source } from './sources';

const FILES = import.meta.glob<string>('../**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true });
/** Not read by those who use Courier: the gallery of components, and what stands in for the host in tests. */
const ASIDE = /^\.\/|^(features\/design|ipc\/fake|test)\/|\.test\.tsx?$|^ipc\/bindings\.ts$/;
/** As long as English has only two forms. */
const FORMS = ['one', 'other'];

const sources: Source[] = Object.entries(FILES)
  .map(([path, code]) => ({ path: path.replace('../', ''), code }))
  .filter(({ path }) => !ASIDE.test(path))
  .map(({ path, code }) => readSource(path, code));

const known: Readonly<Record<string, string>> = en;

/** All that is asked for, with the singulars that are known. */
function wanted(): Record<string, string> {
  const all = new Map<string, string>();
  for (const { calls } of sources) {
    for (const { sentence, counts } of calls) {
      if (!counts) all.set(sentence, sentence);
      else for (const form of FORMS) all.set(`${sentence}_${form}`, form === 'other' ? sentence : (known[`${sentence}_${form}`] ?? ''));
    }
  }
  return Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('the words', () => {
  it('are all in en.json, and no others: npm -w ui run i18n', async () => {
    await expect(`${JSON.stringify(wanted(), null, 2)}\n`).toMatchFileSnapshot('en.json');
  });

  it('have a singular in en.json wherever they count', () => {
    expect(Object.keys(known).filter((key) => known[key] === '')).toEqual([]);
  });

  it('say only what they are given', () => {
    const places = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}|<(\w+)>/g)].map(([, value, tag]) => value ?? tag).filter((name) => name !== 'count');
    const strange = sources.flatMap(({ path, calls }) =>
      calls.filter(({ sentence, names }) => places(sentence).some((name) => !names.includes(name ?? ''))).map(({ sentence }) => `${path}: ${sentence}`),
    );
    expect(strange).toEqual([]);
    const singular = Object.keys(known).filter((key) => key.endsWith('_one')).filter((key) => {
      const many = places(key.slice(0, -'_one'.length));
      return places(known[key] ?? '').some((name) => !many.includes(name));
    });
    expect(singular).toEqual([]);
  });

  it('are sentences, not what a variable holds', () => {
    expect(sources.flatMap(({ path, unclear }) => unclear.map((text) => `${path}: ${text}`))).toEqual([]);
  });

  it('stand nowhere by themselves', () => {
    expect(sources.flatMap(({ path, bare }) => bare.map((text) => `${path}: ${text}`))).toEqual([]);
  });
});
