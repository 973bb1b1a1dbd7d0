/** The expected-file clock in a monitor's form: how many files by when, on which days. */
import { Combobox } from '@/components/Combobox';
import { Field } from '@/components/Field';
import { Input, NumberInput } from '@/components/Input';
import { Checkbox, Segmented, Switch } from '@/components/Toggle';
import { CalendarField } from '@/features/calendars/CalendarField';
import { WEEK, WEEKDAYS } from '@/features/calendars/words';
import { EVENTS } from '@/features/notifications/words';
import { Section } from '@/features/connections/form/Section';
import { t } from '@/i18n';
import type { ExpectedFiles, Problem } from '@/ipc';
import { LOCAL_ZONE, ZONES, zoneName } from '@/lib/zones';
import { saidOf } from './draft';

const WORKDAYS = WEEK.slice(0, 5);

/** What is asked for first. */
const FIRST: ExpectedFiles = { file_pattern: null, min_count: 1, by: '09:00', since: null, weekdays: WORKDAYS, time_zone: LOCAL_ZONE, calendar_id: null };

export function ExpectedSection({ expected, problems, onChange }: { expected: ExpectedFiles | null; problems: readonly Problem[]; onChange: (expected: ExpectedFiles | null) => void }) {
  const said = (field: string) => saidOf(problems, `expected_files.${field}`);
  const label = t('Tell people when files do not come in time');
  const whole = problems.find(({ path }) => path === 'expected_files')?.message;
  const edit = (change: Partial<ExpectedFiles>) => expected && onChange({ ...expected, ...change });
  const chosen = expected?.weekdays ?? [];
  const days = chosen.length === 0 ? WEEK : chosen;
  return (
    <Section title={t('Expected files')}>
      <span className="flex items-center gap-2">
        <Switch id="monitor-expects" aria-label={label} checked={expected !== null} onCheckedChange={(on) => onChange(on ? FIRST : null)} />
        {label}
      </span>
      {whole && (
        <p role="alert" className="text-sm text-fail">
          {whole}
        </p>
      )}
      {expected && (
        <>
          <div className="grid grid-cols-[120px_120px_minmax(0,1fr)] gap-3">
            <Field label={t('At least')} error={said('min_count')}>
              <NumberInput id="expected-count" unit={t('files', { count: expected.min_count })} value={expected.min_count ?? 1} onChange={(n) => edit({ min_count: n ?? 0 })} />
            </Field>
            <Field label={t('By')} error={said('by')}>
              <Input id="expected-by" type="time" value={expected.by} onChange={(event) => event.target.value !== '' && edit({ by: event.target.value.slice(0, 5) })} />
            </Field>
            <Field label={t('Time zone')} error={said('time_zone')}>
              <Combobox id="expected-zone" value={expected.time_zone ?? LOCAL_ZONE} options={ZONES} labelOf={zoneName} onChange={(time_zone) => edit({ time_zone })} none={t('No time zone is called that.')} />
            </Field>
          </div>
          <div className="grid grid-cols-2 gap-3">
            <Field label={t('Names like')} error={said('file_pattern')} help={t('Empty means every file that counts above.')}>
              <Input id="expected-pattern" mono placeholder="sales*.csv" value={expected.file_pattern ?? ''} onChange={(event) => edit({ file_pattern: event.target.value === '' ? null : event.target.value })} />
            </Field>
            <CalendarField id="expected-calendar" value={expected.calendar_id ?? null} error={said('calendar_id')} help={t('Those days have no deadline.')} onChange={(calendar_id) => edit({ calendar_id })} />
          </div>
          <div role="group" aria-label={t('Days that have a deadline')} className="flex flex-wrap items-center gap-x-4 gap-y-1">
            <span className="text-sm font-medium text-muted">{t('On')}</span>
            {WEEK.map((day) => (
              <label key={day} className="flex items-center gap-1.5 text-sm">
                <Checkbox
                  checked={days.includes(day)}
                  disabled={days.length === 1 && days.includes(day)}
                  onCheckedChange={(on) => {
                    const next = WEEK.filter((one) => (one === day ? on : days.includes(one)));
                    edit({ weekdays: next.length === WEEK.length ? [] : next });
                  }}
                />
                {WEEKDAYS[day].short}
              </label>
            ))}
          </div>
          <div className="flex flex-wrap items-end gap-3">
            <Segmented
              label={t('Files count from')}
              value={expected.since == null ? 'deadline' : 'time'}
              onChange={(from) => edit({ since: from === 'deadline' ? null : '00:00' })}
              segments={[
                { value: 'deadline', label: t('Count from the deadline before') },
                { value: 'time', label: t('Count from a time of day'), id: 'expected-from-time' },
              ]}
            />
            {expected.since != null && (
              <Field label={t('From')} error={said('since')} className="w-28">
                <Input id="expected-since" type="time" value={expected.since} onChange={(event) => event.target.value !== '' && edit({ since: event.target.value.slice(0, 5) })} />
              </Field>
            )}
          </div>
          <p className="text-sm text-faint">
            {t('A file counts once it has started something. Who is told is up to a notification rule for “{{words}}”.', { words: EVENTS.ExpectedFileMissing.words })}
          </p>
        </>
      )}
    </Section>
  );
}
