/** A schedule in words: "At 06:30, Monday to Friday". An expression that has no short words is shown as it is. */
import type { ScheduleRow } from '@/ipc';
import { parseCron, WEEKDAYS, type Cron, type Days, type Part } from '@/lib/cron';
import { listed } from '@/lib/format';
import { timeIn } from '@/lib/zones';

/** More times than these are no help in words. */
const MOST_TIMES = 6;
const WEEKDAY_NAMES = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTH_NAMES = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const COUNTED = ['first', 'second', 'third', 'fourth', 'fifth'];

const two = (n: number) => String(n).padStart(2, '0');
const ordinal = (n: number) => `${n}${n % 100 > 10 && n % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`;

const isOne = (part: Part, value?: number) => part.form === 'single' && (value === undefined || part.values[0] === value);
const isFew = (part: Part) => part.form === 'single' || part.form === 'list';
const from = (part: Part) => part.values[0] ?? 0;
const until = (part: Part) => part.values.at(-1) ?? 0;

/** `Every 15 minutes`; one that does not go into 60 begins anew with each hour or minute. */
function every(part: Part, unit: string, whole: string): string | null {
  if (part.form === 'every') return `Every ${unit}`;
  if (part.form !== 'step') return null;
  const begins = from(part) === 0 ? (60 % part.step === 0 ? '' : `, anew each ${whole}`) : `, from ${unit} ${from(part)} of each ${whole}`;
  return `Every ${part.step === 1 ? unit : `${part.step} ${unit}s`}${begins}`;
}

function timeWords({ seconds, minutes, hours }: Cron): string | null {
  if (minutes.form === 'every' && hours.form === 'every' && !isOne(seconds)) return every(seconds, 'second', 'minute');
  if (!isOne(seconds)) return null;
  const second = from(seconds);
  const at = (hour: number, minute: number) => `${two(hour)}:${two(minute)}${second === 0 ? '' : `:${two(second)}`}`;
  if (minutes.form === 'every' || minutes.form === 'step') {
    const words = every(minutes, 'minute', 'hour');
    const late = second === 0 ? '' : `, at second ${second}`;
    if (hours.form === 'every') return `${words}${late}`;
    return hours.form === 'range' || isOne(hours) ? `${words}${late}, from ${two(from(hours))}:00 to ${two(until(hours))}:59` : null;
  }
  if (!isFew(minutes)) return null;
  if (isFew(hours)) {
    const times = hours.values.flatMap((hour) => minutes.values.map((minute) => at(hour, minute)));
    return times.length <= MOST_TIMES ? `At ${listed(times)}` : null;
  }
  if (second !== 0) return null;
  if (hours.form === 'every') {
    if (isOne(minutes, 0)) return 'Every hour, on the hour';
    return minutes.values.length <= MOST_TIMES ? `Every hour, at ${listed(minutes.values.map(two))} past` : null;
  }
  if (!isOne(minutes)) return null;
  if (hours.form === 'step') return `Every ${hours.step === 1 ? 'hour' : `${hours.step} hours`}, from ${at(from(hours), from(minutes))}`;
  return hours.form === 'range' ? `Every hour from ${at(from(hours), from(minutes))} to ${at(until(hours), from(minutes))}` : null;
}

const weekday = (text: string) => {
  const named = WEEKDAYS.indexOf(text);
  return WEEKDAY_NAMES[named >= 0 ? named : Number(text) - 1] ?? '';
};

function weekTerm(term: string): string | null {
  if (term === 'L') return 'Saturday';
  if (term.includes('/')) return null;
  const [day = '', nth] = term.split('#');
  if (nth !== undefined) return `the ${COUNTED[Number(nth) - 1]} ${weekday(day)} of the month`;
  if (term.endsWith('L')) return `the last ${weekday(term.slice(0, -1))} of the month`;
  const [first = '', last] = term.split('-');
  return last === undefined ? weekday(first) : `${weekday(first)} to ${weekday(last)}`;
}

function monthTerm(term: string): string | null {
  const nearest = term.endsWith('W');
  const day = nearest ? term.slice(0, -1) : term;
  if (day.includes('/')) return null;
  if (day === 'L') return nearest ? 'the last weekday' : 'the last day';
  if (day.startsWith('L-')) {
    const before = Number(day.slice(2));
    const place = `the ${before === 1 ? 'day' : `${ordinal(before)} day`} before the last`;
    return nearest ? `the weekday nearest to ${place}` : place;
  }
  if (nearest) return `the weekday nearest to the ${ordinal(Number(day))}`;
  const [first, last] = day.split('-');
  return last === undefined ? `the ${ordinal(Number(first))}` : `the ${ordinal(Number(first))} to the ${ordinal(Number(last))}`;
}

function dayWords(days: Days, isAt: boolean): string | null {
  if (days.of === 'every') return isAt ? ', every day' : '';
  const terms = days.terms.map(days.of === 'week' ? weekTerm : monthTerm);
  if (terms.some((term) => term === null)) return null;
  const words = listed(terms as string[]);
  if (days.of === 'month') return `, on ${words} of the month`;
  return words.startsWith('the ') ? `, on ${words}` : `, ${words}`;
}

function named(part: Part, name: (value: number) => string): string | null {
  if (part.form === 'range') return `${name(from(part))} to ${name(until(part))}`;
  return isFew(part) ? listed(part.values.map(name)) : null;
}

export function cronWords(expression: string): string | null {
  const cron = parseCron(expression);
  if (!cron) return null;
  const time = timeWords(cron);
  if (time === null) return null;
  const days = dayWords(cron.days, time.startsWith('At '));
  const months = cron.months.form === 'every' ? '' : named(cron.months, (month) => MONTH_NAMES[month - 1] ?? '');
  const years = cron.years.form === 'every' ? '' : named(cron.years, String);
  if (days === null || months === null || years === null) return null;
  return `${time}${days}${months && `, in ${months}`}${years && `, in ${years}`}`;
}

export function scheduleWords(schedule: Pick<ScheduleRow, 'schedule_type' | 'cron_expression' | 'run_at' | 'time_zone'>): string {
  if (schedule.schedule_type === 'one_shot') return schedule.run_at ? `Once, ${timeIn(schedule.run_at, schedule.time_zone)}` : 'Once';
  const expression = schedule.cron_expression ?? '';
  return cronWords(expression) ?? expression;
}
