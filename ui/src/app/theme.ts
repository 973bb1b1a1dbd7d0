/** Light, dark, or as the system; kept in the window's storage. */
import { create } from 'zustand';

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'courier.theme';
const system = () => window.matchMedia?.('(prefers-color-scheme: dark)');

function stored(): Theme {
  const value = localStorage.getItem(KEY);
  return value === 'light' || value === 'dark' ? value : 'system';
}

export const useTheme = create<{ theme: Theme; dark: boolean; setTheme: (theme: Theme) => void }>((set) => ({
  theme: stored(),
  dark: isDark(stored()),
  setTheme: (theme) => {
    localStorage.setItem(KEY, theme);
    set({ theme, dark: isDark(theme) });
    paint();
  },
}));

function isDark(theme: Theme): boolean {
  return theme === 'dark' || (theme === 'system' && Boolean(system()?.matches));
}

function paint(): void {
  document.documentElement.dataset.theme = useTheme.getState().dark ? 'dark' : 'light';
}

/** Paints the theme and follows the system's. */
export function startTheme(): void {
  paint();
  system()?.addEventListener('change', () => {
    useTheme.setState((state) => ({ dark: isDark(state.theme) }));
    paint();
  });
}
