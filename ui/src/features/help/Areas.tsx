/** The page of each area, whole or the note of one field alone. */
import type { ComponentType } from 'react';
import { Audit } from './areas/Audit';
import { Chains } from './areas/Chains';
import { CommandLine } from './areas/CommandLine';
import { Connections } from './areas/Connections';
import { Expressions } from './areas/Expressions';
import { Files } from './areas/Files';
import { Jobs } from './areas/Jobs';
import { Keys } from './areas/Keys';
import { Monitors } from './areas/Monitors';
import { Notifications } from './areas/Notifications';
import { Running } from './areas/Running';
import { Schedules } from './areas/Schedules';
import { Settings } from './areas/Settings';
import { Start } from './areas/Start';
import type { Area } from './contents';
import { Marked, OnlyNote } from './parts';

const PAGES: Record<Area, ComponentType> = {
  start: Start,
  jobs: Jobs,
  expressions: Expressions,
  running: Running,
  schedules: Schedules,
  chains: Chains,
  monitors: Monitors,
  connections: Connections,
  keys: Keys,
  files: Files,
  audit: Audit,
  notifications: Notifications,
  settings: Settings,
  'command-line': CommandLine,
};

export function AreaWords({ area, marked }: { area: Area; marked: string | null }) {
  const Page = PAGES[area];
  return (
    <Marked value={marked}>
      <Page />
    </Marked>
  );
}

export function NoteWords({ area, field }: { area: Area; field: string }) {
  const Page = PAGES[area];
  return (
    <OnlyNote value={field}>
      <Page />
    </OnlyNote>
  );
}
