/** The plain kinds of schedules, as expressions and read back from them. */
import { t } from '@/i18n';
import { parseCron, WEEKDAYS } from '@/lib/cron';

export type Kind = 'minutes' | 'hourly' | 'daily' | 'weekly' | 'monthly' | 'expression' | 'once';

export interface Preset {
  kind: Exclude<Kind, 'once'>;
  /** Of `minutes`: between two runs. */
  every: number;
  /** `06:30`; of `hourly` only the minutes count. */
  time: string;
  /** Of `weekly`, by their names in expressions. */
  weekdays: string[];
  /** Of `monthly`: 1 to 31, or `L` for the last. */
  day: string;
}

export const KINDS: readonly { value: Kind; label: string }[] = [
  { value: 'minutes', label: t('Every few minutes') },
  { value: 'hourly', label: t('Every hour') },
  { value: 'daily', label: t('Every day') },
  { value: 'weekly', label: t('On weekdays') },
  { value: 'monthly', label: t('Every month') },
  { value: 'expression', label: t('By an expression') },
  { value: 'once', label: t('Once') },
];

/** Minutes that go into an hour, so that the gaps are even. */
export const EVERY_MINUTES = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30];
/** As a week is read, from Monday. */
export const WEEK = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'];
const WORKDAYS = WEEK.slice(0, 5);

export const START: Preset = { kind: 'daily', every: 15, time: '06:30', weekdays: WORKDAYS, day: '1' };

export function expressionOf({ kind, every, time, weekdays, day }: Preset): string | null {
  const [hour, minute] = time.split(':').map(Number);
  const at = `0 ${minute || 0} ${hour || 0}`;
  switch (kind) {
    case 'minutes':
      return `0 0/${every} * * * ?`;
    case 'hourly':
      return `0 ${minute || 0} * * * ?`;
    case 'daily':
      return `${at} * * ?`;
    case 'weekly': {
      const chosen = WEEK.filter((name) => weekdays.includes(name));
      return `${at} ? * ${chosen.join() === WORKDAYS.join() ? 'MON-FRI' : chosen.join()}`;
    }
    case 'monthly':
      return `${at} ${day} * ?`;
    case 'expression':
      return null;
  }
}

/** The plain kind that an expression is, or `expression`. */
export function presetOf(expression: string): Preset {
  const other: Preset = { ...START, kind: 'expression' };
  const cron = parseCron(expression);
  if (!cron || cron.seconds.form !== 'single' || cron.seconds.values[0] !== 0 || cron.months.form !== 'every' || cron.years.form !== 'every') return other;
  const { minutes, hours, days } = cron;
  const two = (n: number | undefined) => String(n ?? 0).padStart(2, '0');
  if (days.of === 'every' && hours.form === 'every') {
    if (minutes.form === 'step' && minutes.values[0] === 0 && EVERY_MINUTES.includes(minutes.step)) return { ...START, kind: 'minutes', every: minutes.step };
    if (minutes.form === 'every') return { ...START, kind: 'minutes', every: 1 };
    return minutes.form === 'single' ? { ...START, kind: 'hourly', time: `00:${two(minutes.values[0])}` } : other;
  }
  if (minutes.form !== 'single' || hours.form !== 'single') return other;
  const at = { ...START, time: `${two(hours.values[0])}:${two(minutes.values[0])}` };
  if (days.of === 'every') return { ...at, kind: 'daily' };
  if (days.of === 'month') {
    const [day = '', ...more] = days.terms;
    return more.length === 0 && /^(L|\d{1,2})$/.test(day) ? { ...at, kind: 'monthly', day } : other;
  }
  const weekdays = days.terms.flatMap((term) => (term === 'MON-FRI' || term === '2-6' ? WORKDAYS : WEEKDAYS.includes(term) ? [term] : ['']));
  return weekdays.includes('') ? other : { ...at, kind: 'weekly', weekdays };
}

