/** How fast a connection may be, and at which hours of the week it is another speed. */
import { Plus, X } from 'lucide-react';
import { Button, IconButton } from '@/components/Button';
import { Field } from '@/components/Field';
import { Input, NumberInput } from '@/components/Input';
import { WEEKDAYS } from '@/features/calendars/words';
import { t } from '@/i18n';
import type { RateLimit, RateWindow, Weekday } from '@/ipc';
import { cn } from '@/lib/cn';

const DAYS: readonly Weekday[] = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const WORKDAYS = DAYS.slice(0, 5);
/** Decimal, as networks count. */
const KB = 1000;

const here = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
/** A limit that limits nothing is none. */
const kept = (limit: RateLimit): RateLimit | null => (!limit.bytes_per_sec && (limit.windows ?? []).length === 0 ? null : limit);

export function RateLimitFields({ limit, onEdit, problems }: { limit: RateLimit | null; onEdit: (limit: RateLimit | null) => void; problems: Record<string, string> }) {
  const windows = limit?.windows ?? [];
  const edit = (change: Partial<RateLimit>) => onEdit(kept({ bytes_per_sec: 0, time_zone: null, ...limit, windows, ...change }));
  const put = (index: number, change: Partial<RateWindow>) => edit({ windows: windows.map((window, i) => (i === index ? { ...window, ...change } : window)) });
  const add = () => edit({ windows: [...windows, { days: [...WORKDAYS], from: '08:00', until: '18:00', bytes_per_sec: 1000 * KB }], time_zone: limit?.time_zone ?? here() });
  return (
    <>
      <div className="grid grid-cols-2 gap-3">
        <Field label={t('Speed limit')} error={problems['rate_limit.bytes_per_sec']} help={t('Of all transfers of this connection together.')}>
          <Speed id="connection-rate" bytes={limit?.bytes_per_sec ?? 0} onChange={(bytes_per_sec) => edit({ bytes_per_sec })} />
        </Field>
        {windows.length > 0 && (
          <Field label={t('Time zone of the hours')} error={problems['rate_limit.time_zone']}>
            <Input
              id="connection-rate-zone"
              list="time-zones"
              placeholder="UTC"
              value={limit?.time_zone ?? ''}
              onChange={(event) => edit({ time_zone: event.target.value || null })}
            />
          </Field>
        )}
      </div>
      <datalist id="time-zones">
        {Intl.supportedValuesOf('timeZone').map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      {windows.map((window, index) => {
        const at = `rate_limit.windows[${index}]`;
        const error = problems[`${at}.from`] ?? problems[`${at}.until`] ?? problems[`${at}.days`] ?? problems[`${at}.bytes_per_sec`];
        return (
          <div key={index} role="group" aria-label={t('Other speed {{number}}', { number: index + 1 })}>
            <div className="flex flex-wrap items-center gap-2">
              <Days days={window.days ?? []} onChange={(days) => put(index, { days })} />
              <Input aria-label={t('From')} mono placeholder="08:00" boxClassName="w-[60px]" value={window.from} onChange={(event) => put(index, { from: event.target.value })} />
              <span className="text-sm text-muted">{t('to')}</span>
              <Input aria-label={t('Until')} mono placeholder="18:00" boxClassName="w-[60px]" value={window.until} onChange={(event) => put(index, { until: event.target.value })} />
              <div className="w-[112px]">
                <Speed label={t('Speed')} bytes={window.bytes_per_sec} onChange={(bytes_per_sec) => put(index, { bytes_per_sec })} />
              </div>
              <IconButton label={t('Remove these hours')} size="sm" onClick={() => edit({ windows: windows.filter((_, i) => i !== index) })}>
                <X />
              </IconButton>
            </div>
            {error && (
              <p role="alert" className="pt-1 text-sm text-fail">
                {error}
              </p>
            )}
          </div>
        );
      })}
      <div>
        <Button id="add-rate-window" size="sm" variant="ghost" className="-ml-2" onClick={add}>
          <Plus />
          {t('Another speed at certain hours')}
        </Button>
      </div>
    </>
  );
}

function Speed({ id, label, bytes, onChange }: { id?: string; label?: string; bytes: number; onChange: (bytes: number) => void }) {
  return <NumberInput id={id} aria-label={label} unit={t('KB/s')} placeholder={t('No limit')} value={bytes === 0 ? null : Math.round(bytes / KB)} onChange={(kilobytes) => onChange((kilobytes ?? 0) * KB)} />;
}

/** None means every day. */
function Days({ days, onChange }: { days: readonly Weekday[]; onChange: (days: Weekday[]) => void }) {
  const on = (day: Weekday) => days.length === 0 || days.includes(day);
  const toggle = (day: Weekday) => {
    const next = DAYS.filter((other) => (other === day ? !on(day) : on(other)));
    onChange(next.length === DAYS.length ? [] : next);
  };
  return (
    <div role="group" aria-label={t('Days')} className="flex overflow-hidden rounded-md border border-line-control">
      {DAYS.map((day) => (
        <button
          key={day}
          type="button"
          aria-pressed={on(day)}
          title={WEEKDAYS[day].label}
          className={cn('h-[26px] w-6 border-l border-line text-xs font-medium uppercase first:border-l-0', on(day) ? 'bg-selected text-accent-ink' : 'bg-raised text-faint hover:bg-hover')}
          onClick={() => toggle(day)}
        >
          {WEEKDAYS[day].label.slice(0, 2)}
          <span className="sr-only">{WEEKDAYS[day].label.slice(2)}</span>
        </button>
      ))}
    </div>
  );
}
