/** Which language a page speaks, and how it writes dates and numbers. */

export function languageFor(wanted: readonly string[], known: readonly string[]): string {
  return wanted.map((tag) => new Intl.Locale(tag).language).find((tag) => known.includes(tag)) ?? 'en';
}

/** `en-DE`: English words, dates and numbers as in Germany. Where nobody has said how that is, as in the world. */
export function localeFor(language: string, wanted: readonly string[]): string {
  const own = wanted.find((tag) => new Intl.Locale(tag).language === language);
  const [first = language] = wanted;
  if (own === first) return own;
  const there = `${language}-${new Intl.Locale(first).maximize().region}`;
  if (new Intl.NumberFormat(there).resolvedOptions().locale === there) return there;
  return language === 'en' ? 'en-001' : language;
}
