/** When an expression fires, for the fake host: plain lists, ranges, steps and `L` of days; the real host knows more. */
import { parseCron, partOf, WEEKDAYS, type Days } from '@/lib/cron';
import { instantOf, wallTime } from '@/lib/zones';
import { appError } from './error';

const DAY = 86_400_000;
/** So far ahead is looked. */
const MOST_DAYS = 800;

function isOn(days: Days, date: Date): boolean {
  if (days.of === 'every') return true;
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  const [month, week] = [date.getUTCDate(), date.getUTCDay() + 1];
  return days.terms.some((term) => {
    if (days.of === 'month') return term === 'L' ? month === last : (partOf(term, 1, 31)?.values.includes(month) ?? false);
    const [day = '', nth] = term.split('#');
    if (nth !== undefined) return (partOf(day, 1, 7, WEEKDAYS)?.values.includes(week) ?? false) && Math.ceil(month / 7) === Number(nth);
    if (term.length > 1 && term.endsWith('L')) return (partOf(term.slice(0, -1), 1, 7, WEEKDAYS)?.values.includes(week) ?? false) && month + 7 > last;
    return partOf(term === 'L' ? 'SAT' : term, 1, 7, WEEKDAYS)?.values.includes(week) ?? false;
  });
}

export function fireTimes(expression: string, zone: string, count: number, skips: (date: string) => boolean = () => false, after = Date.now()): string[] {
  const cron = parseCron(expression);
  if (!cron) {
    const message = expression.trim().split(/\s+/).length < 6 ? 'A cron expression has six or seven fields: second, minute, hour, day, month, weekday and year.' : `In the expression, \`${expression}\` is not a value.`;
    throw appError('validation', 'Something is not filled in right.', [{ path: 'cron_expression', code: 'invalid', message, severity: 'error' }]);
  }
  const times: string[] = [];
  const begin = Date.parse(`${wallTime(after, zone).slice(0, 10)}T00:00:00Z`);
  for (let n = 0; n < MOST_DAYS && times.length < count; n += 1) {
    const date = new Date(begin + n * DAY);
    if (skips(date.toISOString().slice(0, 10)) || !isOn(cron.days, date) || !cron.months.values.includes(date.getUTCMonth() + 1) || !cron.years.values.includes(date.getUTCFullYear())) continue;
    for (const hour of cron.hours.values) {
      for (const minute of cron.minutes.values) {
        for (const second of cron.seconds.values) {
          const at = instantOf(new Date(date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000).toISOString().slice(0, 19), zone);
          if (at !== null && Date.parse(at) > after && times.length < count) times.push(at);
          if (times.length >= count) return times;
        }
      }
    }
  }
  return times;
}
