/** Which calendar a schedule or a clock rests by, if any. */
import { useQuery } from '@tanstack/react-query';
import { Field } from '@/components/Field';
import { Select } from '@/components/Select';
import { t } from '@/i18n';
import { calendarsQuery } from '@/ipc';
import { daysWords } from './words';

const NONE = '-';

export function CalendarField({ id, value, error, help, onChange }: { id: string; value: string | null; error: string | undefined; help: string; onChange: (calendar: string | null) => void }) {
  const { data } = useQuery(calendarsQuery());
  return (
    <Field label={t('Except on the days of')} error={error} help={data?.length === 0 ? t('Calendars are made in the settings.') : help}>
      <Select
        id={id}
        value={value ?? NONE}
        onChange={(next) => onChange(next === NONE ? null : next)}
        options={[{ value: NONE, label: t('No calendar') }, ...(data ?? []).map(({ calendar }) => ({ value: calendar.id, label: calendar.name, note: daysWords(calendar) }))]}
      />
    </Field>
  );
}
