/** Sentences with elements inside, whole for those who translate them. */
import { createElement, Fragment, type ReactNode } from 'react';
import { t } from './words';

type Around = (inner: ReactNode) => ReactNode;
type Part = ReactNode | Around;

/** A place that no text has in it. */
const MARK = /\ue000(\w+)\ue001/g;
const mark = (name: string) => `\ue000${name}\ue001`;
const TAG = /<(\w+)>(.*?)<\/\1>/gs;

/**
 * `rich('Press {{key}}', { key: <Kbd>?</Kbd> })`, and `rich('See <b>the log</b>', { b: (inner) => <b>{inner}</b> })`
 * where words stand in an element. Only the sentence has tags: what is put into it stays as it is.
 */
export function rich(sentence: string, values: Readonly<Record<string, Part>>): ReactNode {
  const marks = Object.fromEntries(Object.keys(values).map((name) => [name, mark(name)]));
  const { count } = values;
  if (typeof count !== 'number') return around(t(sentence, marks), values);
  // The number itself is written out by `t`.
  return around(t(sentence, { ...marks, count }), values);
}

function around(text: string, values: Readonly<Record<string, Part>>): ReactNode {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const { index, 0: whole, 1: name = '', 2: inner = '' } of text.matchAll(TAG)) {
    const wrap = values[name];
    if (typeof wrap !== 'function') continue;
    parts.push(...filled(text.slice(at, index), values), wrap(around(inner, values)));
    at = index + whole.length;
  }
  return createElement(Fragment, null, ...parts, ...filled(text.slice(at), values));
}

/** The values in their places. */
function filled(text: string, values: Readonly<Record<string, Part>>): ReactNode[] {
  return text.split(MARK).map((part, index) => (index % 2 === 0 ? part : (values[part] as ReactNode)));
}
