/** What the frame shows that a page decides: the breadcrumb, and whether the navigation makes room. */
import { useEffect } from 'react';
import { create } from 'zustand';

export interface Crumb {
  label: string;
  /** A hash route; the last crumb has none. */
  to?: string;
}

interface Chrome {
  crumbs: Crumb[];
  narrowWanted: number;
  collapsed: boolean;
  paletteOpen: boolean;
  keysOpen: boolean;
  vaultOpen: boolean;
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

export const useChrome = create<Chrome>((set, get) => ({
  crumbs: [],
  narrowWanted: 0,
  collapsed: localStorage.getItem(COLLAPSED) === 'yes',
  paletteOpen: false,
  keysOpen: false,
  vaultOpen: false,
  importOpen: false,
  recoveryCode: null,
  toggleCollapsed: () => {
    const collapsed = !get().collapsed;
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

/** Narrows the navigation while a page that needs the width is open. */
export function useNarrowNavigation(): void {
  useEffect(() => {
    useChrome.setState((state) => ({ narrowWanted: state.narrowWanted + 1 }));
    return () => useChrome.setState((state) => ({ narrowWanted: state.narrowWanted - 1 }));
  }, []);
}
