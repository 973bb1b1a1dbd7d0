/** How many notices nobody has seen yet: those for the desktop, and those that did not arrive. */
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import { Bell as Icon } from 'lucide-react';
import { useEffect } from 'react';
import { t } from '@/i18n';
import { newestDeliveriesQuery, rulesQuery, type DeliveryRow } from '@/ipc';
import { cn } from '@/lib/cn';
import { useSeenNotices } from './seen';

/** More are not counted. */
const MOST = 99;
const LIMIT = MOST + 1;

export function Bell() {
  const { until, see } = useSeenNotices();
  const isReading = useLocation({ select: ({ pathname, search }) => pathname === '/settings/notifications' && search.tab === 'log' });
  const { data: rules } = useQuery(rulesQuery());
  const desktop = rules?.filter(({ rule }) => rule.channel.type === 'desktop') ?? [];
  const shown = useQueries({ queries: desktop.map(({ rule }) => newestDeliveriesQuery({ rule_id: rule.id, state: 'delivered', limit: LIMIT })) }).flatMap(({ data }) => data?.items ?? []);
  const dead = useQuery(newestDeliveriesQuery({ state: 'dead', limit: LIMIT })).data?.items ?? [];
  const isNew = ({ delivery }: DeliveryRow) => Date.parse(delivery.updated_at) > until;
  const failed = dead.filter(isNew).length;
  const unread = failed + shown.filter(isNew).length;
  // What comes while the log is open is seen as it comes.
  useEffect(() => {
    if (isReading) see();
  }, [isReading, unread, see]);
  const words = unread === 0 ? t('Notifications') : failed === 0 ? t('Notifications: {{count}} new ones', { count: unread }) : t('Notifications: {{count}} new ones, {{failed}} of them not delivered', { count: unread, failed });
  return (
    <Link
      to="/settings/notifications"
      search={{ tab: 'log' }}
      id="bell"
      data-unread={unread}
      title={words}
      className="relative grid size-7 flex-none place-items-center rounded-md text-muted hover:bg-hover hover:text-ink"
    >
      <Icon className="size-4" aria-hidden />
      {unread > 0 && (
        <span
          className={cn('num absolute -top-0.5 -right-0.5 grid h-3.5 min-w-3.5 place-items-center rounded-full px-[3px] text-[10px] leading-none font-semibold ring-2 ring-bg', failed > 0 ? 'bg-fail text-bg' : 'bg-accent text-on-accent')}
          aria-hidden
        >
          {unread > MOST ? `${MOST}+` : unread}
        </span>
      )}
      <span className="sr-only">{words}</span>
    </Link>
  );
}
