/** How settings of the store are grouped, written and read by people. What a value may be is the host's to say. */
import { locale, t } from '@/i18n';
import type { SettingView } from '@/ipc';
import { bytes } from '@/lib/format';

/** By the first word of the key. */
const GROUPS: readonly { title: string; words: readonly string[] }[] = [
  { title: t('Runs'), words: ['job', 'execution'] },
  { title: t('Power and network'), words: ['power'] },
  { title: t('Monitors'), words: ['monitor'] },
  { title: t('Transfers'), words: ['transfer'] },
  { title: t('Security'), words: ['security'] },
  { title: t('Keys and record'), words: ['key', 'audit'] },
  { title: t('Archives'), words: ['archive'] },
];
const OTHERS = t('Others');

export interface SettingGroup {
  title: string;
  settings: SettingView[];
}

/** Groups that have any, each in the host's order. */
export function grouped(settings: readonly SettingView[]): SettingGroup[] {
  const groupOf = ({ key }: SettingView) => GROUPS.find(({ words }) => words.includes(key.split('.')[0] ?? ''))?.title ?? OTHERS;
  return [...GROUPS.map(({ title }) => title), OTHERS]
    .map((title) => ({ title, settings: settings.filter((setting) => groupOf(setting) === title) }))
    .filter((group) => group.settings.length > 0);
}

/** What stands after a number. */
export function unitOf({ unit }: SettingView): string | null {
  if (unit === null) return null;
  return unit === 'bytes_per_second' ? t('bytes/s') : unit;
}

/** A value in words, where its digits alone are hard to read: `20 GB`, `no limit`. */
export function inWords({ unit, type }: SettingView, value: string): string | null {
  const number = /^[0-9]+$/.test(value) ? Number(value) : null;
  if (type === 'rate_limit' && number === 0) return t('no limit');
  if (number === null || number < 10_000) return null;
  if (unit === 'bytes') return bytes(number);
  return unit === 'bytes_per_second' ? t('{{size}}/s', { size: bytes(number) }) : null;
}

/** The default as a sentence's end. */
export function defaultOf(setting: SettingView): string {
  const { type, default: value } = setting;
  if (type === 'boolean') return value === 'true' ? t('on') : t('off');
  if (value === '' || value === '[]') return t('none');
  const unit = unitOf(setting);
  return inWords(setting, value) ?? (unit ? `${Number(value).toLocaleString(locale)} ${unit}` : value);
}

/** Folders as a person writes them: one a line. */
export const toLines = (value: string): string => (folders(value) ?? [value]).join('\n');

function folders(value: string): string[] | null {
  try {
    const read: unknown = JSON.parse(value);
    return Array.isArray(read) ? read.map(String) : null;
  } catch {
    return null;
  }
}

/** As the field shows a stored value. */
export const shownOf = ({ type, value }: SettingView): string => (type === 'paths' ? toLines(value) : value);
