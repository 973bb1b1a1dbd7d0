/**
 * Who takes files that are dropped on the window: the path field under them, else the page if it wants them, else
 * whoever asks what to do with them. A dialog about something else is left alone.
 */
import { useEffect, useRef } from 'react';
import type { DroppedPath } from '@/ipc';

export interface FieldTarget {
  label: string;
  /** Whether it takes more than one. */
  several: boolean;
  take: (dropped: readonly DroppedPath[]) => void;
}

export interface PageTarget {
  /** What a drop does here. */
  words: string;
  /** Whether it takes files now; left out: while no dialog is open. */
  takes?: () => boolean;
  take: (paths: readonly string[]) => void;
}

export type Target = { kind: 'field'; element: Element; field: FieldTarget } | { kind: 'page'; page: PageTarget } | { kind: 'ask' };

/** The element that is a path field is marked with. */
export const FIELD = 'data-drop-field';

const fields = new WeakMap<Element, FieldTarget>();
const pages: { readonly current: PageTarget }[] = [];

/** Makes an element that is marked as one a field that takes paths. */
export function addField(element: Element, field: FieldTarget): () => void {
  fields.set(element, field);
  return () => void fields.delete(element);
}

/** Files that are dropped anywhere on the page go to it, while it is shown. */
export function usePageDrop(page: PageTarget): void {
  const now = useRef(page);
  now.current = page;
  useEffect(() => {
    pages.push(now);
    return () => void pages.splice(pages.indexOf(now), 1);
  }, []);
}

export const isDialogOpen = (): boolean => document.querySelector('[role=dialog], [role=alertdialog]') !== null;

/** Who would take what is dropped at a place of the page. */
export function targetAt(x: number, y: number): Target | null {
  const element = document.elementFromPoint(x, y)?.closest(`[${FIELD}]`);
  const field = element && fields.get(element);
  if (field) return { kind: 'field', element, field };
  const page = pages.at(-1)?.current;
  if (page && (page.takes ?? (() => !isDialogOpen()))()) return { kind: 'page', page };
  return isDialogOpen() ? null : { kind: 'ask' };
}
