/** Every page, and every part of the settings. */
import { useNavigate } from '@tanstack/react-router';
import { Bell, CalendarDays, CircleHelp, FileKey, Info, KeyRound, LockKeyhole, MoonStar, Network, Power, Send, ShieldCheck, Tag, type LucideIcon } from 'lucide-react';
import { useMemo } from 'react';
import { AREAS, TOPICS } from '@/features/help/contents';
import { t } from '@/i18n';
import { PLACES } from '../../Sidebar';
import type { Entry } from '../entry';

type Section = 'look' | 'start' | 'vault' | 'calendars' | 'policies' | 'nodes' | 'about';

const SECTIONS: readonly { section: Section; label: string; icon: LucideIcon; words: string }[] = [
  { section: 'look', label: t('Look'), icon: MoonStar, words: t('theme dark light') },
  { section: 'start', label: t('Start'), icon: Power, words: t('login autostart tray') },
  { section: 'vault', label: t('Vault'), icon: LockKeyhole, words: t('lock unlock passphrase recovery replace key') },
  { section: 'calendars', label: t('Calendars'), icon: CalendarDays, words: t('holidays weekends') },
  { section: 'policies', label: t('Limits and policies'), icon: ShieldCheck, words: t('settings retention security transfers rate limit archives') },
  { section: 'nodes', label: t('Nodes'), icon: Network, words: t('couriers agents computers') },
  { section: 'about', label: t('About'), icon: Info, words: t('version versions cryptography fips data folder') },
];

export function usePlaces(): readonly Entry[] {
  const navigate = useNavigate();
  return useMemo(() => {
    const page = (path: string, label: string, icon: LucideIcon, act: () => unknown, words?: string): Entry => ({
      id: `go:${path}`, group: 'Go to', kind: t('Page'), name: t('Go to {{label}}', { label }), icon, words, act: () => void act(),
    });
    return [
      ...PLACES.map(({ to, label, icon }) => page(to, label, icon, () => navigate({ to }), to === '/' ? t('home start') : undefined)),
      page('/keys?kind=pgp', t('PGP keys'), KeyRound, () => navigate({ to: '/keys', search: {} }), t('openpgp gpg certificates')),
      page('/keys?kind=ssh', t('SSH keys'), FileKey, () => navigate({ to: '/keys', search: { kind: 'ssh' } })),
      page('/settings/tags', t('Tags'), Tag, () => navigate({ to: '/settings/tags' })),
      page('/settings/notifications', t('Notifications'), Bell, () => navigate({ to: '/settings/notifications' }), t('rules')),
      page('/settings/notifications?tab=log', t('Notification log'), Bell, () => navigate({ to: '/settings/notifications', search: { tab: 'log' } }), t('told sent')),
      page('/settings/notifications?tab=outbox', t('Outbox'), Send, () => navigate({ to: '/settings/notifications', search: { tab: 'outbox' } }), t('deliveries dead replay')),
      ...SECTIONS.map(
        ({ section, label, icon, words }): Entry => ({
          ...page(`/settings#${section}`, t('Settings: {{label}}', { label }), icon, () => navigate({ to: '/settings', hash: section }), words),
          kind: t('Settings'),
        }),
      ),
      { ...page('/help', t('Help'), CircleHelp, () => navigate({ to: '/help' }), t('manual documentation guide')), hint: 'F1' },
      ...AREAS.map(
        (area): Entry => ({
          ...page(`/help/areas/${area}`, t('Help: {{title}}', { title: TOPICS[area].title }), TOPICS[area].icon, () => navigate({ to: '/help/areas/$area', params: { area } }), TOPICS[area].words),
          kind: t('Help'), name: t('Help: {{title}}', { title: TOPICS[area].title }), quiet: true,
        }),
      ),
    ];
  }, [navigate]);
}
