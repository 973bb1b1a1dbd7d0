import { render } from '@testing-library/react';
import { expect, it } from 'vitest';
import { languageFor, localeFor } from './locale';
import { rich } from './rich';
import { inside, t } from './words';

const html = (node: React.ReactNode) => render(<p>{node}</p>).container.querySelector('p')?.innerHTML;

it('puts elements into a sentence', () => expect(html(rich('Started {{time}}, by {{who}}', { time: <b>now</b>, who: 'Anna' }))).toBe('Started <b>now</b>, by Anna'));

it('puts elements around words', () =>
  expect(html(rich('See <b>the log of {{name}}</b> first', { b: (inner) => <b>{inner}</b>, name: 'Kestrel' }))).toBe('See <b>the log of Kestrel</b> first'));

it('reads no tags and places in what it is given', () => {
  expect(html(rich('See {{name}}', { name: '<b>{{time}}</b>', b: (inner) => <b>{inner}</b>, time: 'now' }))).toBe('See &lt;b&gt;{{time}}&lt;/b&gt;');
  expect(t('Delete {{name}}?', { name: '{{ steps.a }} $t(Keep it)' })).toBe('Delete {{ steps.a }} $t(Keep it)?');
});

it('counts', () => {
  expect(t('{{count}} files', { count: 1 })).toBe('1 file');
  expect(t('{{count}} files', { count: 1206 })).toBe('1,206 files');
  expect(html(rich('{{count}} files', { count: 1 }))).toBe('1 file');
});

it('writes words small inside a sentence, but no abbreviations', () => expect([inside('Would run'), inside('TLS could not be set up')]).toEqual(['would run', 'TLS could not be set up']));

it.each([
  [['de-AT', 'en-US'], ['en', 'de'], 'de'],
  [['sv-SE', 'en-GB'], ['en', 'de'], 'en'],
  [['sv-SE'], ['en', 'de'], 'en'],
  [[], ['en'], 'en'],
  [['C', 'de_DE@euro', 'de'], ['en', 'de'], 'de'],
])('of %s there is %s: %s', (wanted, known, language) => expect(languageFor(wanted, known)).toBe(language));

it.each([
  [['en-GB', 'de-DE'], 'en-GB'],
  [['de-DE', 'en-US'], 'en-DE'],
  [['de'], 'en-DE'],
  [['de-AQ'], 'en-001'],
  [[], 'en-US'],
  [['C'], 'en-US'],
  [['C', 'fr-FR'], 'en-FR'],
])('English words for %s: dates and numbers as in %s', (wanted, locale) => expect(localeFor('en', wanted)).toBe(locale));
