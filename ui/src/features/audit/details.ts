/**
 * What an entry says, field by field: what changed from what to what, and what else was noted. Entries of all kinds
 * are read by their shape: a field that changed is `{from, to}`, a state stands as `from` and `to` beside the rest.
 */
import { t } from '@/i18n';
import type { AuditLogEntry } from '@/ipc';
import { listed } from '@/lib/format';

type Json = AuditLogEntry['details'];
type Fields = { [name: string]: Json };

export interface Noted {
  /** Words of the way to the field, from the outside in. */
  path: readonly string[];
  value: Json;
}

export interface Changed {
  path: readonly string[];
  /** `undefined` where the entry does not say what was before. */
  before: Json | undefined;
  after: Json;
}

export interface Details {
  changes: readonly Changed[];
  facts: readonly Noted[];
}

const isFields = (value: Json | undefined): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isChange = (value: Json): value is { from: Json; to: Json } => isFields(value) && Object.keys(value).length === 2 && 'from' in value && 'to' in value;
const isNothing = (value: Json | undefined) => value === null || value === undefined || (isFields(value) ? Object.keys(value).length === 0 : Array.isArray(value) && value.length === 0);

/** `max_retries` as `max retries`, `is_enabled` as `enabled`, `ssh_key_id` as `SSH key id`. */
export function partWords(name: string): string {
  return name
    .replace(/^is_(?=.)/, '')
    .replaceAll('_', ' ')
    .replace(/\b(ssh|pgp|tls|url|fips)\b/g, (short) => short.toUpperCase())
    .replace(/\bsha256\b/g, 'SHA-256')
    .replace(/\bcolor\b/g, 'colour')
    .trim();
}

const begun = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

/** The way to a field, from the outside in. */
export const fieldWords = (...path: readonly string[]): string => begun(path.map(partWords).join(' › '));

/** `UsedForEncrypt` as `Used for encrypt`. */
export function operationWords(operation: string): string {
  return begun(operation.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase());
}

export function detailsOf(details: Json): Details {
  const changes: Changed[] = [];
  const facts: Noted[] = [];
  if (!isFields(details)) return { changes, facts: isNothing(details) ? [] : [{ path: [], value: details }] };
  const { from, to, ...rest } = details;
  if (to !== undefined) changes.push({ path: ['state'], before: from, after: to });
  else if (from !== undefined) facts.push({ path: ['from'], value: from });
  for (const [name, value] of Object.entries(rest)) {
    if (value === undefined) continue;
    if (isChange(value)) compare([name], value.from, value.to, changes);
    else spread([name], value, facts);
  }
  return { changes, facts };
}

/** Adds every part that differs. */
function compare(path: readonly string[], before: Json, after: Json, found: Changed[]): void {
  if (isFields(before) && isFields(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare([...path, name], before[name] ?? null, after[name] ?? null, found);
    }
    return;
  }
  const [left, right] = [named(before), named(after)];
  if (left && right) {
    for (const name of new Set([...left.keys(), ...right.keys()])) {
      const [one, other] = [left.get(name) ?? null, right.get(name) ?? null];
      compare([...path, titleOf(other ?? one) ?? name], one, other, found);
    }
    return;
  }
  if (JSON.stringify(before) !== JSON.stringify(after)) found.push({ path, before, after });
}

/** The items of a list of things by what tells them apart, when there is such; steps that moved are compared with themselves. */
function named(value: Json): Map<string, Json> | null {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isFields)) return null;
  for (const key of ['id', 'alias', 'name']) {
    const names = value.map((item) => (isFields(item) ? item[key] : null));
    if (names.every((name) => typeof name === 'string') && new Set(names).size === names.length) return new Map(value.map((item, index) => [names[index] as string, item]));
  }
  return new Map(value.map((item, index) => [String(index + 1), item]));
}

function titleOf(item: Json): string | null {
  return isFields(item) && typeof item.name === 'string' && item.name !== '' ? item.name : null;
}

/** Adds every part that says something. */
function spread(path: readonly string[], value: Json, found: Noted[]): void {
  if (isNothing(value)) return;
  if (isFields(value)) {
    for (const [name, inner] of Object.entries(value)) if (inner !== undefined) spread([...path, name], inner, found);
    return;
  }
  const items = named(value);
  if (!items) found.push({ path, value });
  else for (const [name, item] of items) spread([...path, titleOf(item) ?? name], item, found);
}

/** A value on one line or, of a thing, on several. */
export function valueText(value: Json | undefined): string {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return value ? t('yes') : t('no');
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.length === 0 ? '–' : value.map(String).join(', ');
  return typeof value === 'object' ? JSON.stringify(value, null, 2) : String(value);
}

const SHORT = 60;
const short = (value: Json | undefined) => {
  const text = valueText(value).replaceAll('_', ' ');
  return text.length > SHORT || text.includes('\n') ? null : text;
};

/** The entry on one line: a state's way, the fields that changed, or the first things that were noted. */
export function summaryOf(details: Json): string {
  const { changes, facts } = detailsOf(details);
  const [only] = changes;
  if (only && changes.length === 1) {
    const [before, after] = [short(only.before), short(only.after)];
    const way = after === null ? '' : only.before === undefined || before === null ? `→ ${after}` : `${before} → ${after}`;
    return only.path[0] === 'state' && only.path.length === 1 ? way : `${fieldWords(...only.path)}${way === '' ? '' : `: ${way}`}`;
  }
  if (changes.length > 1) {
    const fields = [...new Set(changes.map(({ path }) => partWords(path[0] ?? '')))];
    return begun(fields.length > 4 ? t('{{fields}} and {{number}} more', { fields: fields.slice(0, 3).join(', '), number: fields.length - 3 }) : listed(fields));
  }
  return facts
    .filter(({ path }) => path.length === 1 && path[0] !== 'id' && !path[0]?.endsWith('_id') && path[0] !== 'name')
    .map(({ path, value }) => ({ field: path[0] ?? '', text: short(value) }))
    .filter(({ text }) => text !== null)
    .slice(0, 2)
    .map(({ field, text }) => `${fieldWords(field)}: ${text}`)
    .join(' · ');
}
