/** Instants and the clocks of time zones: what a clock shows there, and when a clock there shows something. */
import { locale } from '@/i18n';

export const LOCAL_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Every zone by its IANA name, UTC first. */
export const ZONES: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

const formats = new Map<string, Intl.DateTimeFormat>();
function clockOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone) ?? new Intl.DateTimeFormat('en-CA', {
    timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
  });
  formats.set(zone, known);
  return known;
}

/** What a clock in the zone shows at an instant, as `2026-11-23T07:30:05`. */
export function wallTime(at: string | number, zone: string): string {
  const part = Object.fromEntries(clockOf(zone).formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}`;
}

const offset = (at: number, zone: string) => Date.parse(`${wallTime(at, zone)}Z`) - Math.floor(at / 1000) * 1000;

/** When a clock in the zone shows this; `null` when it is no time. What a clock leaps over is taken as after the leap. */
export function instantOf(wall: string, zone: string): string | null {
  const asUtc = Date.parse(`${wall}Z`);
  if (Number.isNaN(asUtc)) return null;
  const guess = asUtc - offset(asUtc, zone);
  return new Date(asUtc - offset(guess, zone)).toISOString();
}

/** `Tue 1 Dec 06:30`, with seconds where there are any, as a clock in the zone shows it. */
export function timeIn(at: string, zone: string): string {
  const date = new Date(at);
  const day = date.toLocaleDateString(locale, { timeZone: zone, weekday: 'short', day: 'numeric', month: 'short' });
  const seconds = date.getUTCSeconds() === 0 ? {} : { second: '2-digit' as const };
  return `${day} ${date.toLocaleTimeString(locale, { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...seconds })}`;
}

/** Whether two zones show the same time at an instant. */
export const sameClock = (at: string, a: string, b: string): boolean => a === b || wallTime(at, a) === wallTime(at, b);

export const zoneName = (zone: string): string => zone.replaceAll('_', ' ');
