/** Something that can be chosen in the palette: a place, a thing, something to make, run or switch. */
import type { LucideIcon } from 'lucide-react';
import type { StateLook } from '@/components/State';
import { t } from '@/i18n';

/** In the order in which they stand while nothing is typed; what is typed puts the best first. */
export const GROUPS = [
  'Recent', 'Create', 'Go to', 'Run', 'Jobs', 'Chains', 'Monitors', 'Connections', 'Keys', 'Tags', 'Notification rules', 'Runs', 'Files', 'Switch', 'This window',
] as const;
export type Group = (typeof GROUPS)[number];

/** As their headings say. */
export const GROUP_WORDS: Record<Group, string> = {
  Recent: t('Recent'),
  Create: t('Create'),
  'Go to': t('Go to'),
  Run: t('Run'),
  Jobs: t('Jobs'),
  Chains: t('Chains'),
  Monitors: t('Monitors'),
  Connections: t('Connections'),
  Keys: t('Keys'),
  Tags: t('Tags'),
  'Notification rules': t('Notification rules'),
  Runs: t('Runs'),
  Files: t('Files'),
  Switch: t('Switch'),
  'This window': t('This window'),
};

export interface Entry {
  /** Stands for it among the recent choices, also after a restart. */
  id: string;
  group: Exclude<Group, 'Recent'>;
  /** What it is, as its row says: `Job`, `Page`. */
  kind: string;
  name: string;
  /** Beside the name, and found by too: a host, a folder. */
  detail?: string;
  /** Other words that it is found by. */
  words?: string;
  icon: LucideIcon;
  /** How it stands, where that is worth a word. */
  state?: StateLook;
  hint?: string;
  /** Why it cannot be chosen now. */
  refused?: string;
  /** Shown only when it is looked for. */
  quiet?: boolean;
  act: () => void;
}
