/** Numbers, sizes, rates and times as people read them, in the user's locale. No domain rule lives here. */
import { language, locale, t } from '@/i18n';

const UNITS = [t('B'), t('KB'), t('MB'), t('GB'), t('TB'), t('PB')];

/** `18.4 GB`, three figures at most; decimal units, as file managers and networks count. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  let amount = value;
  let unit = 0;
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || amount >= 99.95 ? 0 : amount >= 9.995 ? 1 : 2;
  return `${amount.toLocaleString(locale, { maximumFractionDigits: digits })} ${UNITS[unit]}`;
}

export function rate(bytesPerSecond: number | null | undefined): string {
  return bytesPerSecond === null || bytesPerSecond === undefined ? '–' : t('{{size}}/s', { size: bytes(bytesPerSecond) });
}

// Written as English is written here: no comma before the last.
const PROSE = language === 'en' ? 'en-GB' : language;
const AND = new Intl.ListFormat(PROSE, { type: 'conjunction' });

/** `a, b and c`. */
export const listed = (words: readonly string[]): string => AND.format(words);

/** The same in parts, for what is more than text. */
export const listParts = (words: readonly string[]) => AND.formatToParts(words);

/** `840 ms`, `41 s`, `3 min 12 s`, `2 h 05 min`, `4 d 3 h`. */
export function duration(millis: number | null | undefined): string {
  if (millis === null || millis === undefined) return '–';
  if (millis < 1000) return t('{{n}} ms', { n: Math.round(millis) });
  const seconds = Math.round(millis / 1000);
  if (seconds < 60) return t('{{n}} s', { n: seconds });
  const two = (n: number) => String(n).padStart(2, '0');
  if (seconds < 3600) return t('{{minutes}} min {{seconds}} s', { minutes: Math.floor(seconds / 60), seconds: two(seconds % 60) });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return t('{{hours}} h {{minutes}} min', { hours: Math.floor(minutes / 60), minutes: two(minutes % 60) });
  return t('{{days}} d {{hours}} h', { days: Math.floor(minutes / 1440), hours: Math.floor((minutes % 1440) / 60) });
}

/** What is left of something, as coarse as a guess is: `about 30 s`, `about 4 min`. */
export function roughly(millis: number): string {
  const seconds = Math.max(1, Math.round(millis / 1000));
  if (seconds < 10) return t('about {{n}} s', { n: seconds });
  if (seconds < 55) return t('about {{n}} s', { n: Math.round(seconds / 10) * 10 });
  if (seconds < 3300) return t('about {{n}} min', { n: Math.max(1, Math.round(seconds / 60)) });
  return t('about {{n}} h', { n: Math.max(1, Math.round(seconds / 3600)) });
}

/** Milliseconds between two instants, the second being now while something runs. */
export function elapsed(start: string | null | undefined, end: string | null | undefined, now = Date.now()): number | null {
  return start ? (end ? Date.parse(end) : now) - Date.parse(start) : null;
}

/** Today `07:30`, this week `Fri 19:04`, this year `12 Aug`, else `3 Dec 2024`. */
export function shortTime(at: string, now = new Date()): string {
  const date = new Date(at);
  const clock = date.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  if (date.toDateString() === now.toDateString()) return clock;
  const days = Math.abs(now.getTime() - date.getTime()) / 86_400_000;
  if (days < 6) return `${date.toLocaleDateString(locale, { weekday: 'short' })} ${clock}`;
  if (date.getFullYear() === now.getFullYear()) return date.toLocaleDateString(locale, { day: 'numeric', month: 'short' });
  return date.toLocaleDateString(locale, { day: 'numeric', month: 'short', year: 'numeric' });
}

export function exactTime(at: string): string {
  return new Date(at).toLocaleString(locale, { dateStyle: 'full', timeStyle: 'long' });
}

/** `2 Dec 2026`. */
export function day(at: string): string {
  return new Date(at).toLocaleDateString(locale, { day: 'numeric', month: 'short', year: 'numeric' });
}

/** `07:33:38`. */
export function clock(at: string): string {
  return new Date(at).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
}

/** What is left until an instant: `9 days`, `11 weeks`, `7 months`, `1 y 5 mo`; `null` when it has passed. */
export function left(until: string, now = Date.now()): string | null {
  const days = Math.ceil((Date.parse(until) - now) / 86_400_000);
  if (days <= 0) return null;
  if (days < 60) return t('{{count}} days', { count: days });
  if (days < 90) return t('{{count}} weeks', { count: Math.floor(days / 7) });
  const months = Math.floor(days / 30.44);
  if (months < 13) return t('{{count}} months', { count: months });
  return t('{{years}} y {{months}} mo', { years: Math.floor(months / 12), months: months % 12 });
}

/** Groups of four, as fingerprints are read aloud. */
export function inFours(hex: string): string {
  return hex.replace(/(.{4})(?=.)/g, '$1 ');
}

/** `6c1f…a94e`. */
export const shortHash = (hex: string): string => `${hex.slice(0, 4)}…${hex.slice(-4)}`;

/** Who or what started a run, in words. */
export function trigger(triggeredBy: string): string {
  const [kind, who] = triggeredBy.split(/:(.*)/s);
  switch (kind) {
    case 'schedule':
      return t('Schedule');
    case 'manual':
      return who ?? t('By hand');
    case 'monitor':
      return t('Monitor');
    case 'retry':
      return t('Retry');
    case 'chain':
      return t('Chain');
    case 'job':
      return t('Another job');
    case 'dependency':
      return t('Dependency');
    default:
      return triggeredBy;
  }
}

/** As exact as it matters: seconds only in the last minutes. */
export function countdown(millis: number): string {
  if (millis < 1_000) return t('now');
  if (millis < 120_000) return t('in {{n}} s', { n: Math.floor(millis / 1000) });
  if (millis < 3_600_000) return t('in {{n}} min', { n: Math.floor(millis / 60_000) });
  return t('in {{time}}', { time: duration(Math.floor(millis / 60_000) * 60_000) });
}
