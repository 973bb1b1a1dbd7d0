/** When a job starts by itself, and what it waits for. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '@/components/Dialog';
import { Tabs } from '@/components/Tabs';
import { Schedules } from '@/features/schedules/Schedules';
import { MonitorsOf } from '@/features/starts/MonitorsOf';
import { useStarts } from '@/features/starts/starts';
import { t } from '@/i18n';
import { dependenciesQuery, schedulesQuery, type ScheduleOwner } from '@/ipc';
import { Dependencies } from './Dependencies';

export function StartsDialog({ job, onClose }: { job: { id: string; name: string }; onClose: () => void }) {
  const owner: ScheduleOwner = { type: 'job', id: job.id };
  const [tab, setTab] = useState<'schedules' | 'monitors' | 'dependencies'>('schedules');
  const schedules = useQuery(schedulesQuery(owner)).data?.length;
  const monitors = useStarts(owner).monitors.length;
  const edges = useQuery(dependenciesQuery(job.id)).data?.length;
  return (
    <Dialog open onClose={onClose} id="starts-dialog" title={job.name} description={t('When it starts by itself, and what it waits for.')} width={720}>
      <div className="flex h-[min(440px,60vh)] flex-col" data-own-undo>
        <Tabs
          value={tab}
          onChange={setTab}
          tabs={[
            { value: 'schedules', label: t('Schedules'), ...(schedules !== undefined && { count: schedules }), panel: <Scrolled><Schedules owner={owner} /></Scrolled> },
            { value: 'monitors', label: t('Monitors'), count: monitors, panel: <Scrolled><MonitorsOf owner={owner} /></Scrolled> },
            { value: 'dependencies', label: t('Dependencies'), ...(edges !== undefined && { count: edges }), panel: <Scrolled><Dependencies job={job} /></Scrolled> },
          ]}
        />
      </div>
    </Dialog>
  );
}

function Scrolled({ children }: { children: React.ReactNode }) {
  return <div className="flex min-h-0 flex-1 flex-col overflow-y-auto px-1 pt-2">{children}</div>;
}
