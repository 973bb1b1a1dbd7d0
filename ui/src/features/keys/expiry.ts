/** How long a new key is good: one of a few usual lives, or until a day that is typed. */
import { t } from '@/i18n';

export type Life = '365' | '730' | '1095' | 'none' | 'day';

export const LIVES: readonly { value: Life; label: string }[] = [
  { value: '365', label: t('1 year') },
  { value: '730', label: t('2 years') },
  { value: '1095', label: t('3 years') },
  { value: 'none', label: t('No expiry') },
  { value: 'day', label: t('Until a day') },
];

const DAY = 86_400_000;

/** Whole days from now; `null` never ends, a text is what is wrong with the day. */
export function daysOf(life: Life, typed: string, now = new Date()): number | null | string {
  if (life === 'none') return null;
  if (life !== 'day') return Number(life);
  const parts = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(typed.trim());
  const [year, month, day] = (parts ?? []).slice(1).map(Number);
  if (year === undefined || month === undefined || day === undefined) return t('Enter a day such as 2028-12-31.');
  const end = new Date(year, month - 1, day);
  if (end.getMonth() !== month - 1 || end.getDate() !== day) return t('There is no such day.');
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  // Rounded, since a day on which clocks change is not 24 hours long.
  const days = Math.round((end.getTime() - today.getTime()) / DAY);
  return days > 0 ? days : t('That day is over. Enter a later one.');
}

/** The instant at which a key that is good for `days` ends. */
export const endOf = (days: number, now = Date.now()): string => new Date(now + days * DAY).toISOString();
