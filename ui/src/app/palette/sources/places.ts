/** Every page, and every part of the settings. */
import { useNavigate } from '@tanstack/react-router';
import { Bell, CalendarDays, CircleHelp, FileKey, Info, KeyRound, LockKeyhole, MoonStar, Network, Power, Send, ShieldCheck, Tag, type LucideIcon } from 'lucide-react';
import { useMemo } from 'react';
import { AREAS, TOPICS } from '@/features/help/contents';
import { PLACES } from '../../Sidebar';
import type { Entry } from '../entry';

type Section = 'look' | 'start' | 'vault' | 'calendars' | 'policies' | 'nodes' | 'about';

const SECTIONS: readonly { section: Section; label: string; icon: LucideIcon; words: string }[] = [
  { section: 'look', label: 'Look', icon: MoonStar, words: 'theme dark light' },
  { section: 'start', label: 'Start', icon: Power, words: 'login autostart tray' },
  { section: 'vault', label: 'Vault', icon: LockKeyhole, words: 'lock unlock passphrase recovery replace key' },
  { section: 'calendars', label: 'Calendars', icon: CalendarDays, words: 'holidays weekends' },
  { section: 'policies', label: 'Limits and policies', icon: ShieldCheck, words: 'settings retention security transfers rate limit archives' },
  { section: 'nodes', label: 'Nodes', icon: Network, words: 'couriers agents computers' },
  { section: 'about', label: 'About', icon: Info, words: 'version versions cryptography fips data folder' },
];

export function usePlaces(): readonly Entry[] {
  const navigate = useNavigate();
  return useMemo(() => {
    const page = (path: string, label: string, icon: LucideIcon, act: () => unknown, words?: string): Entry => ({
      id: `go:${path}`, group: 'Go to', kind: 'Page', name: `Go to ${label}`, icon, words, act: () => void act(),
    });
    return [
      ...PLACES.map(({ to, label, icon }) => page(to, label, icon, () => navigate({ to }), to === '/' ? 'home start' : undefined)),
      page('/keys?kind=pgp', 'PGP keys', KeyRound, () => navigate({ to: '/keys', search: {} }), 'openpgp gpg certificates'),
      page('/keys?kind=ssh', 'SSH keys', FileKey, () => navigate({ to: '/keys', search: { kind: 'ssh' } })),
      page('/settings/tags', 'Tags', Tag, () => navigate({ to: '/settings/tags' })),
      page('/settings/notifications', 'Notifications', Bell, () => navigate({ to: '/settings/notifications' }), 'rules'),
      page('/settings/notifications?tab=log', 'Notification log', Bell, () => navigate({ to: '/settings/notifications', search: { tab: 'log' } }), 'told sent'),
      page('/settings/notifications?tab=outbox', 'Outbox', Send, () => navigate({ to: '/settings/notifications', search: { tab: 'outbox' } }), 'deliveries dead replay'),
      ...SECTIONS.map(
        ({ section, label, icon, words }): Entry => ({
          ...page(`/settings#${section}`, `Settings: ${label}`, icon, () => navigate({ to: '/settings', hash: section }), words),
          kind: 'Settings',
        }),
      ),
      { ...page('/help', 'Help', CircleHelp, () => navigate({ to: '/help' }), 'manual documentation guide'), hint: 'F1' },
      ...AREAS.map(
        (area): Entry => ({
          ...page(`/help/areas/${area}`, `Help: ${TOPICS[area].title}`, TOPICS[area].icon, () => navigate({ to: '/help/areas/$area', params: { area } }), TOPICS[area].words),
          kind: 'Help', name: `Help: ${TOPICS[area].title}`, quiet: true,
        }),
      ),
    ];
  }, [navigate]);
}
