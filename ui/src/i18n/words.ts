/** What stands behind `t`: the words of the page's language, and the way its numbers are written. */
import { createInstance } from 'i18next';
import en from './en.json';
import { languageFor, localeFor } from './locale';

const WORDS: Record<string, Record<string, string>> = { en };

/** The first of the user's languages that there are words in. */
export const language = languageFor(navigator.languages, Object.keys(WORDS));

/** What dates and numbers are written by: the words are the page's, the ways those of the user's region. */
export const locale = localeFor(language, navigator.languages);

const i18n = createInstance();
void i18n.init({
  lng: language,
  fallbackLng: 'en',
  resources: Object.fromEntries(Object.entries(WORDS).map(([language, translation]) => [language, { translation }])),
  // All is there already: words may be asked for as soon as this is loaded.
  initAsync: false,
  // A sentence is its own key.
  keySeparator: false,
  nsSeparator: false,
  // React does it.
  interpolation: { escapeValue: false },
});

export type Value = string | number | null | undefined;

/** A sentence in the page's language. `count` chooses its form and is written with its thousands apart. */
export function t(sentence: string, values?: Readonly<Record<string, Value>>): string {
  if (values === undefined) return i18n.t(sentence);
  const { count } = values;
  if (typeof count !== 'number') return i18n.t(sentence, { replace: values, nest: false });
  return i18n.t(sentence, { count, replace: { ...values, count: count.toLocaleString(locale) }, nest: false });
}

/** Words that begin a line elsewhere, inside a sentence: English writes them small. */
export const inside = (words: string): string => (language === 'en' && !/^[A-Z]{2}/.test(words) ? words.charAt(0).toLowerCase() + words.slice(1) : words);
