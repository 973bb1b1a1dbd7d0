/** What the frame shows that a page decides: the breadcrumb, and whether the navigation makes room. */
import { useEffect } from 'react';
import { create } from 'zustand';
import { SMALL_WINDOW, useMedia } from '@/lib/useMedia';

export interface Crumb {
  label: string;
  /** A hash route; the last crumb has none. */
  to?: string;
}

interface Chrome {
  crumbs: Crumb[];
  narrowWanted: number;
  /** What the person chose; until then the navigation is narrow in a small window. */
  collapsed: boolean | null;
  paletteOpen: boolean;
  keysOpen: boolean;
  vaultOpen: boolean;
  /** The type of the step that is being edited: what help is asked of. */
  helpStep: string | null;
  importOpen: boolean;
  /** A new vault's recovery code, until the person says that it was noted. It is nowhere else in the window. */
  recoveryCode: string | null;
  toggleCollapsed: () => void;
  setPalette: (open: boolean) => void;
  /** The dialog that lists the keys. */
  setKeys: (open: boolean) => void;
  /** The dialog that unlocks the vault. */
  setVault: (open: boolean) => void;
  /** The dialog that takes over connections of other programs. */
  setImport: (open: boolean) => void;
  setRecoveryCode: (code: string | null) => void;
}

const COLLAPSED = 'courier.navigation.collapsed';

function chosen(): boolean | null {
  const kept = localStorage.getItem(COLLAPSED);
  return kept === null ? null : kept === 'yes';
}

export const useChrome = create<Chrome>((set, get) => ({
  crumbs: [],
  narrowWanted: 0,
  collapsed: chosen(),
  paletteOpen: false,
  keysOpen: false,
  vaultOpen: false,
  helpStep: null,
  importOpen: false,
  recoveryCode: null,
  toggleCollapsed: () => {
    const collapsed = !(get().collapsed ?? window.matchMedia(SMALL_WINDOW).matches);
    localStorage.setItem(COLLAPSED, collapsed ? 'yes' : 'no');
    set({ collapsed });
  },
  setPalette: (paletteOpen) => set({ paletteOpen }),
  setKeys: (keysOpen) => set({ keysOpen }),
  setVault: (vaultOpen) => set({ vaultOpen }),
  setImport: (importOpen) => set({ importOpen }),
  setRecoveryCode: (recoveryCode) => set({ recoveryCode }),
}));

/** Names the place in the top bar and in the window's title. */
export function useCrumbs(...crumbs: Crumb[]): void {
  const text = JSON.stringify(crumbs);
  useEffect(() => {
    useChrome.setState({ crumbs });
    document.title = `${crumbs.at(-1)?.label ?? 'Courier'} · Courier`;
    // oxlint-disable-next-line exhaustive-deps -- the text stands for the crumbs, which are new objects each time
  }, [text]);
}

/** Whether the navigation is to be narrow, as the person chose or as there is room. */
export function useCollapsed(): boolean {
  const small = useMedia(SMALL_WINDOW);
  return useChrome((state) => state.collapsed) ?? small;
}

/** Narrows the navigation while a page that needs the width is open. */
export function useNarrowNavigation(): void {
  useEffect(() => {
    useChrome.setState((state) => ({ narrowWanted: state.narrowWanted + 1 }));
    return () => useChrome.setState((state) => ({ narrowWanted: state.narrowWanted - 1 }));
  }, []);
}

/** Says which step type the help is about while this is shown. */
export function useHelpStep(typeKey: string): void {
  useEffect(() => {
    useChrome.setState({ helpStep: typeKey });
    return () => useChrome.setState({ helpStep: null });
  }, [typeKey]);
}
