/** Further views of a saved chain, after its runs. */
import type { ReactNode } from 'react';
import { Schedules } from '@/features/schedules/Schedules';
import { MonitorsOf } from '@/features/starts/MonitorsOf';
import { t } from '@/i18n';

export interface ChainTab {
  /** In the address: `?tab=…`. */
  value: string;
  label: string;
  panel: (chainId: string) => ReactNode;
}

export const chainTabs: readonly ChainTab[] = [
  { value: 'schedules', label: t('Schedules'), panel: (id) => <Schedules owner={{ type: 'chain', id }} /> },
  { value: 'monitors', label: t('Monitors'), panel: (id) => <MonitorsOf owner={{ type: 'chain', id }} /> },
];
