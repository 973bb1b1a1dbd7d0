/**
 * Keys of a page. Plain keys do nothing while someone types or a dialog is open; keys with Ctrl (Cmd on a Mac) and
 * function keys work in fields too. Each says what it does, so that the help lists whatever works at the moment.
 */
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { t } from '@/i18n';

/** `n`, `/`, `?`, `shift+r`, `mod+k`, `alt+ArrowUp`, `Enter`, `F1`. */
export type Shortcut = string;

export interface Action {
  does: string;
  act: (event: KeyboardEvent) => void;
}

/** Keys and what they do, under a title. */
export interface KeyGroup {
  title: string;
  /** A shortcut, or keys in the words of the help, such as `↑ ↓`. */
  keys: readonly (readonly [keys: Shortcut, does: string])[];
}

export const HERE = t('On this page');
export const EVERYWHERE = t('Everywhere');

const NAMES: Record<string, string> = { mod: 'Ctrl', alt: 'Alt', shift: 'Shift', Delete: 'Del', Escape: 'Esc', ArrowUp: '↑', ArrowDown: '↓' };

/** A shortcut as keyboards name its keys. */
export const keyNames = (shortcut: Shortcut): string => shortcut.split('+').map((key) => NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key)).join(' ');

/** What is shown now says which keys it has, in the order in which it came. */
const told = new Map<symbol, KeyGroup>();
const listeners = new Set<() => void>();
let groups: readonly KeyGroup[] = [];

function tell(): void {
  const merged = new Map<string, (readonly [string, string])[]>();
  for (const { title, keys } of told.values()) merged.set(title, [...(merged.get(title) ?? []), ...keys]);
  const last = merged.get(EVERYWHERE);
  merged.delete(EVERYWHERE);
  if (last) merged.set(EVERYWHERE, last);
  groups = [...merged].map(([title, keys]) => ({ title, keys: [...new Map(keys.map((key) => [key.join('\n'), key])).values()] }));
  listeners.forEach((listener) => listener());
}

/** Keys that something handles itself, for the help. */
export function useKeyWords(title: string, keys: KeyGroup['keys'], enabled = true): void {
  const text = JSON.stringify(keys);
  useEffect(() => {
    if (!enabled) return;
    const name = Symbol(title);
    told.set(name, { title, keys: JSON.parse(text) as KeyGroup['keys'] });
    tell();
    return () => {
      told.delete(name);
      tell();
    };
  }, [title, text, enabled]);
}

/** Every key that does something now, by what it is for. */
export function useKeyGroups(): readonly KeyGroup[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => groups,
  );
}

function matches(event: KeyboardEvent, shortcut: Shortcut): boolean {
  const parts = shortcut.split('+');
  const key = parts.pop() ?? '';
  const wants = (name: string) => parts.includes(name);
  if (wants('mod') !== (event.ctrlKey || event.metaKey) || wants('alt') !== event.altKey) return false;
  const letter = key.length === 1 && key.toLowerCase() !== key.toUpperCase();
  if ((letter || key.length > 1) && wants('shift') !== event.shiftKey) return false;
  return letter ? event.key.toLowerCase() === key.toLowerCase() : event.key === key;
}

export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input:not([type=checkbox]):not([type=radio]), textarea, select'))
  );
}

export const somethingFloats = () => document.querySelector('[role=dialog], [role=alertdialog], [role=menu], [role=listbox]') !== null;

/** No text is typed by it. */
const worksAnywhere = (shortcut: Shortcut) => shortcut.includes('mod+') || /^F\d+$/.test(shortcut);

/** Calls the action of a shortcut while the component is mounted. */
export function useShortcuts(actions: Record<Shortcut, Action>, enabled = true, title = HERE): void {
  const current = useRef(actions);
  current.current = actions;
  useKeyWords(title, Object.entries(actions).map(([shortcut, { does }]) => [keyNames(shortcut), does] as const), enabled);
  useEffect(() => {
    if (!enabled) return;
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      for (const [shortcut, { act }] of Object.entries(current.current)) {
        if (!matches(event, shortcut)) continue;
        if (!worksAnywhere(shortcut) && (isTyping(event.target) || somethingFloats())) return;
        event.preventDefault();
        act(event);
        return;
      }
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [enabled]);
}
