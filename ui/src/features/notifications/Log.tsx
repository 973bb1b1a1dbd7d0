/** What was told, is to be told, or was not, newest first. */
import { ScrollText } from 'lucide-react';
import { Button } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { FilterChoice } from '@/components/FilterInput';
import { Toolbar } from '@/components/Page';
import { inside, t } from '@/i18n';
import type { DeliveryState } from '@/ipc';
import { Deliveries } from './Deliveries';
import { logColumns } from './deliveryColumns';
import { RuleFilter, type Filtered } from './RuleFilter';
import { DELIVERY_STATES } from './words';

const STATES: readonly { value: DeliveryState | 'any'; label: string }[] = [
  { value: 'any', label: t('any') },
  ...(Object.keys(DELIVERY_STATES) as DeliveryState[]).map((value) => ({ value, label: inside(DELIVERY_STATES[value].word) })),
];

export function Log({ rule, state, onFilter }: Filtered) {
  const filtered = rule !== null || state !== null;
  return (
    <>
      <Toolbar>
        <RuleFilter rule={rule} onChange={(next) => onFilter({ rule: next })} />
        <FilterChoice id="delivery-state" label={t('State')} value={state ?? 'any'} onChange={(next) => onFilter({ state: next === 'any' ? null : next })} options={STATES} />
      </Toolbar>
      <Deliveries
        key={`${rule} ${state}`}
        label={t('Log of notices')}
        filter={{ rule_id: rule, state }}
        columns={logColumns}
        empty={
          filtered ? (
            <div className="flex flex-1 flex-col items-center justify-center gap-3 text-muted">
              {t('No notice fits the filter.')}
              <Button onClick={() => onFilter({ rule: null, state: null })}>{t('Show all notices')}</Button>
            </div>
          ) : (
            <EmptyState art={<ScrollText className="size-8" strokeWidth={1.25} aria-hidden />} title={t('Nothing was told yet')}>
              {t('Every notice is listed here with what became of it: sent, counted because the same was told shortly before, or given up with the reason.')}
            </EmptyState>
          )
        }
      />
    </>
  );
}
