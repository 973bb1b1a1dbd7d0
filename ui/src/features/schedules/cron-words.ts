/** A schedule in words: "At 06:30, Monday to Friday". An expression that has no short words is shown as it is. */
import { language, locale, t } from '@/i18n';
import type { ScheduleRow } from '@/ipc';
import { parseCron, WEEKDAYS, type Cron, type Days, type Part } from '@/lib/cron';
import { listed } from '@/lib/format';
import { timeIn } from '@/lib/zones';

/** More times than these are no help in words. */
const MOST_TIMES = 6;
// The first of January 2023 was a Sunday.
const WEEKDAY_NAMES = Array.from({ length: 7 }, (_, day) => dayOf2023(0, day).toLocaleDateString(locale, { weekday: 'long', timeZone: 'UTC' }));
const MONTH_NAMES = Array.from({ length: 12 }, (_, month) => dayOf2023(month, 0).toLocaleDateString(locale, { month: 'long', timeZone: 'UTC' }));
const NTH: readonly ((weekday: string) => string)[] = [
  (weekday) => t('the first {{weekday}} of the month', { weekday }),
  (weekday) => t('the second {{weekday}} of the month', { weekday }),
  (weekday) => t('the third {{weekday}} of the month', { weekday }),
  (weekday) => t('the fourth {{weekday}} of the month', { weekday }),
  (weekday) => t('the fifth {{weekday}} of the month', { weekday }),
];

function dayOf2023(month: number, day: number): Date {
  return new Date(Date.UTC(2023, month, 1 + day));
}

const two = (n: number) => String(n).padStart(2, '0');

const ORDINALS = new Intl.PluralRules(language, { type: 'ordinal' });
function ordinal(n: number): string {
  switch (ORDINALS.select(n)) {
    case 'one':
      return t('{{n}}st', { n });
    case 'two':
      return t('{{n}}nd', { n });
    case 'few':
      return t('{{n}}rd', { n });
    default:
      return t('{{n}}th', { n });
  }
}

const isOne = (part: Part, value?: number) => part.form === 'single' && (value === undefined || part.values[0] === value);
const isFew = (part: Part) => part.form === 'single' || part.form === 'list';
const from = (part: Part) => part.values[0] ?? 0;
const until = (part: Part) => part.values.at(-1) ?? 0;

interface Beat {
  each: string;
  apart: (count: number) => string;
  anew: (every: string) => string;
  from: (every: string, n: number) => string;
}

const SECONDS: Beat = {
  each: t('Every second'),
  apart: (count) => t('Every {{count}} seconds', { count }),
  anew: (every) => t('{{every}}, anew each minute', { every }),
  from: (every, n) => t('{{every}}, from second {{n}} of each minute', { every, n }),
};
const MINUTES: Beat = {
  each: t('Every minute'),
  apart: (count) => t('Every {{count}} minutes', { count }),
  anew: (every) => t('{{every}}, anew each hour', { every }),
  from: (every, n) => t('{{every}}, from minute {{n}} of each hour', { every, n }),
};

/** `Every 15 minutes`; one that does not go into 60 begins anew with each hour or minute. */
function every(part: Part, beat: Beat): string | null {
  if (part.form === 'every') return beat.each;
  if (part.form !== 'step') return null;
  const words = beat.apart(part.step);
  if (from(part) !== 0) return beat.from(words, from(part));
  return 60 % part.step === 0 ? words : beat.anew(words);
}

function timeWords({ seconds, minutes, hours }: Cron): string | null {
  if (minutes.form === 'every' && hours.form === 'every' && !isOne(seconds)) return every(seconds, SECONDS);
  if (!isOne(seconds)) return null;
  const second = from(seconds);
  const at = (hour: number, minute: number) => `${two(hour)}:${two(minute)}${second === 0 ? '' : `:${two(second)}`}`;
  if (minutes.form === 'every' || minutes.form === 'step') {
    const words = every(minutes, MINUTES);
    if (words === null) return null;
    const late = second === 0 ? words : t('{{every}}, at second {{n}}', { every: words, n: second });
    if (hours.form === 'every') return late;
    return hours.form === 'range' || isOne(hours)
      ? t('{{every}}, from {{from}} to {{until}}', { every: late, from: `${two(from(hours))}:00`, until: `${two(until(hours))}:59` })
      : null;
  }
  if (!isFew(minutes)) return null;
  if (isFew(hours)) {
    const times = hours.values.flatMap((hour) => minutes.values.map((minute) => at(hour, minute)));
    return times.length <= MOST_TIMES ? t('At {{times}}', { times: listed(times) }) : null;
  }
  if (second !== 0) return null;
  if (hours.form === 'every') {
    if (isOne(minutes, 0)) return t('Every hour, on the hour');
    return minutes.values.length <= MOST_TIMES ? t('Every hour, at {{minutes}} past', { minutes: listed(minutes.values.map(two)) }) : null;
  }
  if (!isOne(minutes)) return null;
  if (hours.form === 'step') return t('Every {{count}} hours, from {{time}}', { count: hours.step, time: at(from(hours), from(minutes)) });
  return hours.form === 'range'
    ? t('Every hour from {{from}} to {{until}}', { from: at(from(hours), from(minutes)), until: at(until(hours), from(minutes)) })
    : null;
}

