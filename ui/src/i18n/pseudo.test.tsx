/** Pages in a language of brackets: what stands outside of them was not asked for by `t`. */
import { waitFor } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { openPage } from '@/test/open';

vi.mock('./en.json', async (load) => {
  const { default: words } = await load<{ default: Record<string, string> }>();
  return { default: Object.fromEntries(Object.entries(words).map(([key, text]) => [key, `⟦${text}⟧`])) };
});

/** Names that are the same everywhere, and keys. */
const NAMES = new Set(['Courier', 'SHA', 'SFTP', 'FTP', 'FTPS', 'PGP', 'SSH', 'Ctrl', 'Esc', 'Enter', 'Del', 'Space', 'ED', 'RSA', 'alt', 'Alt']);
const ATTRIBUTES = ['title', 'aria-label', 'placeholder', 'alt'];

/** What stands outside of all brackets; a sentence with elements in it goes over several texts. */
function outside(text: string): string {
  const inner = text.replaceAll(/⟦[^⟦⟧]*⟧/g, ' ');
  return inner === text ? text : outside(inner);
}

function shown(): string[] {
  const texts: string[] = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) texts.push(walk.currentNode.textContent ?? '');
  const attributes = [...document.querySelectorAll('*')].flatMap((element) => ATTRIBUTES.map((name) => outside(element.getAttribute(name) ?? '')));
  return [...outside(texts.join('\n')).split('\n'), ...attributes];
}

/** Every word that came from the host, also those in its names of things: `failure_policy`, `StateChanged`. */
function told(data: unknown, words: Set<string>): Set<string> {
  if (typeof data === 'string') for (const word of data.match(/\p{Lu}?\p{Ll}+|\p{Lu}+|\p{L}+/gu) ?? []) words.add(word.toLowerCase());
  if (typeof data === 'string') for (const word of data.match(/\p{L}+/gu) ?? []) words.add(word.toLowerCase());
  if (typeof data === 'object' && data !== null) {
    for (const [name, inner] of Object.entries(data)) {
      told(name, words);
      told(inner, words);
    }
  }
  return words;
}

const DATES = new Set(
  Array.from({ length: 366 }, (_, day) => new Date(2024, 0, 1 + day)).flatMap((at) =>
    (['short', 'long'] as const).flatMap((style) => at.toLocaleDateString('en-US', { weekday: style, month: style, day: 'numeric' }).match(/\p{L}+/gu) ?? []),
  ),
);
/** Names of files, paths and addresses. */
const PATHS = /\S*[./@_]\S*\w/g;
/** What `Intl` writes beside numbers and between things. */
const CLOCK = /^(AM|PM|at|and|UTC|GMT|[A-Z]{3,4})$/;

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
  const strange = shown().filter((text) =>
    (text.replaceAll(PATHS, ' ').match(/\p{L}{2,}/gu) ?? []).some((word) => !known.has(word.toLowerCase()) && !NAMES.has(word) && !DATES.has(word) && !CLOCK.test(word)),
  );
  expect(strange).toEqual([]);
});
