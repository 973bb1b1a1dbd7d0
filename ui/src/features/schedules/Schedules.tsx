/** The schedules of one job or chain: when it starts by itself, in words, with the next times. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { CalendarClock, Ellipsis, Play, Plus, SquarePen, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { Menu } from '@/components/Menu';
import { SkeletonRows } from '@/components/Skeleton';
import { When } from '@/components/Text';
import { toast } from '@/components/toast';
import { Switch } from '@/components/Toggle';
import { HelpTopic } from '@/features/help/HelpTopic';
import { rich, t } from '@/i18n';
import { invoke, schedulesQuery, type ScheduleOwner, type ScheduleRow } from '@/ipc';
import { cn } from '@/lib/cn';
import { zoneName } from '@/lib/zones';
import { scheduleWords } from './cron-words';
import { FireTime, FireTimes } from './FireTimes';
import { ScheduleDialog } from './ScheduleDialog';
import { draftOf, MISFIRE, OVERLAP } from './words';

export function Schedules({ owner }: { owner: ScheduleOwner }) {
  const schedules = useQuery(schedulesQuery(owner));
  const [editing, setEditing] = useState<ScheduleRow | 'new' | null>(null);
  const add = (
    <Button id="add-schedule" variant={schedules.data?.length === 0 ? 'primary' : 'outline'} onClick={() => setEditing('new')}>
      <Plus />
      {t('Add a schedule')}
    </Button>
  );
  return (
    <section aria-label={t('Schedules')} className="flex min-h-0 flex-1 flex-col">
      {schedules.isPending && <SkeletonRows rows={3} label={t('Loading the schedules')} />}
      {schedules.isError && <ErrorState error={schedules.error} what={t('The schedules')} onRetry={() => void schedules.refetch()} />}
      {schedules.data?.length === 0 && (
        <EmptyState art={<CalendarClock className="size-8" strokeWidth={1.25} aria-hidden />} title={t('No schedule starts it')} actions={add}>
          {t('A schedule starts it at fixed times, also while nobody is here. What it missed while Courier was off is made up for.')}
        </EmptyState>
      )}
      {schedules.data && schedules.data.length > 0 && (
        <>
          <ul className="flex flex-col">
            {schedules.data.map((schedule) => (
              <Line key={schedule.id} schedule={schedule} owner={owner} onEdit={() => setEditing(schedule)} />
            ))}
          </ul>
          <div className="py-3">{add}</div>
        </>
      )}
      {editing !== null && (
        <HelpTopic area="schedules">
          <ScheduleDialog owner={owner} schedule={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />
        </HelpTopic>
      )}
    </section>
  );
}

function Line({ schedule, owner, onEdit }: { schedule: ScheduleRow; owner: ScheduleOwner; onEdit: () => void }) {
  const navigate = useNavigate();
  const words = scheduleWords(schedule);
  const onError = (error: unknown) => toast.failed(error);
  const enable = useMutation({ mutationFn: (enabled: boolean) => invoke.schedulesEnable(schedule.id, enabled), onError });
  const fire = useMutation({
    mutationFn: () => invoke.schedulesFire(schedule.id),
    onError,
    onSuccess: (fired) =>
      toast.done(
        t('{{name}} is on its way', { name: schedule.name }),
        undefined,
        {
          label: t('Show run'),
          onClick: () =>
            void (fired.type === 'job'
              ? navigate({ to: '/executions/$executionId', params: { executionId: fired.execution_id } })
              : navigate({ to: '/chains/$chainId', params: { chainId: owner.id }, search: { run: fired.execution_id } })),
        },
      ),
  });
  const remove = useMutation({
    mutationFn: () => invoke.schedulesRemove(schedule.id),
    onError,
    onSuccess: () =>
      toast.done(t('Schedule removed'), words, { label: t('Undo'), onClick: () => void invoke.schedulesAdd(owner, draftOf(schedule)).catch(onError) }),
  });
  const parameters = Object.entries(schedule.parameters);
  return (
    <li data-schedule={words} className="flex items-start gap-3 border-b border-grid py-3 first:pt-1">
      <Switch aria-label={t('On: {{words}}', { words })} className="mt-1" checked={enable.isPending ? enable.variables : schedule.is_enabled} onCheckedChange={(on) => enable.mutate(on)} />
      <div className={cn('flex min-w-0 flex-1 flex-col gap-1', !schedule.is_enabled && 'text-muted')}>
        <div className="flex min-h-6 items-baseline gap-2">
          <h3 className="min-w-0 font-medium [overflow-wrap:anywhere]" title={schedule.cron_expression ?? undefined}>
            {words}
          </h3>
          <span className="flex-none text-sm text-faint">{zoneName(schedule.time_zone)}</span>
        </div>
        {schedule.is_enabled && schedule.cron_expression !== null && <FireTimes expression={schedule.cron_expression} zone={schedule.time_zone} calendar={schedule.calendar_id} />}
        {schedule.is_enabled && schedule.cron_expression === null && schedule.next_fire_at !== null && <FireTime at={schedule.next_fire_at} zone={schedule.time_zone} />}
        <p className="text-sm text-muted">
          {rich('Last fired: {{time}}', { time: <When at={schedule.last_fired_at} /> })}
          {[
            '',
            ...(schedule.calendar_name === null ? [] : [t('not on the days of {{calendar}}', { calendar: schedule.calendar_name })]),
            MISFIRE[schedule.misfire_policy].words,
            OVERLAP[schedule.overlap_policy].words,
          ].join(' · ')}
        </p>
        {parameters.length > 0 && <p className="mono text-sm [overflow-wrap:anywhere] text-muted">{parameters.map(([name, value]) => `${name} = ${typeof value === 'string' ? value : JSON.stringify(value)}`).join(', ')}</p>}
      </div>
      <Button size="sm" busy={fire.isPending} title={t('Starts it now; the next time stays as it is')} data-fire={words} onClick={() => fire.mutate()}>
        <Play />
        {t('Fire now')}
      </Button>
      <Menu
        trigger={
          <IconButton label={t('More for: {{words}}', { words })} size="sm">
            <Ellipsis />
          </IconButton>
        }
        actions={[
          { label: t('Edit'), icon: <SquarePen />, onSelect: onEdit },
          { label: t('Remove'), icon: <Trash2 />, danger: true, separated: true, onSelect: () => remove.mutate() },
        ]}
      />
    </li>
  );
}
