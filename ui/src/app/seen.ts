/** Until when a person has seen what was told, kept on this computer. */
import { create } from 'zustand';

interface SeenNotices {
  /** Milliseconds since 1970. */
  until: number;
  /** Everything up to now was seen. */
  see: () => void;
}

const KEY = 'courier.notices.seen';

export const useSeenNotices = create<SeenNotices>((set) => ({
  until: Number(localStorage.getItem(KEY) ?? 0),
  see: () => {
    const until = Date.now();
    localStorage.setItem(KEY, String(until));
    set({ until });
  },
}));
