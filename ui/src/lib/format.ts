/** Numbers, sizes, rates and times as people read them, in the user's locale. No domain rule lives here. */

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

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
  return `${amount.toLocaleString(undefined, { maximumFractionDigits: digits })} ${UNITS[unit]}`;
}

export function rate(bytesPerSecond: number | null | undefined): string {
  return bytesPerSecond === null || bytesPerSecond === undefined ? '–' : `${bytes(bytesPerSecond)}/s`;
}

/** `1 file`, `1,206 files`. */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${value.toLocaleString()} ${value === 1 ? one : many}`;
}

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** `840 ms`, `41 s`, `3 min 12 s`, `2 h 05 min`, `4 d 3 h`. */
export function duration(millis: number | null | undefined): string {
  if (millis === null || millis === undefined) return '–';
  if (millis < 1000) return `${Math.round(millis)} ms`;
  const seconds = Math.round(millis / 1000);
  if (seconds < 60) return `${seconds} s`;
  const two = (n: number) => String(n).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`;
}

/** What is left of something, as coarse as a guess is: `about 30 s`, `about 4 min`. */
export function roughly(millis: number): string {
  const seconds = Math.max(1, Math.round(millis / 1000));
  if (seconds < 10) return `about ${seconds} s`;
  if (seconds < 55) return `about ${Math.round(seconds / 10) * 10} s`;
  if (seconds < 3300) return `about ${Math.max(1, Math.round(seconds / 60))} min`;
  return `about ${Math.max(1, Math.round(seconds / 3600))} h`;
}

/** Milliseconds between two instants, the second being now while something runs. */
export function elapsed(start: string | null | undefined, end: string | null | undefined, now = Date.now()): number | null {
  return start ? (end ? Date.parse(end) : now) - Date.parse(start) : null;
}

/** Today `07:30`, this week `Fri 19:04`, this year `12 Aug`, else `3 Dec 2024`. */
export function shortTime(at: string, now = new Date()): string {
  const date = new Date(at);
  const clock = date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  if (date.toDateString() === now.toDateString()) return clock;
  const days = Math.abs(now.getTime() - date.getTime()) / 86_400_000;
  if (days < 6) return `${date.toLocaleDateString(undefined, { weekday: 'short' })} ${clock}`;
  if (date.getFullYear() === now.getFullYear()) return date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
  return date.toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
}

export function exactTime(at: string): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'long' });
}

/** `2 Dec 2026`. */
export function day(at: string): string {
  return new Date(at).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
}

/** `07:33:38`. */
export function clock(at: string): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
}

/** What is left until an instant: `9 days`, `11 weeks`, `7 months`, `1 y 5 mo`; `null` when it has passed. */
export function left(until: string, now = Date.now()): string | null {
  const days = Math.ceil((Date.parse(until) - now) / 86_400_000);
  if (days <= 0) return null;
  if (days < 60) return count(days, 'day');
  if (days < 90) return count(Math.floor(days / 7), 'week');
  const months = Math.floor(days / 30.44);
  if (months < 13) return count(months, 'month');
  return `${Math.floor(months / 12)} y ${months % 12} mo`;
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
      return 'Schedule';
    case 'manual':
      return who ?? 'By hand';
    case 'monitor':
      return 'Monitor';
    case 'retry':
      return 'Retry';
    case 'chain':
      return 'Chain';
    case 'job':
      return 'Another job';
    case 'dependency':
      return 'Dependency';
    default:
      return triggeredBy;
  }
}

/** As exact as it matters: seconds only in the last minutes. */
export function countdown(millis: number): string {
  if (millis < 1_000) return 'now';
  if (millis < 120_000) return `in ${Math.floor(millis / 1000)} s`;
  if (millis < 3_600_000) return `in ${Math.floor(millis / 60_000)} min`;
  return `in ${duration(Math.floor(millis / 60_000) * 60_000)}`;
}
