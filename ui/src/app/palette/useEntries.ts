/** What the palette shows for what is typed. */
import { useEffect, useMemo, useState } from 'react';
import { whenIdle } from '@/lib/whenIdle';
import type { Entry } from './entry';
import { indexed, offered, search, type Shown } from './ranking';
import { recentChoices } from './recent';
import { useCreations } from './sources/create';
import { useFound, useRemembered } from './sources/found';
import { usePlaces } from './sources/places';
import { useStarts } from './sources/starts';
import { useSwitches } from './sources/switches';
import { useThings } from './sources/things';
import { useWindowEntries } from './sources/window';

/** Everything that is held in the page. A palette that is closed asks for nothing, and takes what others have asked for. */
export function useAllEntries(open: boolean): readonly Entry[] {
  const [creations, places, starts, things, switches, inWindow] = [useCreations(), usePlaces(), useStarts(open), useThings(open), useSwitches(open), useWindowEntries()];
  const all = useMemo(() => [...creations, ...places, ...starts, ...things, ...switches, ...inWindow], [creations, places, starts, things, switches, inWindow]);
  useEffect(() => whenIdle(() => indexed(all)), [all]);
  return all;
}

export function useEntries(all: readonly Entry[], text: string): { shown: readonly Shown[]; looking: boolean } {
  const [recent] = useState(recentChoices);
  const remembered = useRemembered();
  const { found, looking } = useFound(text);
  const nothing = text.trim() === '';
  const shown = useMemo(() => {
    if (!nothing) return search(indexed(all), found, text, recent.map(({ id }) => id));
    const known = new Map(all.map((entry) => [entry.id, entry]));
    return offered(all, recent.flatMap(({ id, name }): Entry[] => [known.get(id) ?? remembered(id, name)].filter((entry) => entry !== null)));
  }, [nothing, found, text, all, recent, remembered]);
  return { shown, looking };
}
