/**
 * The words that people read. An English sentence is its own key: `t('Keep it')`, `t('Delete {{name}}', { name })`,
 * `t('{{count}} files', { count })`; `rich` where elements stand in a sentence. `npm -w ui run i18n` lists them in
 * `en.json`. The language stays for the life of the page, so words may stand in constants.
 */
export { rich } from './rich';
export { inside, language, locale, t, type Value } from './words';
