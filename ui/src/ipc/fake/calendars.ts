/** Calendars in the fake host, with the rules of the Rust side that the pages show. */
import type { Calendar, CalendarDate, CalendarDraft, CalendarRow, Problem, Weekday } from '../bindings';
import type { Commands } from '../host';
import { appError, nameTaken } from './error';
import { ago, newId, type Data } from './seed';

type CalendarCommands = Pick<Commands, Extract<keyof Commands, `calendars${string}`>>;

const WEEK: readonly Weekday[] = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

export function skipsOf(calendar: Calendar | undefined): (date: string) => boolean {
  if (!calendar) return () => false;
  const dates = new Set(calendar.dates.map(({ date }) => date));
  return (date) => calendar.weekdays.includes(WEEK[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? 'sunday') || dates.has(date) || dates.has(date.slice(5));
}

export function toCalendar(draft: CalendarDraft, before?: Calendar): Calendar {
  const now = new Date().toISOString();
  return {
    id: before?.id ?? newId(), name: draft.name, description: draft.description ?? null, weekdays: draft.weekdays ?? [], dates: draft.dates ?? [],
    created_at: before?.created_at ?? now, updated_at: now, is_deleted: false, deleted_at: null,
  };
}

export function createCalendars({ data, changed }: { data: Data; changed: (kind: 'calendar', id: string) => void }): CalendarCommands {
  const usesOf = (id: string): CalendarRow['uses'] => [
    ...data.schedules
      .filter((schedule) => schedule.calendar_id === id)
      .map((schedule) => {
        const owner = schedule.job_id ?? schedule.chain_id ?? '';
        const name = [...data.jobs, ...data.chains].find((one) => one.id === owner)?.name ?? '';
        return { kind: schedule.job_id === null ? ('chain' as const) : ('job' as const), id: owner, name, how: 'schedules' };
      }),
    ...data.monitors.filter((monitor) => !monitor.is_deleted && monitor.expected_files?.calendar_id === id).map((monitor) => ({ kind: 'file_monitor' as const, id: monitor.id, name: monitor.name, how: 'expected_files' })),
  ];
  const find = (id: string): Calendar => {
    const found = data.calendars.find((calendar) => calendar.id === id);
    if (!found) throw appError('not_found', 'There is no such calendar.');
    return found;
  };
  const check = (draft: CalendarDraft): Problem[] => [
    ...(draft.name.trim() === '' ? [{ path: 'name', code: 'required', message: 'Enter a name.', severity: 'error' as const }] : []),
    ...(draft.weekdays?.length === 7 ? [{ path: 'weekdays', code: 'never_fires', message: 'A calendar that skips every weekday leaves no day; keep at least one.', severity: 'error' as const }] : []),
  ];
  return {
    calendarsList: async () =>
      data.calendars
        .filter((calendar) => !calendar.is_deleted)
        .sort((a, b) => a.name.localeCompare(b.name))
        .map((calendar) => ({ calendar, uses: usesOf(calendar.id) })),
    calendarsValidate: async (_, draft) => check(draft),
    calendarsSave: async (id, draft, seen) => {
      const problems = check(draft);
      if (problems.length > 0) throw appError('validation', 'The calendar is not complete.', problems);
      const before = id === null ? undefined : find(id);
      if (data.calendars.some((other) => other.id !== id && !other.is_deleted && other.name.toLowerCase() === draft.name.toLowerCase())) throw nameTaken('calendar', draft.name);
      if (before && seen !== null && before.updated_at !== seen) throw appError('conflict', 'The calendar was changed in the meantime.');
      const saved = toCalendar(draft, before);
      data.calendars = [...data.calendars.filter((calendar) => calendar.id !== saved.id), saved];
      changed('calendar', saved.id);
      return saved;
    },
    calendarsDelete: async (id) => {
      const calendar = find(id);
      const [user] = usesOf(id);
      if (user) throw appError('conflict', `The calendar ${calendar.name} is used by ${user.name}.`);
      Object.assign(calendar, { is_deleted: true, deleted_at: ago(0) });
      changed('calendar', id);
      return null;
    },
    calendarsRestore: async (id) => {
      const calendar = Object.assign(find(id), { is_deleted: false, deleted_at: null });
      changed('calendar', id);
      return calendar;
    },
    /** Lines only; the real host also reads iCalendar. */
    calendarsReadDates: async (text) =>
      text
        .split(/\r?\n/)
        .map((line, index): CalendarDate | null => {
          const [date = '', name = ''] = line.split(/[,;]/).map((part) => part.trim());
          if (date === '' || date.startsWith('#')) return null;
          if (!/^(\d{4}-)?\d\d-\d\d$/.test(date)) {
            throw appError('validation', 'Something is not filled in right.', [{ path: `line ${index + 1}`, code: 'invalid', message: `\`${date}\` is not a date; write 2027-04-02 for that day, or 12-25 for every 25 December.`, severity: 'error' }]);
          }
          return { date, name: name || null };
        })
        .filter((one) => one !== null),
  };
}
