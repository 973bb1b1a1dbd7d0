/** The columns of what was told, is to be told, or was not. */
import { Link } from '@tanstack/react-router';
import type { FittingColumn } from '@/components/fitting';
import { StateLabel } from '@/components/State';
import { When } from '@/components/Text';
import { t } from '@/i18n';
import type { DeliveryRow } from '@/ipc';
import { RuleChannel } from './Channel';
import { Thing } from './subject';
import { EVENTS, lookOf } from './words';

const when: FittingColumn<DeliveryRow> = {
  id: 'when', header: t('When'), width: '92px', least: 92, rank: 0, className: 'text-sm text-muted', cell: ({ delivery }) => <When at={delivery.created_at} />,
};
const event: FittingColumn<DeliveryRow> = {
  id: 'event', header: t('Event'), width: 'minmax(104px, 1fr)', least: 104, rank: 0, cell: ({ event_type }) => <span className="font-medium" title={EVENTS[event_type].words}>{EVENTS[event_type].words}</span>,
};
const about: FittingColumn<DeliveryRow> = {
  id: 'about', header: t('About'), width: 'minmax(120px, 1.1fr)', least: 120, rank: 0, cell: ({ subject_type, subject_id, subject_name }) => <Thing kind={subject_type} id={subject_id} name={subject_name} />,
};
const rule: FittingColumn<DeliveryRow> = {
  id: 'rule', header: t('Rule'), width: 'minmax(110px, 0.8fr)', least: 110, rank: 3, className: 'text-sm',
  cell: ({ delivery, rule: name }) => (
    <Link to="/settings/notifications/$ruleId" params={{ ruleId: delivery.rule_id }} className="text-accent-ink hover:underline" title={name}>
      {name}
    </Link>
  ),
};
const by: FittingColumn<DeliveryRow> = { id: 'by', header: t('By'), width: 'minmax(120px, 1fr)', least: 120, rank: 4, className: 'text-sm text-muted', cell: ({ delivery }) => <RuleChannel ruleId={delivery.rule_id} /> };
const state: FittingColumn<DeliveryRow> = { id: 'state', header: t('State'), width: '112px', least: 112, rank: 0, cell: ({ delivery }) => <StateLabel look={lookOf(delivery)} /> };
const tries: FittingColumn<DeliveryRow> = { id: 'tries', header: t('Tries'), width: '52px', least: 52, rank: 5, align: 'right', className: 'text-sm text-muted', cell: ({ delivery }) => (delivery.attempts === 0 ? '–' : delivery.attempts) };
const next: FittingColumn<DeliveryRow> = { id: 'next', header: t('Next try'), width: '92px', least: 92, rank: 1, align: 'right', className: 'text-sm text-muted', cell: ({ delivery }) => <When at={delivery.next_attempt_at} /> };
const error: FittingColumn<DeliveryRow> = { id: 'error', header: t('Error'), width: 'minmax(140px, 1.4fr)', least: 140, rank: 2, className: 'text-sm text-muted', cell: ({ delivery }) => <span title={delivery.last_error ?? undefined}>{delivery.last_error}</span> };

export const logColumns = [when, event, about, rule, by, state, tries, error] as const;
export const waitingColumns = [when, event, about, rule, by, state, tries, next, error] as const;
export const deadColumns = [when, event, about, rule, by, tries, error] as const;
