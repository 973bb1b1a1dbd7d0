/** What was chosen in the palette last, newest first; kept on this computer. */
import type { Entry } from './entry';

/** `name` is for what is not known without being looked for: a run, a file. */
export interface Recent {
  id: string;
  name: string;
}

const PLACE = 'courier.palette.recent';
const KEPT = 6;

export function recentChoices(): Recent[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(PLACE) ?? '[]');
    return Array.isArray(list) ? list.filter(isRecent).slice(0, KEPT) : [];
  } catch {
    return [];
  }
}

export function noteChoice({ id, name }: Pick<Entry, 'id' | 'name'>): void {
  try {
    localStorage.setItem(PLACE, JSON.stringify([{ id, name }, ...recentChoices().filter((one) => one.id !== id)].slice(0, KEPT)));
  } catch {
    // Without storage nothing is recent.
  }
}

function isRecent(value: unknown): value is Recent {
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string' && 'name' in value && typeof value.name === 'string';
}
