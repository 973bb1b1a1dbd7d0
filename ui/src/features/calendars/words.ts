/** Calendars in words. */
import { locale, t } from '@/i18n';
import type { Calendar, CalendarDate, Reference, Weekday } from '@/ipc';
import { listed } from '@/lib/format';

export const WEEKDAYS: Record<Weekday, { label: string; short: string }> = {
  monday: { label: t('Monday'), short: t('Mon') },
  tuesday: { label: t('Tuesday'), short: t('Tue') },
  wednesday: { label: t('Wednesday'), short: t('Wed') },
  thursday: { label: t('Thursday'), short: t('Thu') },
  friday: { label: t('Friday'), short: t('Fri') },
  saturday: { label: t('Saturday'), short: t('Sat') },
  sunday: { label: t('Sunday'), short: t('Sun') },
};
export const WEEK = Object.keys(WEEKDAYS) as Weekday[];

/** `Fri 26 March 2027`, or `25 December` of every year. */
export function dateWords({ date }: CalendarDate): string {
  const yearly = date.length === 5;
  // Noon is on that day in every zone; 29 February is there in a leap year.
  const at = new Date(`${yearly ? `2000-${date}` : date}T12:00:00`);
  return at.toLocaleDateString(locale, yearly ? { day: 'numeric', month: 'long' } : { weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' });
}

/** `Sat and Sun, 12 dates`. */
export function daysWords({ weekdays, dates }: Pick<Calendar, 'weekdays' | 'dates'>): string {
  const week = weekdays.map((day) => WEEKDAYS[day].short);
  const parts = [listed(week), dates.length > 0 ? t('{{count}} dates', { count: dates.length }) : ''].filter((part) => part !== '');
  return parts.length === 0 ? t('Nothing yet') : parts.join(', ');
}

/** Who uses it, each once. */
export function usersOf(uses: readonly Reference[]): string[] {
  return [...new Set(uses.map((use) => use.name))];
}
