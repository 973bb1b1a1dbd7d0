/**
 * The parts of a cron expression in Quartz syntax, for saying them in words. Whether an expression is valid is decided
 * by the host; what is not understood here is `null`.
 */

/** How one field is written, with the values it stands for. */
export interface Part {
  form: 'every' | 'single' | 'list' | 'range' | 'step' | 'mixed';
  values: number[];
  /** Of a step. */
  step: number;
}

export type Days = { of: 'every' } | { of: 'month'; terms: string[] } | { of: 'week'; terms: string[] };

export interface Cron {
  seconds: Part;
  minutes: Part;
  hours: Part;
  days: Days;
  months: Part;
  years: Part;
}

export const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
/** Quartz counts from Sunday, which is 1. */
export const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

function valueOf(text: string, low: number, high: number, names: readonly string[]): number | null {
  const named = names.indexOf(text);
  const value = named >= 0 ? low + named : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= low && value <= high ? value : null;
}

export function partOf(text: string, low: number, high: number, names: readonly string[] = []): Part | null {
  const values = new Set<number>();
  const forms: Part['form'][] = [];
  let step = 1;
  for (const term of text.split(',')) {
    const [range = '', every, ...more] = term.split('/');
    if (more.length > 0) return null;
    step = every === undefined ? 1 : Number(every);
    if (every !== undefined && !(/^\d+$/.test(every) && step >= 1)) return null;
    const all = range === '*' || (range === '' && every !== undefined);
    const [from = '', to, ...beyond] = range.split('-');
    if (beyond.length > 0) return null;
    const start = all ? low : valueOf(from, low, high, names);
    const end = all ? high : to !== undefined ? valueOf(to, low, high, names) : every !== undefined ? high : start;
    if (start === null || end === null) return null;
    // A range may run over the end of its field.
    const span = end >= start ? end - start : end + (high - low + 1) - start;
    for (let n = 0; n <= span; n += step) values.add(low + ((start - low + n) % (high - low + 1)));
    const whole = all && step === 1;
    forms.push(whole ? 'every' : every !== undefined ? (to === undefined ? 'step' : 'mixed') : to !== undefined ? 'range' : 'single');
  }
  const [first = 'mixed'] = forms;
  const form = forms.length === 1 ? first : forms.every((one) => one === 'single') ? 'list' : 'mixed';
  const inOrder = form === 'range' ? [...values] : [...values].sort((a, b) => a - b);
  return { form, values: inOrder, step };
}

const MONTH_TERM = /^(L|LW|L-\d{1,2}W?|\d{1,2}W?|\d{1,2}-\d{1,2}|(\*|\d{1,2}(-\d{1,2})?)\/\d{1,2})$/;
const WEEK_TERM = /^(L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5])?|([1-7]|[A-Z]{3})-([1-7]|[A-Z]{3})|(\*|[1-7])\/[1-7])$/;

function daysOf(month: string, week: string): Days | null {
  const any = (text: string) => text === '?' || text === '*';
  if (month === '?' && week === '?') return null;
  if (any(month) && any(week)) return { of: 'every' };
  if (any(week)) return month.split(',').every((term) => MONTH_TERM.test(term)) ? { of: 'month', terms: month.split(',') } : null;
  if (any(month)) return week.split(',').every((term) => WEEK_TERM.test(term)) ? { of: 'week', terms: week.split(',') } : null;
  return null;
}

export function parseCron(text: string): Cron | null {
  const [second, minute, hour, ofMonth, month, ofWeek, year = '*', ...more] = text.trim().toUpperCase().split(/\s+/);
  if (!second || !minute || !hour || !ofMonth || !month || !ofWeek || more.length > 0) return null;
  const seconds = partOf(second, 0, 59);
  const minutes = partOf(minute, 0, 59);
  const hours = partOf(hour, 0, 23);
  const days = daysOf(ofMonth, ofWeek);
  const months = partOf(month, 1, 12, MONTHS);
  const years = partOf(year, 1970, 2199);
  return seconds && minutes && hours && days && months && years ? { seconds, minutes, hours, days, months, years } : null;
}
