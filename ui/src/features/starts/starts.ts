/** What starts a job or a chain by itself, in words: its schedules, and the monitors that are bound to it. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { scheduleWords } from '@/features/schedules/cron-words';
import { t } from '@/i18n';
import { monitorsQuery, schedulesQuery, type FileMonitor, type MonitorRow, type ScheduleOwner, type ScheduleRow } from '@/ipc';

export interface Starts {
  schedules: readonly ScheduleRow[];
  monitors: readonly MonitorRow[];
}

const NONE: Starts = { schedules: [], monitors: [] };

/** What a binding of a monitor, or a schedule, starts. */
export function ownerOf({ job_id, chain_id }: { job_id: string | null; chain_id: string | null }): ScheduleOwner | null {
  return job_id !== null ? { type: 'job', id: job_id } : chain_id !== null ? { type: 'chain', id: chain_id } : null;
}

const isOf = (owner: ScheduleOwner, of: Parameters<typeof ownerOf>[0]) => {
  const found = ownerOf(of);
  return found?.type === owner.type && found.id === owner.id;
};

export function startsOf(owner: ScheduleOwner, schedules: readonly ScheduleRow[], monitors: readonly MonitorRow[]): Starts {
  return {
    schedules: schedules.filter((schedule) => isOf(owner, schedule)),
    monitors: monitors.filter(({ monitor }) => monitor.bindings.some((binding) => isOf(owner, binding))),
  };
}

export function useStarts(owner: ScheduleOwner | null): Starts {
  const { data: schedules } = useQuery({ ...schedulesQuery(), enabled: owner !== null });
  const { data: monitors } = useQuery({ ...monitorsQuery(), enabled: owner !== null });
  const { type, id } = owner ?? {};
  return useMemo(() => (type && id ? startsOf({ type, id }, schedules ?? [], monitors ?? []) : NONE), [type, id, schedules, monitors]);
}

/** `At 07:30, Monday to Friday`, `3 schedules`; `null` when none is on. */
export function schedulesWords(schedules: readonly ScheduleRow[]): string | null {
  const on = schedules.filter((schedule) => schedule.is_enabled);
  const [first] = on;
  return first === undefined ? null : on.length === 1 ? scheduleWords(first) : t('{{count}} schedules', { count: on.length });
}

/** `files of Ostrava delivery notes`, `files of 3 monitors`; `null` when none looks. */
export function monitorsWords(monitors: readonly { monitor: Pick<FileMonitor, 'name' | 'state'> }[]): string | null {
  const on = monitors.filter(({ monitor }) => monitor.state !== 'disabled');
  const [first] = on;
  return first === undefined ? null : on.length === 1 ? t('files of {{name}}', { name: first.monitor.name }) : t('files of {{count}} monitors', { count: on.length });
}

/** Both in a line. People, other jobs and chains may start it besides. */
export function startsWords({ schedules, monitors }: Starts): string {
  const [times, files] = [schedulesWords(schedules), monitorsWords(monitors)];
  const words = times !== null && files !== null ? t('{{times}}, and by {{files}}', { times, files }) : (times ?? files);
  return words === null ? t('Not by itself') : words.replace(/^./, (letter) => letter.toUpperCase());
}
