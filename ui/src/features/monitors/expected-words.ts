/** Expected-file clocks in words. */
import { WEEK, WEEKDAYS } from '@/features/calendars/words';
import { t } from '@/i18n';
import type { ExpectedFileCheck, ExpectedFiles, ExpectedStanding, FileMonitor } from '@/ipc';
import { LOCAL_ZONE, timeIn } from '@/lib/zones';

/** `40 min`, `3 h 5 min`, `2 d 4 h`; on one line wherever it stands. */
export function away(from: number, to: number): string {
  const minutes = Math.max(0, Math.floor((to - from) / 60_000));
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  if (minutes === 0) return t('less than a minute');
  const words = days > 0 ? t('{{days}} d {{hours}} h', { days, hours }) : hours > 0 ? t('{{hours}} h {{minutes}} min', { hours, minutes: minutes % 60 }) : t('{{n}} min', { n: minutes });
  return words.replaceAll(' ', '\u00a0');
}

/** `2 of 3 by 09:00, due in 40 min`. */
export function standingWords({ by, min_count = 1 }: ExpectedFiles, { found_count, next_deadline_at: next }: ExpectedStanding, now: number): string {
  const due = next === null ? t('no deadline comes') : Date.parse(next) > now ? t('due in {{away}}', { away: away(now, Date.parse(next)) }) : t('due now');
  return t('{{found}} of {{expected}} by {{by}}, {{due}}', { found: found_count, expected: min_count, by, due });
}

/** On which days: `every day`, `Mon to Fri`, `Mon, Wed`. */
export function clockDays({ weekdays = [] }: ExpectedFiles): string {
  const days = WEEK.filter((day) => weekdays.includes(day));
  if (days.length === 0 || days.length === WEEK.length) return t('every day');
  const first = WEEK.indexOf(days[0] as (typeof WEEK)[number]);
  const inARow = days.every((day, index) => WEEK[first + index] === day);
  const short = days.map((day) => WEEKDAYS[day].short);
  return inARow && days.length > 2 ? t('{{first}} to {{last}}', { first: short[0], last: short.at(-1) }) : short.join(', ');
}

/** What was missing at a deadline. */
export function missingWords({ expected_files: clock }: Pick<FileMonitor, 'expected_files'>, { deadline_at, found_count, expected_count }: ExpectedFileCheck): string {
  const there = found_count === 0 ? t('none was there') : t('{{count}} were there', { count: found_count });
  const time = timeIn(deadline_at, clock?.time_zone ?? LOCAL_ZONE);
  return clock?.file_pattern
    ? t('{{count}} files like {{pattern}} expected by {{time}}, {{there}}.', { count: expected_count, pattern: clock.file_pattern, time, there })
    : t('{{count}} files expected by {{time}}, {{there}}.', { count: expected_count, time, there });
}
