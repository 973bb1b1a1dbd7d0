/** Calendars in words. */
import type { Calendar, CalendarDate, Reference, Weekday } from '@/ipc';
import { count, listed } from '@/lib/format';

export const WEEKDAYS: Record<Weekday, { label: string; short: string }> = {
  monday: { label: 'Monday', short: 'Mon' },
  tuesday: { label: 'Tuesday', short: 'Tue' },
  wednesday: { label: 'Wednesday', short: 'Wed' },
  thursday: { label: 'Thursday', short: 'Thu' },
  friday: { label: 'Friday', short: 'Fri' },
  saturday: { label: 'Saturday', short: 'Sat' },
  sunday: { label: 'Sunday', short: 'Sun' },
};
export const WEEK = Object.keys(WEEKDAYS) as Weekday[];

/** `Fri 26 March 2027`, or `25 December` of every year. */
export function dateWords({ date }: CalendarDate): string {
  const yearly = date.length === 5;
  // Noon is on that day in every zone; 29 February is there in a leap year.
  const at = new Date(`${yearly ? `2000-${date}` : date}T12:00:00`);
  return at.toLocaleDateString(undefined, yearly ? { day: 'numeric', month: 'long' } : { weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' });
}

/** `Sat and Sun, 12 dates`. */
export function daysWords({ weekdays, dates }: Pick<Calendar, 'weekdays' | 'dates'>): string {
  const week = weekdays.map((day) => WEEKDAYS[day].short);
  const parts = [listed(week), dates.length > 0 ? count(dates.length, 'date') : ''].filter((part) => part !== '');
  return parts.length === 0 ? 'Nothing yet' : parts.join(', ');
}

/** Who uses it, each once. */
export function usersOf(uses: readonly Reference[]): string[] {
  return [...new Set(uses.map((use) => use.name))];
}
