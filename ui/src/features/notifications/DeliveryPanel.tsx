/** One notice: how it stands, what it is about, and the event behind it with its data. */
import { useQuery } from '@tanstack/react-query';
import { Copy, RotateCcw, X } from 'lucide-react';
import { Button, IconButton } from '@/components/Button';
import { copy } from '@/components/clipboard';
import { Inspector, InspectorSection } from '@/components/Inspector';
import { Notice } from '@/components/Notice';
import { KeyValues } from '@/components/Page';
import { Skeleton } from '@/components/Skeleton';
import { StateLabel } from '@/components/State';
import { When } from '@/components/Text';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { eventQuery, sentence, type AuditableEntityType, type DeliveryRow } from '@/ipc';
import { RuleChannel } from './Channel';
import { Thing } from './subject';
import { useReplay } from './useRules';
import { EVENTS, lookOf, THINGS } from './words';

export function DeliveryPanel({ row: { delivery, rule, event_type, subject_type, subject_id, subject_name }, onClose }: { row: DeliveryRow; onClose: () => void }) {
  const replay = useReplay();
  const dead = delivery.state === 'dead';
  return (
    <Inspector
      title={EVENTS[event_type].words}
      className="w-[clamp(320px,34%,440px)]"
      actions={
        <IconButton label={t('Close the details')} shortcut="Esc" size="sm" onClick={onClose}>
          <X />
        </IconButton>
      }
    >
      <div data-delivery={delivery.id}>
        <InspectorSection>
          {delivery.last_error !== null && (
            <Notice tone={dead ? 'fail' : 'warn'} title={dead ? t('It did not arrive') : t('It has not arrived yet')}>
              <span className="selectable [overflow-wrap:anywhere]">{sentence(delivery.last_error)}</span>
            </Notice>
          )}
          {delivery.state === 'suppressed' && <Notice title={t('Counted, not sent')}>{t('The same trouble was told shortly before. If it goes on, the next notice says how often it came.')}</Notice>}
          <KeyValues
            rows={[
              [t('State'), <StateLabel key="state" look={lookOf(delivery)} />],
              [t('About'), <Thing key="about" kind={subject_type} id={subject_id} name={subject_name} />],
              [t('Rule'), <Thing key="rule" kind="notification_rule" id={delivery.rule_id} name={rule} />],
              [t('By'), <RuleChannel key="by" ruleId={delivery.rule_id} />],
              [t('Taken up'), <When key="up" at={delivery.created_at} />],
              ...(delivery.attempts > 0 ? [[t('Tried'), t('{{count}} times', { count: delivery.attempts })] as const] : []),
              ...(delivery.next_attempt_at ? [[t('Next try'), <When key="next" at={delivery.next_attempt_at} />] as const] : []),
              ...(delivery.delivered_at ? [[t('Sent'), <When key="sent" at={delivery.delivered_at} />] as const] : []),
              [t('Delivery'), <span key="id" className="mono [overflow-wrap:anywhere]">{delivery.id}</span>],
            ]}
          />
          {dead && (
            <Button id="replay-one" className="self-start" busy={replay.isPending} onClick={() => replay.mutate([delivery.event_id], { onError: (error) => toast.failed(error) })}>
              <RotateCcw />
              {t('Send again')}
            </Button>
          )}
        </InspectorSection>
        <Payload eventId={delivery.event_id} />
      </div>
    </Inspector>
  );
}

function Payload({ eventId }: { eventId: string }) {
  const event = useQuery(eventQuery(eventId));
  if (event.isPending) {
    return (
      <InspectorSection title={t('Event')}>
        <span className="sr-only" role="status">{t('Loading the event')}</span>
        <Skeleton className="w-40" />
        <Skeleton className="w-56" />
      </InspectorSection>
    );
  }
  if (event.isError) {
    return (
      <InspectorSection title={t('Event')}>
        <p className="text-sm text-muted">
          {t('It could not be loaded.')}{' '}
          <Button variant="link" size="sm" onClick={() => void event.refetch()}>
            {t('Try again')}
          </Button>
        </p>
      </InspectorSection>
    );
  }
  if (event.data === null) {
    return (
      <InspectorSection title={t('Event')}>
        <p className="text-sm text-muted">{t('It is no longer kept.')}</p>
      </InspectorSection>
    );
  }
  const { occurred_at, entity_type, entity_id, payload } = event.data;
  const text = JSON.stringify(payload, null, 2);
  return (
    <InspectorSection
      title={t('Event')}
      aside={
        <IconButton label={t('Copy the event’s data')} size="sm" onClick={() => copy(text, t('Data of the event'))}>
          <Copy />
        </IconButton>
      }
    >
      <KeyValues
        rows={[
          [t('Happened'), <When key="at" at={occurred_at} />],
          [t('Raised by'), isKind(entity_type) ? <Thing key="by" kind={entity_type} id={entity_id} name={null} /> : entity_type],
        ]}
      />
      <pre tabIndex={0} aria-label={t('Data of the event')} className="mono selectable max-h-80 overflow-auto rounded-md border border-line bg-sunken px-2.5 py-2 text-sm [overflow-wrap:anywhere] whitespace-pre-wrap">
        {text}
      </pre>
    </InspectorSection>
  );
}

const isKind = (kind: string): kind is AuditableEntityType => Object.hasOwn(THINGS, kind);
