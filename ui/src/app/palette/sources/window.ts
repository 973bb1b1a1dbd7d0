/** How this window looks and what it shows: the theme, the navigation, the keys, the vault. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Keyboard, ListChecks, LockKeyhole, LockKeyholeOpen, MoonStar, PanelLeft, PanelLeftClose, Sun, SunMoon, type LucideIcon } from 'lucide-react';
import { useMemo } from 'react';
import { useShowing } from '@/features/first-steps/useFirstSteps';
import { useLockVault } from '@/features/settings/useVault';
import { t } from '@/i18n';
import { statusQuery } from '@/ipc';
import { useChrome, useCollapsed } from '../../chrome';
import { useTheme, type Theme } from '../../theme';
import type { Entry } from '../entry';

const THEMES: readonly { theme: Theme; name: string; icon: LucideIcon }[] = [
  { theme: 'light', name: t('Use the light theme'), icon: Sun },
  { theme: 'dark', name: t('Use the dark theme'), icon: MoonStar },
  { theme: 'system', name: t('Use the theme of the system'), icon: SunMoon },
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
      id: `window:${id}`, group: 'This window', kind: t('Window'), name, icon, act, ...more,
    });
    return [
      entry('keys', t('Show the keys'), Keyboard, () => setKeys(true), { hint: '?', words: t('shortcuts help') }),
      entry('navigation', collapsed ? t('Keep the navigation open') : t('Narrow the navigation'), collapsed ? PanelLeft : PanelLeftClose, toggleCollapsed, { hint: 'Ctrl B', words: t('sidebar wide collapse') }),
      entry('first-steps', t('Show the first steps'), ListChecks, () => {
        useShowing.getState().show();
        void navigate({ to: '/first-steps' });
      }, { words: t('welcome begin set up checklist tour help') }),
      ...THEMES.filter((one) => one.theme !== theme).map((one) => entry(`theme:${one.theme}`, one.name, one.icon, () => setTheme(one.theme), { words: t('look colours') })),
      ...(vault === 'unlocked' ? [entry('vault:lock', t('Lock the vault'), LockKeyhole, () => lock(), { kind: t('Vault') })] : []),
      ...(vault === 'locked' || vault === 'uninitialised'
        ? [entry('vault:open', vault === 'locked' ? t('Unlock the vault') : t('Set up the vault'), LockKeyholeOpen, () => setVault(true), { kind: t('Vault') })]
        : []),
    ];
  }, [vault, theme, collapsed, setTheme, lock, navigate]);
}
