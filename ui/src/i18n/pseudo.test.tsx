/** Pages in a language of brackets: what stands outside of them was not asked for by `t`. */
import { waitFor } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { openPage } from '@/test/open';

vi.mock('./en.json', async (load) => {
  const { default: words } = await load<{ default: Record<string, string> }>();
  return { default: Object.fromEntries(Object.entries(words).map(([key, text]) => [key, `⟦${text}⟧`])) };
});

/** Names that are the same everywhere, and keys. */
const NAMES = new Set(['Courier', 'SHA', 'SFTP', 'FTP', 'FTPS', 'PGP', 'SSH', 'Ctrl', 'Esc', 'Enter', 'Del', 'Space', 'ED', 'RSA', 'alt']);
const ATTRIBUTES = ['title', 'aria-label', 'placeholder', 'alt'];

/** What stands outside of all brackets. */
function outside(text: string): string {
  const inner = text.replaceAll(/⟦[^⟦⟧]*⟧/g, ' ');
  return inner === text ? text : outside(inner);
}

function shown(): string[] {
  const texts: string[] = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) texts.push(walk.currentNode.textContent ?? '');
  for (const element of document.querySelectorAll('*')) {
    for (const name of ATTRIBUTES) texts.push(element.getAttribute(name) ?? '');
  }
  return texts;
}

/** Every word that came from the host. */
function told(data: unknown, words: Set<string>): Set<string> {
  if (typeof data === 'string') for (const word of data.match(/\p{L}+/gu) ?? []) words.add(word.toLowerCase());
  else if (typeof data === 'object' && data !== null) for (const inner of Object.values(data)) told(inner, words);
  return words;
}

const DATES = new Set(
  Array.from({ length: 366 }, (_, day) => new Date(2024, 0, 1 + day)).flatMap((at) =>
    (['short', 'long'] as const).flatMap((style) => at.toLocaleDateString('en-US', { weekday: style, month: style, day: 'numeric' }).match(/\p{L}+/gu) ?? []),
  ),
);
const CLOCK = /^(AM|PM|at|UTC|GMT|[A-Z]{3,4}|d)$/;

const PAGES = [
  '/', '/jobs', '/jobs/new', '/chains', '/chains/new', '/executions', '/monitors', '/monitors/new', '/connections', '/connections/new', '/keys', '/files', '/audit', '/settings', '/settings/tags',
  '/settings/notifications', '/settings/notifications/new',
];

it.each(PAGES)('%s', async (address) => {
  const { client } = await openPage(address);
  await waitFor(() => {
    expect(document.querySelector('main [aria-busy=true]')).toBeNull();
    expect(client.isFetching()).toBe(0);
    expect(document.querySelector('main')).toHaveTextContent('⟦');
  });
  const known = told(client.getQueryCache().getAll().map(({ state }) => state.data), new Set());
  const strange = shown()
    .map(outside)
    .filter((text) => (text.match(/\p{L}{2,}/gu) ?? []).some((word) => !known.has(word.toLowerCase()) && !NAMES.has(word) && !DATES.has(word) && !CLOCK.test(word)));
  expect(strange).toEqual([]);
});
