/** The columns of the list of rules. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { FittingColumn } from '@/components/fitting';
import { When } from '@/components/Text';
import { Switch } from '@/components/Toggle';
import { t } from '@/i18n';
import { newestDeliveriesQuery, type NotificationRule, type NotificationRuleRow } from '@/ipc';
import { aboutWords, useCandidates } from './about';
import { Channel } from './Channel';
import { useEnableRule } from './useRules';
import { eventsWords } from './words';

export const ruleColumns: readonly FittingColumn<NotificationRuleRow>[] = [
  { id: 'on', header: <span className="sr-only">{t('Enabled')}</span>, width: '36px', least: 36, rank: 0, cell: ({ rule }) => <Enabled rule={rule} /> },
  { id: 'name', header: t('Name'), width: 'minmax(130px, 1fr)', least: 130, rank: 0, cell: ({ rule }) => <span className="font-medium" title={rule.name}>{rule.name}</span> },
  { id: 'events', header: t('Told of'), width: 'minmax(160px, 1.4fr)', least: 160, rank: 0, cell: ({ rule }) => <span title={eventsWords(rule.event_types, rule.event_types.length)}>{eventsWords(rule.event_types)}</span> },
  { id: 'about', header: t('About'), width: 'minmax(120px, 1fr)', least: 120, rank: 3, className: 'text-sm text-muted', cell: ({ rule }) => <AboutCell rule={rule} /> },
  { id: 'by', header: t('By'), width: 'minmax(160px, 1.3fr)', least: 160, rank: 1, className: 'text-sm', cell: ({ rule }) => <Channel channel={rule.channel} /> },
  { id: 'last', header: t('Last sent'), width: '100px', least: 100, rank: 0, align: 'right', className: 'text-sm text-muted', cell: ({ rule }) => <LastSent id={rule.id} /> },
  { id: 'dead', header: t('Given up'), width: '76px', least: 76, rank: 2, align: 'right', className: 'text-sm', cell: ({ rule }) => <GivenUp id={rule.id} /> },
];

function Enabled({ rule }: { rule: NotificationRule }) {
  const enable = useEnableRule();
  return (
    <label className="flex h-full items-center">
      <Switch aria-label={t('Enabled: {{name}}', { name: rule.name })} checked={rule.is_enabled} disabled={enable.isPending} onCheckedChange={(enabled) => enable.mutate({ rule, enabled })} />
    </label>
  );
}

function AboutCell({ rule }: { rule: NotificationRule }) {
  const candidates = useCandidates();
  const words = aboutWords(rule, candidates);
  return <span title={words}>{words}</span>;
}

function LastSent({ id }: { id: string }) {
  const { data } = useQuery(newestDeliveriesQuery({ rule_id: id, state: 'delivered', limit: 1 }));
  return <When at={data?.items[0]?.delivery.delivered_at} />;
}

/** Of these more are not counted. */
const MOST = 100;

function GivenUp({ id }: { id: string }) {
  const { data } = useQuery(newestDeliveriesQuery({ rule_id: id, state: 'dead', limit: MOST }));
  const dead = data?.items.length ?? 0;
  if (dead === 0) return <span className="text-faint">–</span>;
  return (
    <Link to="/settings/notifications" search={{ tab: 'outbox', rule: id }} className="text-fail hover:underline" title={t('Show them')}>
      {`${dead}${data?.next ? '+' : ''}`}
    </Link>
  );
}
