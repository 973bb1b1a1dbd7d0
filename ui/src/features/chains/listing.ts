/** Which chains the list shows, in which order. */
import type { Sort } from '@/components/DataTable';
import { t } from '@/i18n';
import type { ChainRow } from '@/ipc';

export type StateFilter = 'any' | 'failed' | 'active' | 'completed' | 'never' | 'disabled';

export const STATE_FILTERS: readonly { value: StateFilter; label: string }[] = [
  { value: 'any', label: t('any') },
  { value: 'failed', label: t('failed') },
  { value: 'active', label: t('running or paused') },
  { value: 'completed', label: t('completed') },
  { value: 'never', label: t('not run yet') },
  { value: 'disabled', label: t('disabled') },
];

export function isShown(chain: ChainRow, text: string, state: StateFilter): boolean {
  if (!`${chain.name} ${chain.description ?? ''} ${chain.tags.map((tag) => tag.name).join(' ')}`.toLocaleLowerCase().includes(text.trim().toLocaleLowerCase())) return false;
  switch (state) {
    case 'any':
      return true;
    case 'failed':
    case 'completed':
      return chain.last?.state === state;
    case 'active':
      return chain.last?.state === 'pending' || chain.last?.state === 'running' || chain.last?.state === 'paused';
    case 'never':
      return chain.last === null;
    case 'disabled':
      return !chain.is_enabled;
  }
}

const LAST_OF_ALL = '\uffff';

function rank(chain: ChainRow, column: string): string | number {
  switch (column) {
    case 'members':
      return chain.member_count;
    case 'result':
      return chain.last?.state ?? LAST_OF_ALL;
    case 'when':
      return chain.last?.started_at ?? '';
    case 'next':
      return chain.next_fire_at ?? LAST_OF_ALL;
    default:
      return chain.name;
  }
}

export function sortChains(chains: readonly ChainRow[], { column, descending }: Sort): ChainRow[] {
  const sign = descending ? -1 : 1;
  return [...chains].sort((a, b) => {
    const [x, y] = [rank(a, column), rank(b, column)];
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y), undefined, { numeric: true });
    return sign * order || a.name.localeCompare(b.name);
  });
}
