/** Which missed schedules were put away in this window: what was missed stays recorded. */
import { useState } from 'react';

const DISMISSED = 'courier.missed.dismissed';
/** So many are remembered; older ones are no longer shown anyway. */
const MOST = 200;

function read(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(DISMISSED) ?? '[]');
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}

export function useDismissed(): [ReadonlySet<string>, (id: string) => void] {
  const [ids, setIds] = useState(read);
  return [
    new Set(ids),
    (id) => {
      const next = [...ids, id].slice(-MOST);
      localStorage.setItem(DISMISSED, JSON.stringify(next));
      setIds(next);
    },
  ];
}
