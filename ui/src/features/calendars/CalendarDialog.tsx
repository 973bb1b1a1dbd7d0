/** Making or editing a calendar: its weekdays, and its dates with their words, one by one or out of a file. */
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { FileUp, Plus, X } from 'lucide-react';
import { useRef, useState } from 'react';
import { Button, IconButton } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { Notice } from '@/components/Notice';
import { toast } from '@/components/toast';
import { Checkbox } from '@/components/Toggle';
import { t } from '@/i18n';
import { asAppError, invoke, type CalendarDate, type CalendarDraft, type CalendarRow } from '@/ipc';
import { useSettled } from '@/lib/useSettled';
import { dateWords, WEEK, WEEKDAYS } from './words';

type Draft = Required<CalendarDraft>;

const NEW: Draft = { name: '', description: null, weekdays: [], dates: [] };

/** Those of every year first, each once; a word is not lost to a date without one. */
function joined(before: readonly CalendarDate[], more: readonly CalendarDate[]): CalendarDate[] {
  const all = new Map(before.map((one) => [one.date, one]));
  for (const one of more) all.set(one.date, { date: one.date, name: one.name || all.get(one.date)?.name || null });
  const yearly = ({ date }: CalendarDate) => (date.length === 5 ? 0 : 1);
  return [...all.values()].sort((a, b) => yearly(a) - yearly(b) || a.date.localeCompare(b.date));
}

