/** What a list of notices is narrowed to, and the filter by rule. */
import { useQuery } from '@tanstack/react-query';
import { FilterChoice } from '@/components/FilterInput';
import { t } from '@/i18n';
import { rulesQuery, type DeliveryState } from '@/ipc';

/** A list that is narrowed in the address. */
export interface Filtered {
  /** Only of this rule. */
  rule: string | null;
  state: DeliveryState | null;
  onFilter: (filter: { rule?: string | null; state?: DeliveryState | null }) => void;
}

const ALL = 'all';

export function RuleFilter({ rule, onChange }: { rule: string | null; onChange: (rule: string | null) => void }) {
  const { data: rules } = useQuery(rulesQuery());
  const options = [{ value: ALL, label: t('all') }, ...(rules ?? []).map(({ rule: { id, name } }) => ({ value: id, label: name }))];
  return (
    <FilterChoice
      id="delivery-rule"
      label={t('Rule')}
      value={rule ?? ALL}
      onChange={(next) => onChange(next === ALL ? null : next)}
      options={rule === null || options.some(({ value }) => value === rule) ? options : [...options, { value: rule, label: rules ? t('a deleted rule') : '…' }]}
    />
  );
}
