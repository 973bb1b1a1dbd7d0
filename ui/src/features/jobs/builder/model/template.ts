/**
 * Templates as a field shows them: text and expressions in turn. What an expression means is the host's matter; here
 * it is only found, named and replaced.
 */
import type { Value } from './doc';

export interface TextPart {
  kind: 'text';
  text: string;
  /** Where it begins in the whole text. */
  start: number;
}
export interface ExpressionPart {
  kind: 'expression';
  /** With its braces, as it is stored. */
  text: string;
  /** Between the braces. */
  inner: string;
  start: number;
}
export type Part = TextPart | ExpressionPart;

/** The index after the `}}` that closes what opens at `from`, or -1. Braces in quoted text do not count. */
function closing(text: string, from: number): number {
  let quote: string | null = null;
  for (let i = from + 2; i < text.length; i += 1) {
    const c = text[i];
    if (quote !== null) {
      if (c === '\\') i += 1;
      else if (c === quote) quote = null;
    } else if (c === "'" || c === '"') quote = c;
    else if (c === '}' && text[i + 1] === '}') return i + 2;
  }
  return -1;
}

/** Text and expressions in turn, beginning and ending with a text (which may be empty). */
export function parts(text: string): Part[] {
  const found: Part[] = [];
  let from = 0;
  for (;;) {
    const open = text.indexOf('{{', from);
    const end = open < 0 ? -1 : closing(text, open);
    if (end < 0) {
      found.push({ kind: 'text', text: text.slice(from), start: from });
      return found;
    }
    found.push({ kind: 'text', text: text.slice(from, open), start: from });
    const raw = text.slice(open, end);
    found.push({ kind: 'expression', text: raw, inner: raw.slice(2, -2).replace(/^-|-$/g, '').trim(), start: open });
    from = end;
  }
}

export const expression = (inner: string): string => `{{ ${inner} }}`;

export interface Meaning {
  /** What the value comes from. */
  source: 'step' | 'parameter' | 'date' | 'job' | 'monitor' | 'other';
  /** The step's alias, the parameter's name. */
  of: string | null;
  /** The dotted name that the expression begins with. */
  name: string;
  /** What to show in bold. */
  label: string;
  /** A date format, for dates. */
  format: string | null;
}

/** What a pill shows for an expression. */
export function meaning(inner: string): Meaning {
  const [, name = '', filters = ''] = /^([\w.]+)\s*(.*)$/s.exec(inner) ?? [];
  const [root = '', second, ...rest] = name.split('.');
  if (root === 'steps' && second !== undefined && rest.length > 0) {
    return { source: 'step', of: second, name, label: `${rest.join('.')}${filters ? ` ${filters}` : ''}`, format: null };
  }
  if (root === 'params' && second !== undefined) {
    return { source: 'parameter', of: second, name, label: `${second}${filters ? ` ${filters}` : ''}`, format: null };
  }
  if (root === 'now' && second === undefined) {
    const format = /^\|\s*date\(\s*(['"])(.*)\1\s*\)$/s.exec(filters)?.[2] ?? null;
    return { source: 'date', of: null, name, label: format === null ? filters : format, format };
  }
  if ((root === 'job' || root === 'execution') && second !== undefined) {
    return { source: 'job', of: root, name, label: `${[second, ...rest].join('.')}${filters ? ` ${filters}` : ''}`, format: null };
  }
  if (root === 'monitor' && second !== undefined) {
    return { source: 'monitor', of: root, name, label: `${[second, ...rest].join('.')}${filters.startsWith('[') ? '' : ' '}${filters}`.trim(), format: null };
  }
  return { source: 'other', of: null, name, label: inner, format: null };
}

/** The same text with every use of one step's alias replaced by another. */
export const renameAlias = (text: string, from: string, to: string): string => renameRoot(text, 'steps', from, to);

/** The same text with every `root.from` in its expressions replaced by `root.to`. */
export function renameRoot(text: string, root: string, from: string, to: string): string {
  const uses = new RegExp(`(?<![\\p{L}\\p{N}_])${root}\\.${from.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}(?![\\p{L}\\p{N}_])`, 'gu');
  return parts(text)
    .map((part) => (part.kind === 'expression' ? part.text.replace(uses, `${root}.${to}`) : part.text))
    .join('');
}

/** Applies `change` to every text in a configuration's value; the same value when nothing changed. */
export function mapTexts(value: Value, change: (text: string) => string): Value {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) {
    const next = value.map((item) => mapTexts(item, change));
    return next.some((item, i) => item !== value[i]) ? next : value;
  }
  if (typeof value === 'object' && value !== null) {
    const next = Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapTexts(item, change)]));
    return Object.entries(next).some(([name, item]) => item !== value[name]) ? next : value;
  }
  return value;
}

const two = (n: number) => String(n).padStart(2, '0');

/** What a date format gives at an instant, for the formats people use; `null` for others. */
export function sampleDate(format: string, at: Date): string | null {
  let known = true;
  const shown = format.replace(/%(.)/g, (_, letter: string) => {
    switch (letter) {
      case 'Y':
        return String(at.getFullYear());
      case 'y':
        return two(at.getFullYear() % 100);
      case 'm':
        return two(at.getMonth() + 1);
      case 'd':
        return two(at.getDate());
      case 'H':
        return two(at.getHours());
      case 'M':
        return two(at.getMinutes());
      case 'S':
        return two(at.getSeconds());
      case 'F':
        return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
      case 'T':
        return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
      case 'b':
        return at.toLocaleDateString('en', { month: 'short' });
      case 'B':
        return at.toLocaleDateString('en', { month: 'long' });
      case '%':
        return '%';
      default:
        known = false;
        return '';
    }
  });
  return known ? shown : null;
}
