/** What has not arrived: given up and to be sent again by a person, or still on its way. */
import { useQuery } from '@tanstack/react-query';
import { CircleCheck, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '@/components/Button';
import { ConfirmDialog } from '@/components/Dialog';
import { EmptyState } from '@/components/EmptyState';
import { Toolbar } from '@/components/Page';
import { toast } from '@/components/toast';
import { Segmented } from '@/components/Toggle';
import { t } from '@/i18n';
import { newestDeliveriesQuery, type DeliveriesPage, type DeliveryRow } from '@/ipc';
import { Deliveries, PAGE } from './Deliveries';
import { deadColumns, waitingColumns } from './deliveryColumns';
import { RuleFilter, type Filtered } from './RuleFilter';
import { useReplay } from './useRules';
import { EVENTS } from './words';

export function Outbox({ rule, state, onFilter }: Filtered) {
  const { data: dead } = useQuery(newestDeliveriesQuery({ state: 'dead', limit: PAGE }));
  const { data: waiting } = useQuery(newestDeliveriesQuery({ state: 'pending', limit: PAGE }));
  const [asking, setAsking] = useState(false);
  const kind = state === 'pending' ? 'pending' : 'dead';
  return (
    <>
      <Toolbar>
        <Segmented
          label={t('Which notices')}
          value={kind}
          onChange={(next) => onFilter({ state: next })}
          segments={[
            { value: 'dead', label: labelled(t('Given up'), dead), id: 'outbox-dead' },
            { value: 'pending', label: labelled(t('On the way'), waiting), id: 'outbox-pending' },
          ]}
        />
        <RuleFilter rule={rule} onChange={(next) => onFilter({ rule: next })} />
        {kind === 'dead' && (
          <Button id="replay-all" className="ml-auto" disabled={dead?.items.length === 0} title={dead?.items.length === 0 ? t('Nothing was given up') : t('Of every rule')} onClick={() => setAsking(true)}>
            <RotateCcw />
            {t('Send all again')}
          </Button>
        )}
      </Toolbar>
      <Deliveries
        key={`${rule} ${kind}`}
        label={kind === 'dead' ? t('Given up') : t('On the way')}
        filter={{ rule_id: rule, state: kind }}
        columns={kind === 'dead' ? deadColumns : waitingColumns}
        empty={
          rule === null ? (
            <EmptyState art={<CircleCheck className="size-8" strokeWidth={1.25} aria-hidden />} title={kind === 'dead' ? t('Nothing was given up') : t('Nothing is on the way')}>
              {kind === 'dead' ? t('A notice that does not arrive is tried again for about three hours. What then still has not arrived is kept here, and can be sent again.') : t('What was told is in the log.')}
            </EmptyState>
          ) : (
            <div className="flex flex-1 flex-col items-center justify-center gap-3 text-muted">
              {t('No notice fits the filter.')}
              <Button onClick={() => onFilter({ rule: null })}>{t('Show those of all rules')}</Button>
            </div>
          )
        }
        {...(kind === 'dead' && { actions: (row: DeliveryRow) => <Again row={row} /> })}
      />
      {asking && dead && <ReplayAll dead={dead} onClose={() => setAsking(false)} />}
    </>
  );
}

/** `Given up 3`; a page at most is counted. */
function labelled(words: string, page: DeliveriesPage | undefined) {
  return (
    <>
      {words}
      {page && page.items.length > 0 && <span className="num text-xs text-faint">{`${page.items.length}${page.next === null ? '' : '+'}`}</span>}
    </>
  );
}

function Again({ row: { delivery, event_type, subject_name } }: { row: DeliveryRow }) {
  const replay = useReplay();
  return (
    <IconButton
      label={subject_name === null ? t('Send again: {{words}}', { words: EVENTS[event_type].words }) : t('Send again: {{words}}, {{name}}', { words: EVENTS[event_type].words, name: subject_name })}
      size="sm"
      busy={replay.isPending}
      onClick={() => replay.mutate([delivery.event_id], { onError: (error) => toast.failed(error) })}
    >
      <RotateCcw />
    </IconButton>
  );
}

function ReplayAll({ dead, onClose }: { dead: DeliveriesPage; onClose: () => void }) {
  const replay = useReplay(onClose);
  const rules = new Set(dead.items.map(({ rule }) => rule));
  const what = dead.next === null ? t('{{count}} notices', { count: dead.items.length }) : t('more than {{count}} notices', { count: dead.items.length });
  return (
    <ConfirmDialog open onClose={onClose} onConfirm={() => replay.mutate(null)} title={t('Send {{what}} again?', { what })} action={t('Send all again')} keep={t('Not now')} danger={false} busy={replay.isPending} error={replay.error}>
      <p className="[overflow-wrap:anywhere]">{rules.size === 1 ? t('Everything that was given up, of the rule {{rule}}. Receivers are told of what happened then, not of what is now.', { rule: [...rules][0] }) : t('Everything that was given up, of {{count}} rules. Receivers are told of what happened then, not of what is now.', { count: rules.size })}</p>
    </ConfirmDialog>
  );
}
