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
import { newestDeliveriesQuery, type DeliveriesPage, type DeliveryRow } from '@/ipc';
import { count } from '@/lib/format';
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
          label="Which notices"
          value={kind}
          onChange={(next) => onFilter({ state: next })}
          segments={[
            { value: 'dead', label: labelled('Given up', dead), id: 'outbox-dead' },
            { value: 'pending', label: labelled('On the way', waiting), id: 'outbox-pending' },
          ]}
        />
        <RuleFilter rule={rule} onChange={(next) => onFilter({ rule: next })} />
        {kind === 'dead' && (
          <Button id="replay-all" className="ml-auto" disabled={dead?.items.length === 0} title={dead?.items.length === 0 ? 'Nothing was given up' : 'Of every rule'} onClick={() => setAsking(true)}>
            <RotateCcw />
            Send all again
          </Button>
        )}
      </Toolbar>
      <Deliveries
        key={`${rule} ${kind}`}
        label={kind === 'dead' ? 'Given up' : 'On the way'}
        filter={{ rule_id: rule, state: kind }}
        columns={kind === 'dead' ? deadColumns : waitingColumns}
        empty={
          rule === null ? (
            <EmptyState art={<CircleCheck className="size-8" strokeWidth={1.25} aria-hidden />} title={kind === 'dead' ? 'Nothing was given up' : 'Nothing is on the way'}>
              {kind === 'dead' ? 'A notice that does not arrive is tried again for about three hours. What then still has not arrived is kept here, and can be sent again.' : 'What was told is in the log.'}
            </EmptyState>
          ) : (
            <div className="flex flex-1 flex-col items-center justify-center gap-3 text-muted">
              No notice fits the filter.
              <Button onClick={() => onFilter({ rule: null })}>Show those of all rules</Button>
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
      label={`Send again: ${EVENTS[event_type].words}${subject_name === null ? '' : `, ${subject_name}`}`}
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
  const what = dead.next === null ? count(dead.items.length, 'notice') : `more than ${count(dead.items.length, 'notice')}`;
  return (
    <ConfirmDialog open onClose={onClose} onConfirm={() => replay.mutate(null)} title={`Send ${what} again?`} action="Send all again" keep="Not now" danger={false} busy={replay.isPending} error={replay.error}>
      <p className="[overflow-wrap:anywhere]">{`Everything that was given up, of ${rules.size === 1 ? `the rule ${[...rules][0]}` : `${rules.size} rules`}. Receivers are told of what happened then, not of what is now.`}</p>
    </ConfirmDialog>
  );
}
