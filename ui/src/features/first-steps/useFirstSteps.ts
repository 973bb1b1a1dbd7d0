/** How far the first steps are, and whether this window still shows them by itself. */
import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useEffect } from 'react';
import { create } from 'zustand';
import { useTests } from '@/features/connections/tests';
import { firstStepsQuery, keys, type FirstSteps } from '@/ipc';

const HIDDEN = 'courier.first-steps.hidden';

interface Showing {
  /** Put off until the window is opened the next time. */
  later: boolean;
  /** Not by themselves any more, until they are asked for. */
  hidden: boolean;
  putOff: () => void;
  hide: () => void;
  show: () => void;
}

export const useShowing = create<Showing>((set) => ({
  later: false,
  hidden: localStorage.getItem(HIDDEN) === 'yes',
  putOff: () => set({ later: true }),
  hide: () => {
    localStorage.setItem(HIDDEN, 'yes');
    set({ hidden: true });
  },
  show: () => {
    localStorage.removeItem(HIDDEN);
    set({ later: false, hidden: false });
  },
}));

/** Once they are finished they are not asked for again by what is shown on every page. */
export function useFirstSteps(on: 'page' | 'frame'): UseQueryResult<FirstSteps> {
  const client = useQueryClient();
  const hidden = useShowing((state) => state.hidden);
  const wanted = (data: FirstSteps | undefined) => on === 'page' || (!hidden && data?.is_finished !== true);
  const steps = useQuery({ ...firstStepsQuery(), enabled: (query) => wanted(query.state.data), ...(on === 'page' ? { refetchOnMount: 'always' as const } : {}) });
  // That a connection passed its test is noted outside the store, so no event tells of it.
  const tested = useTests(({ runs }) => Object.values(runs).filter(({ report }) => report?.passed).length);
  useEffect(() => {
    if (tested > 0) void client.invalidateQueries({ queryKey: keys.firstSteps });
  }, [client, tested]);
  return steps;
}
