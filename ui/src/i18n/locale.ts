/** Which language a page speaks, and how it writes dates and numbers. */

/** A system without a language may call it `C`. */
function languageOf(tag: string): string | null {
  try {
    return new Intl.Locale(tag).language;
  } catch {
    return null;
  }
}

export function languageFor(wanted: readonly string[], known: readonly string[]): string {
  return wanted.map(languageOf).find((language) => language !== null && known.includes(language)) ?? 'en';
}

/** `en-DE`: English words, dates and numbers as in Germany. Where nobody has said how that is, as in the world. */
export function localeFor(language: string, wanted: readonly string[]): string {
  const first = wanted.find((tag) => languageOf(tag) !== null) ?? language;
  if (languageOf(first) === language && first !== language) return first;
  const there = `${language}-${new Intl.Locale(first).maximize().region}`;
  if (new Intl.NumberFormat(there).resolvedOptions().locale === there) return there;
  return language === 'en' ? 'en-001' : language;
}
