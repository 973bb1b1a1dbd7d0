import { expect, test } from 'vitest';
import { back, forth, noHistory, record, type History } from './history';

const typed = (text: string, gap: number): { history: History<string>; doc: string } => {
  let history: History<string> = noHistory;
  let doc = '';
  [...text].forEach((letter, index) => {
    history = record(history, doc, { label: 'Rename', mark: 'name' }, index * gap);
    doc += letter;
  });
  return { history, doc };
};

test('typing a word is one step back', () => {
  const { history, doc } = typed('invoices', 200);
  expect(history.past).toHaveLength(1);
  expect(back(history, doc)?.doc).toBe('');
});

test('a pause begins a new step', () => {
  expect(typed('ab', 1_500).history.past).toHaveLength(2);
});

test('edits of different fields are different steps', () => {
  let history: History<number> = record(noHistory, 0, { label: 'a', mark: 'a' }, 0);
  history = record(history, 1, { label: 'b', mark: 'b' }, 10);
  history = record(history, 2, { label: 'c' }, 20);
  history = record(history, 3, { label: 'c' }, 30);
  expect(history.past.map((entry) => entry.doc)).toEqual([0, 1, 2, 3]);
});

test('more than a hundred steps can be taken back and done again', () => {
  let history: History<number> = noHistory;
  for (let doc = 0; doc < 150; doc += 1) history = record(history, doc, { label: 'x' }, doc);
  let doc = 150;
  for (let i = 0; i < 120; i += 1) {
    const step = back(history, doc);
    if (!step) throw new Error('the history is too short');
    ({ doc } = step);
    history = step;
  }
  expect(doc).toBe(30);
  const step = forth(history, doc);
  expect(step?.doc).toBe(31);
});

test('a new edit after a step back drops what could be done again', () => {
  const history = record(noHistory, 'a', { label: 'x' }, 0);
  const step = back(history, 'b');
  expect(step?.future).toHaveLength(1);
  if (step) expect(record(step, step.doc, { label: 'y' }, 1).future).toEqual([]);
});

test('typing after a step back does not join the word before', () => {
  const { history, doc } = typed('ab', 10);
  const step = back(history, doc);
  if (!step) throw new Error('nothing to take back');
  const next = record(step, step.doc, { label: 'Rename', mark: 'name' }, 30);
  expect(next.past).toHaveLength(1);
});