export function CalendarDialog({ row, onClose }: { row: CalendarRow | null; onClose: () => void }) {
  const stored = row?.calendar ?? null;
  const [draft, setDraft] = useState<Draft>(() => (stored ? { name: stored.name, description: stored.description, weekdays: stored.weekdays, dates: stored.dates } : NEW));
  const settled = useSettled(draft);
  const checks = useQuery({
    queryKey: ['calendar_checks', stored?.id ?? null, settled],
    queryFn: () => invoke.calendarsValidate(stored?.id ?? null, settled),
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
  });
  const save = useMutation({
    mutationFn: () => invoke.calendarsSave(stored?.id ?? null, draft, stored?.updated_at ?? null),
    onSuccess: (saved) => {
      toast.done(t('{{name}} saved', { name: saved.name }));
      onClose();
    },
  });
  const edit = (change: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...change }));
    if (save.error) save.reset();
  };
  const refused = save.error ? asAppError(save.error).problems : [];
  // What is only still empty is not said before somebody tries to save.
  const problems = refused.length > 0 ? refused : (checks.data ?? []).filter((problem) => problem.code !== 'required');
  const said = (path: string) => problems.find((problem) => problem.severity === 'error' && (problem.path === path || problem.path.startsWith(`${path}[`)))?.message;
  const warnings = problems.filter((problem) => problem.severity === 'warning');
  const submit = () => !save.isPending && save.mutate();
  return (
    <Dialog
      open
      onClose={onClose}
      id="calendar-dialog"
      title={stored ? t('Edit {{name}}', { name: stored.name }) : t('New calendar')}
      description={stored && row && row.uses.length > 0 ? t('What comes next of all who use it moves at once.') : undefined}
      width={560}
      footer={
        <>
          <Button onClick={onClose}>{t('Cancel')}</Button>
          <Button id="save-calendar" variant="primary" busy={save.isPending} onClick={submit}>
            {t('Save')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3" data-own-undo>
        {save.error && refused.length === 0 ? <ErrorNotice error={save.error} /> : null}
        <Field label={t('Name')} required error={said('name')}>
          <Input id="calendar-name" autoFocus={stored === null} value={draft.name} placeholder={t('Holidays in Berlin')} onChange={(event) => edit({ name: event.target.value })} onKeyDown={(event) => event.key === 'Enter' && submit()} />
        </Field>
        <Field label={t('Notes')}>
          <Input id="calendar-description" value={draft.description ?? ''} onChange={(event) => edit({ description: event.target.value === '' ? null : event.target.value })} />
        </Field>
        <div role="group" aria-labelledby="calendar-weekdays" className="flex flex-col gap-1">
          <span id="calendar-weekdays" className="text-sm font-medium text-muted">
            {t('Skipped every week')}
          </span>
          <div className="flex flex-wrap gap-x-4 gap-y-1">
            {WEEK.map((day) => (
              <label key={day} className="flex items-center gap-1.5">
                <Checkbox
                  data-weekday={day}
                  checked={draft.weekdays.includes(day)}
                  onCheckedChange={(on) => edit({ weekdays: WEEK.filter((one) => (one === day ? on : draft.weekdays.includes(one))) })}
                />
                {WEEKDAYS[day].short}
              </label>
            ))}
          </div>
          {said('weekdays') && (
            <p role="alert" className="text-sm text-fail">
              {said('weekdays')}
            </p>
          )}
        </div>
        <Dates dates={draft.dates} error={said('dates')} onChange={(dates) => edit({ dates })} />
        {warnings.length > 0 && (
          <Notice tone="warn" title={t('{{count}} schedules would stop', { count: warnings.length })}>
            {warnings.map((warning) => warning.message).join(' ')}
          </Notice>
        )}
      </div>
    </Dialog>
  );
}

function Dates({ dates, error, onChange }: { dates: readonly CalendarDate[]; error: string | undefined; onChange: (dates: CalendarDate[]) => void }) {
  const [date, setDate] = useState('');
  const [word, setWord] = useState('');
  const [yearly, setYearly] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const read = useMutation({
    mutationFn: async (file: File) => ({ name: file.name, found: await invoke.calendarsReadDates(await file.text()) }),
    onSuccess: ({ name, found }) => {
      onChange(joined(dates, found));
      toast.done(t('{{count}} dates from {{name}}', { count: found.length, name }), t('They are kept once you save.'));
    },
  });
  const wrong = read.error ? asAppError(read.error) : null;
  const add = () => {
    if (date === '') return;
    onChange(joined(dates, [{ date: yearly ? date.slice(5) : date, name: word.trim() || null }]));
    setDate('');
    setWord('');
  };
  return (
    <section aria-label={t('Skipped dates')} className="flex flex-col gap-2">
      <div className="flex items-center gap-2">
        <h3 className="text-sm font-medium text-muted">{dates.length === 0 ? t('Skipped dates') : t('{{count}} skipped dates', { count: dates.length })}</h3>
        <input
          ref={picker}
          id="calendar-file"
          type="file"
          aria-label={t('A calendar file')}
          accept=".ics,.csv,.txt,text/calendar,text/csv,text/plain"
          className="sr-only"
          tabIndex={-1}
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) read.mutate(file);
            // The same file may be read again.
            event.target.value = '';
          }}
        />
        <Button size="sm" className="ml-auto" busy={read.isPending} title={t('An .ics file, or lines such as 2027-03-26,Good Friday')} onClick={() => picker.current?.click()}>
          <FileUp />
          {t('From a file')}
        </Button>
      </div>
      {wrong && (
        <p role="alert" className="text-sm text-fail">
          {wrong.problems.length > 0 ? wrong.problems.slice(0, 3).map((problem) => `${problem.path}: ${problem.message}`).join(' ') : wrong.message}
        </p>
      )}
      {error && (
        <p role="alert" className="text-sm text-fail">
          {error}
        </p>
      )}
      <div className="grid grid-cols-[150px_minmax(0,1fr)_auto_auto] items-end gap-2">
        <Field label={t('Date')}>
          {/* Empty it shows today's date, as if it were filled in. */}
          <Input id="calendar-date" type="date" className={date === '' ? 'opacity-50' : undefined} value={date} onChange={(event) => setDate(event.target.value)} onKeyDown={(event) => event.key === 'Enter' && add()} />
        </Field>
        <Field label={t('Occasion')}>
          <Input id="calendar-word" value={word} placeholder={t('Good Friday')} onChange={(event) => setWord(event.target.value)} onKeyDown={(event) => event.key === 'Enter' && add()} />
        </Field>
        <label className="flex h-7 items-center gap-1.5 text-sm" title={t('On this day of every year, whatever year is given')}>
          <Checkbox data-yearly checked={yearly} onCheckedChange={setYearly} />
          {t('Every year')}
        </label>
        <Button id="add-date" disabled={date === ''} title={date === '' ? t('Choose a date first') : undefined} onClick={add}>
          <Plus />
          {t('Add')}
        </Button>
      </div>
      {dates.length > 0 && (
        <ul aria-label={t('Dates')} className="max-h-56 overflow-y-auto rounded-md border border-line">
          {dates.map((one) => (
            <li key={one.date} data-date={one.date} className="flex h-7 items-center gap-3 border-b border-grid px-2.5 last:border-b-0">
              <span className="num w-44 flex-none">{dateWords(one)}</span>
              <span className="min-w-0 flex-1 truncate text-muted" title={one.name ?? undefined}>{one.name}</span>
              {one.date.length === 5 && <span className="flex-none text-sm text-faint">{t('every year')}</span>}
              <IconButton label={t('Remove {{date}}', { date: dateWords(one) })} size="sm" onClick={() => onChange(dates.filter((other) => other.date !== one.date))}>
                <X />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
