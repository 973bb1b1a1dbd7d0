/**
 * Keys of a page. Plain keys do nothing while someone types or a dialog is open; keys with Ctrl (Cmd on a Mac) work
 * in fields too.
 */
import { useEffect, useRef } from 'react';

/** `n`, `/`, `?`, `shift+r`, `mod+k`, `alt+ArrowUp`, `Enter`. */
export type Shortcut = string;

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

const somethingFloats = () => document.querySelector('[role=dialog], [role=alertdialog], [role=menu], [role=listbox]') !== null;

/** Calls the action of a shortcut while the component is mounted. */
export function useShortcuts(actions: Record<Shortcut, (event: KeyboardEvent) => void>, enabled = true): void {
  const current = useRef(actions);
  current.current = actions;
  useEffect(() => {
    if (!enabled) return;
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      for (const [shortcut, action] of Object.entries(current.current)) {
        if (!matches(event, shortcut)) continue;
        if (!shortcut.includes('mod+') && (isTyping(event.target) || somethingFloats())) return;
        event.preventDefault();
        action(event);
        return;
      }
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [enabled]);
}
