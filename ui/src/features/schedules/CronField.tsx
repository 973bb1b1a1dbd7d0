/** When something starts again and again: a plain kind or an expression, said in words with its next times. */
import { useQuery } from '@tanstack/react-query';
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { Select } from '@/components/Select';
import { Checkbox } from '@/components/Toggle';
import { WEEKDAYS } from '@/features/calendars/words';
import { t } from '@/i18n';
import { asAppError, schedulePreviewQuery } from '@/ipc';
import { useSettled } from '@/lib/useSettled';
import { cronWords } from './cron-words';
import { FireTimes } from './FireTimes';
import { EVERY_MINUTES, WEEK, type Preset } from './preset';

export interface Cron {
  /** The expression that the host was asked about. */
  settled: string;
  zone: string;
  calendar: string | null;
  /** What the host finds wrong with it. */
  wrong: string | null;
}

/** What the host says of an expression, once it has settled. */
export function useCron(expression: string, zone: string, calendar: string | null, enabled = true): Cron {
  const settled = useSettled(expression.trim());
  const { error } = useQuery({ ...schedulePreviewQuery(settled, zone, calendar), enabled: enabled && settled !== '' });
  const said = error ? (asAppError(error).problems.find((problem) => problem.path === 'cron_expression')?.message ?? null) : null;
  return { settled, zone, calendar, wrong: settled === '' ? t('Enter an expression.') : said };
}

export interface CronFieldProps {
  cron: Cron;
  preset: Preset;
  expression: string;
  /** What a refused save said. */
  error?: string | undefined;
  onPreset: (change: Partial<Preset>) => void;
  onExpression: (expression: string) => void;
  onEnter?: () => void;
}

export function CronField({ cron, preset, expression, error, onPreset, onExpression, onEnter }: CronFieldProps) {
  return (
    <>
      <Timing preset={preset} onChange={onPreset} />
      <Field label={t('Expression')} error={error ?? cron.wrong} help={t('Quartz: second, minute, hour, day of month, month, weekday; a year if you like.')}>
        <Input id="schedule-expression" mono value={expression} onChange={(event) => onExpression(event.target.value)} onKeyDown={(event) => event.key === 'Enter' && onEnter?.()} />
      </Field>
      {cron.wrong === null && (
        <div aria-live="polite" className="flex flex-col gap-1 rounded-md border border-line bg-sunken px-3 py-2">
          <p className="font-medium" id="schedule-words">
            {cronWords(expression) ?? expression}
          </p>
          <FireTimes expression={cron.settled} zone={cron.zone} calendar={cron.calendar} />
        </div>
      )}
    </>
  );
}

/** What a plain kind asks for. */
function Timing({ preset, onChange }: { preset: Preset; onChange: (change: Partial<Preset>) => void }) {
  const { kind, every, time, weekdays, day } = preset;
  const at = (
    <Field label={t('At')}>
      <Input id="schedule-time" type="time" value={time} onChange={(event) => event.target.value !== '' && onChange({ time: event.target.value })} />
    </Field>
  );
  switch (kind) {
    case 'minutes':
      return (
        <Field label={t('Every')}>
          <Select id="schedule-every" value={String(every)} onChange={(n) => onChange({ every: Number(n) })} options={EVERY_MINUTES.map((n) => ({ value: String(n), label: t('{{count}} minutes', { count: n }) }))} />
        </Field>
      );
    case 'hourly':
      return (
        <Field label={t('Minutes past the hour')}>
          <Select
            id="schedule-minute"
            value={time.slice(3)}
            onChange={(minute) => onChange({ time: `00:${minute}` })}
            options={Array.from({ length: 60 }, (_, minute) => ({ value: String(minute).padStart(2, '0'), label: String(minute).padStart(2, '0') }))}
          />
        </Field>
      );
    case 'daily':
      return at;
    case 'weekly':
      return (
        <div className="grid grid-cols-[160px_minmax(0,1fr)] items-end gap-3">
          {at}
          <div role="group" aria-label={t('Weekdays')} className="flex h-7 items-center gap-3">
            {WEEK.map((name, index) => (
              <label key={name} className="flex items-center gap-1.5 text-sm">
                <Checkbox
                  checked={weekdays.includes(name)}
                  disabled={weekdays.length === 1 && weekdays.includes(name)}
                  onCheckedChange={(on) => onChange({ weekdays: on ? [...weekdays, name] : weekdays.filter((other) => other !== name) })}
                />
                {Object.values(WEEKDAYS)[index]?.short}
              </label>
            ))}
          </div>
        </div>
      );
    case 'monthly':
      return (
        <div className="grid grid-cols-2 gap-3">
          <Field label={t('On day')} help={Number(day) > 28 ? t('Months without that day are left out.') : undefined}>
            <Select
              id="schedule-day"
              value={day}
              onChange={(next) => onChange({ day: next })}
              options={[...Array.from({ length: 31 }, (_, n) => ({ value: String(n + 1), label: String(n + 1) })), { value: 'L', label: t('The last') }]}
            />
          </Field>
          {at}
        </div>
      );
    case 'expression':
      return null;
  }
}
