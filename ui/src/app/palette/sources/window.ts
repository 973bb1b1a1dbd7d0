/** How this window looks and what it shows: the theme, the navigation, the keys, the vault. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Keyboard, ListChecks, LockKeyhole, LockKeyholeOpen, MoonStar, PanelLeft, PanelLeftClose, Sun, SunMoon, type LucideIcon } from 'lucide-react';
import { useMemo } from 'react';
import { useShowing } from '@/features/first-steps/useFirstSteps';
import { useLockVault } from '@/features/settings/useVault';
import { statusQuery } from '@/ipc';
import { useChrome, useCollapsed } from '../../chrome';
import { useTheme, type Theme } from '../../theme';
import type { Entry } from '../entry';

const THEMES: readonly { theme: Theme; name: string; icon: LucideIcon }[] = [
  { theme: 'light', name: 'Use the light theme', icon: Sun },
  { theme: 'dark', name: 'Use the dark theme', icon: MoonStar },
  { theme: 'system', name: 'Use the theme of the system', icon: SunMoon },
];
const nothing = () => undefined;

export function useWindowEntries(): readonly Entry[] {
  const navigate = useNavigate();
  const { data: status } = useQuery(statusQuery());
  const { theme, setTheme } = useTheme();
  const collapsed = useCollapsed();
  const { mutate: lock } = useLockVault(nothing);
  const vault = status?.vault.state;
  return useMemo(() => {
    const { setKeys, setVault, toggleCollapsed } = useChrome.getState();
    const entry = (id: string, name: string, icon: LucideIcon, act: () => void, more: Partial<Entry> = {}): Entry => ({
      id: `window:${id}`, group: 'This window', kind: 'Window', name, icon, act, ...more,
    });
    return [
      entry('keys', 'Show the keys', Keyboard, () => setKeys(true), { hint: '?', words: 'shortcuts help' }),
      entry('navigation', collapsed ? 'Keep the navigation open' : 'Narrow the navigation', collapsed ? PanelLeft : PanelLeftClose, toggleCollapsed, { hint: 'Ctrl B', words: 'sidebar wide collapse' }),
      entry('first-steps', 'Show the first steps', ListChecks, () => {
        useShowing.getState().show();
        void navigate({ to: '/first-steps' });
      }, { words: 'welcome begin set up checklist tour help' }),
      ...THEMES.filter((one) => one.theme !== theme).map((one) => entry(`theme:${one.theme}`, one.name, one.icon, () => setTheme(one.theme), { words: 'look colours' })),
      ...(vault === 'unlocked' ? [entry('vault:lock', 'Lock the vault', LockKeyhole, () => lock(), { kind: 'Vault' })] : []),
      ...(vault === 'locked' || vault === 'uninitialised'
        ? [entry('vault:open', vault === 'locked' ? 'Unlock the vault' : 'Set up the vault', LockKeyholeOpen, () => setVault(true), { kind: 'Vault' })]
        : []),
    ];
  }, [vault, theme, collapsed, setTheme, lock, navigate]);
}
