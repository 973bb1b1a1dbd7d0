/** Who is told of what, what was told, and what has not arrived. */
import { useNavigate } from '@tanstack/react-router';
import { useCrumbs } from '@/app/chrome';
import { Tabs } from '@/components/Tabs';
import { t } from '@/i18n';
import type { DeliveryState } from '@/ipc';
import { Log } from './Log';
import { Outbox } from './Outbox';
import type { Filtered } from './RuleFilter';
import { Rules } from './Rules';

export type NotificationsTab = 'rules' | 'log' | 'outbox';

export interface NotificationsSearch {
  tab?: NotificationsTab;
  rule?: string;
  state?: DeliveryState;
}

export function NotificationsPage({ tab, rule, state }: { tab: NotificationsTab; rule: string | null; state: DeliveryState | null }) {
  useCrumbs({ label: t('Settings'), to: '/settings' }, { label: t('Notifications') });
  const navigate = useNavigate();
  const go = (to: { tab?: NotificationsTab; rule?: string | null; state?: DeliveryState | null }) => {
    const next = { tab, rule, state, ...to };
    const search: NotificationsSearch = { ...(next.tab === 'rules' ? {} : { tab: next.tab }), ...(next.rule ? { rule: next.rule } : {}), ...(next.state ? { state: next.state } : {}) };
    void navigate({ to: '/settings/notifications', search, replace: true });
  };
  const filters: Filtered = { rule, state, onFilter: go };
  return (
    <>
      <h1 className="sr-only">{t('Notifications')}</h1>
      <Tabs<NotificationsTab>
        value={tab}
        onChange={(next) => go({ tab: next, rule: null, state: null })}
        tabs={[
          { value: 'rules', label: t('Rules'), panel: <Rules /> },
          { value: 'log', label: t('Log'), panel: <Log {...filters} /> },
          { value: 'outbox', label: t('Outbox'), panel: <Outbox {...filters} /> },
        ]}
      />
    </>
  );
}