const weekday = (text: string) => {
  const named = WEEKDAYS.indexOf(text);
  return WEEKDAY_NAMES[named >= 0 ? named : Number(text) - 1] ?? '';
};

function weekTerm(term: string): string | null {
  if (term === 'L') return WEEKDAY_NAMES[6] ?? '';
  if (term.includes('/')) return null;
  const [day = '', nth] = term.split('#');
  if (nth !== undefined) return NTH[Number(nth) - 1]?.(weekday(day)) ?? null;
  if (term.endsWith('L')) return t('the last {{weekday}} of the month', { weekday: weekday(term.slice(0, -1)) });
  const [first = '', last] = term.split('-');
  return last === undefined ? weekday(first) : t('{{first}} to {{last}}', { first: weekday(first), last: weekday(last) });
}

function monthTerm(term: string): string | null {
  const nearest = term.endsWith('W');
  const day = nearest ? term.slice(0, -1) : term;
  if (day.includes('/')) return null;
  if (day === 'L') return nearest ? t('the last weekday') : t('the last day');
  if (day.startsWith('L-')) {
    const before = Number(day.slice(2));
    const place = before === 1 ? t('the day before the last') : t('the {{nth}} day before the last', { nth: ordinal(before) });
    return nearest ? t('the weekday nearest to {{day}}', { day: place }) : place;
  }
  if (nearest) return t('the weekday nearest to the {{nth}}', { nth: ordinal(Number(day)) });
  const [first, last] = day.split('-');
  return last === undefined ? t('the {{nth}}', { nth: ordinal(Number(first)) }) : t('the {{first}} to the {{last}}', { first: ordinal(Number(first)), last: ordinal(Number(last)) });
}

function dayWords(days: Days, isAt: boolean): string | null {
  if (days.of === 'every') return isAt ? t('every day') : '';
  const terms = days.terms.map(days.of === 'week' ? weekTerm : monthTerm);
  if (terms.some((term) => term === null)) return null;
  const words = listed(terms as string[]);
  if (days.of === 'month') return t('on {{days}} of the month', { days: words });
  // `the last Friday of the month` is a day of it; `Friday` is each.
  return /#|.L$/.test(days.terms[0] ?? '') ? t('on {{days}}', { days: words }) : words;
}

function named(part: Part, name: (value: number) => string): string | null {
  if (part.form === 'range') return t('{{first}} to {{last}}', { first: name(from(part)), last: name(until(part)) });
  return isFew(part) ? listed(part.values.map(name)) : null;
}

export function cronWords(expression: string): string | null {
  const cron = parseCron(expression);
  if (!cron) return null;
  const time = timeWords(cron);
  if (time === null) return null;
  const isAt = isOne(cron.seconds) && isFew(cron.minutes) && isFew(cron.hours);
  const days = dayWords(cron.days, isAt);
  const months = cron.months.form === 'every' ? '' : named(cron.months, (month) => MONTH_NAMES[month - 1] ?? '');
  const years = cron.years.form === 'every' ? '' : named(cron.years, String);
  if (days === null || months === null || years === null) return null;
  return [time, days, months && t('in {{months}}', { months }), years && t('in {{years}}', { years })].filter((part) => part !== '').join(', ');
}

export function scheduleWords(schedule: Pick<ScheduleRow, 'schedule_type' | 'cron_expression' | 'run_at' | 'time_zone'>): string {
  if (schedule.schedule_type === 'one_shot') return schedule.run_at ? t('Once, {{time}}', { time: timeIn(schedule.run_at, schedule.time_zone) }) : t('Once');
  const expression = schedule.cron_expression ?? '';
  return cronWords(expression) ?? expression;
}
