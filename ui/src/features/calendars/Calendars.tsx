/** The calendars: days on which schedules and expected-file clocks rest, and who rests by them. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { CalendarDays, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '@/components/Button';
import { ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { Listed } from '@/components/Text';
import { toast } from '@/components/toast';
import { Thing } from '@/features/notifications/subject';
import { calendarsQuery, invoke, type CalendarRow } from '@/ipc';
import { useAskedInAddress } from '@/lib/useAskedInAddress';
import { HelpTopic } from '@/features/help/HelpTopic';
import { rich, t } from '@/i18n';
import { CalendarDialog } from './CalendarDialog';
import { daysWords, usersOf } from './words';

/** `make` asks for the dialog of a new one. */
export function Calendars({ make, onTaken }: { make: 'new' | null; onTaken: () => void }) {
  const calendars = useQuery(calendarsQuery());
  const [editing, setEditing] = useState<CalendarRow | 'new' | null>(null);
  useAskedInAddress(make, setEditing, onTaken);
  if (calendars.isPending) return <SkeletonRows label={t('Loading the calendars')} rows={2} />;
  if (calendars.isError) return <ErrorState error={calendars.error} what={t('The calendars')} onRetry={() => void calendars.refetch()} />;
  return (
    <>
      <p className="text-sm text-muted">
        {t('Days on which schedules do not start anything and no files are expected: weekends, public holidays, the days a partner is closed. A schedule or a monitor names the calendar it rests by.')}
      </p>
      <ul className="mt-1 flex flex-col">
        {calendars.data.map((row) => (
          <Line key={row.calendar.id} row={row} onEdit={() => setEditing(row)} />
        ))}
      </ul>
      <Button id="new-calendar" className="mt-2" onClick={() => setEditing('new')}>
        <Plus />
        {t('New calendar')}
      </Button>
      {editing !== null && (
        <HelpTopic area="schedules">
          <CalendarDialog row={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />
        </HelpTopic>
      )}
    </>
  );
}

function Line({ row, onEdit }: { row: CalendarRow; onEdit: () => void }) {
  const { calendar, uses } = row;
  const users = usersOf(uses);
  const onError = (error: unknown) => toast.failed(error);
  const remove = useMutation({
    mutationFn: () => invoke.calendarsDelete(calendar.id),
    onError,
    onSuccess: () => toast.done(t('{{name}} deleted', { name: calendar.name }), undefined, { label: t('Undo'), onClick: () => void invoke.calendarsRestore(calendar.id).catch(onError) }),
  });
  return (
    <li data-calendar={calendar.name} className="flex min-h-11 items-center gap-3 border-b border-grid py-1.5 last:border-b-0">
      <CalendarDays className="size-4 flex-none text-faint" aria-hidden />
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline gap-2">
          <h3 className="truncate font-medium" title={calendar.name}>{calendar.name}</h3>
          <span className="num flex-none text-sm text-muted">{daysWords(calendar)}</span>
        </div>
        <p className="truncate text-sm text-faint" title={users.join(', ')}>
          {users.length === 0
            ? t('Not used yet')
            : rich('Used by {{things}}', {
                things: <Listed items={[...new Map(uses.map((use) => [use.id, use])).values()]} of={(use) => <Thing kind={use.kind} id={use.id} name={use.name} />} />,
              })}
        </p>
      </div>
      <Button size="sm" aria-label={t('Edit {{name}}', { name: calendar.name })} onClick={onEdit}>
        {t('Edit')}
      </Button>
      <IconButton
        label={users.length === 0 ? t('Delete {{name}}', { name: calendar.name }) : t('{{name}} is used by {{users}}, so it cannot be deleted', { name: calendar.name, users: users.join(', ') })}
        variant="outline"
        size="sm"
        busy={remove.isPending}
        disabled={users.length > 0}
        onClick={() => remove.mutate()}
      >
        <Trash2 />
      </IconButton>
    </li>
  );
}
