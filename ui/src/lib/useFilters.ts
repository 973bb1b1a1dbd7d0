/**
 * What a list is narrowed to and sorted by, kept in the address: the way back, a reload and a link find it again.
 *
 * An address is taken as far as it makes sense, and what is as at first is left out of it.
 */
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { Sort } from '@/components/DataTable';
import { useSearchInAddress } from './useSearchInAddress';

type Words = Record<string, unknown>;

/** What the address asks for, and how to change some of it. */
export function useAddress(): [words: Words, change: (next: Record<string, string | undefined>) => void] {
  const navigate = useNavigate();
  const words = useRouterState({ select: ({ location }) => location.search as Words });
  const change = useCallback(
    (next: Record<string, string | undefined>) => {
      const search = (now: Words) => Object.fromEntries(Object.entries({ ...now, ...next }).filter(([, value]) => value !== undefined));
      void navigate({ to: '.', search: search as never, replace: true });
    },
    [navigate],
  );
  return [words, change];
}

/** One of several. */
export function useChoice<T extends string>(name: string, options: readonly { value: T }[], first: T): [T, (value: T) => void] {
  const [words, change] = useAddress();
  const value = options.find((option) => option.value === words[name])?.value ?? first;
  return [value, (next) => change({ [name]: next === first ? undefined : next })];
}

/** A text that somebody types. */
export function useText(name = 'q'): [text: string, setText: (text: string) => void] {
  const [words, change] = useAddress();
  // An address gives what is written in digits as a number.
  const value = words[name];
  const known = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  return useSearchInAddress(known, (text) => change({ [name]: text === '' ? undefined : text }));
}

/** The column that a list is sorted by: `sort=name`, or `sort=-name` from its end. */
export function useSorting(first: Sort, name = 'sort'): [Sort, (sort: Sort) => void] {
  const [words, change] = useAddress();
  const [, minus, column] = /^(-?)(\w+)$/.exec(String(words[name] ?? '')) ?? [];
  const sort = column === undefined ? first : { column, descending: minus === '-' };
  const isFirst = (next: Sort) => next.column === first.column && next.descending === first.descending;
  return [sort, (next) => change({ [name]: isFirst(next) ? undefined : `${next.descending ? '-' : ''}${next.column}` })];
}
