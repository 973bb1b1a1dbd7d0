/** What can be done with one job, at the end of its row. */
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Activity, CalendarClock, CircleMinus, CirclePlus, Copy, Ellipsis, FlaskConical, History, Play, SquarePen, Trash2 } from 'lucide-react';
import { IconButton } from '@/components/Button';
import { Menu } from '@/components/Menu';
import { toast } from '@/components/toast';
import { invoke, type JobRow } from '@/ipc';
import { useEnableJobs } from './useEnableJobs';
import { useRunJob } from './useRunJob';

export function JobRowActions({ job, onRehearse, onStarts, onVersions, onDelete }: { job: JobRow; onRehearse: () => void; onStarts: () => void; onVersions: () => void; onDelete: () => void }) {
  const navigate = useNavigate();
  const run = useRunJob();
  const enable = useEnableJobs();
  const duplicate = useMutation({
    mutationFn: () => invoke.jobsDuplicate(job.id),
    onSuccess: (copy) =>
      toast.done(`${copy.name} made`, undefined, { label: 'Open', onClick: () => void navigate({ to: '/jobs/$jobId', params: { jobId: copy.id } }) }),
    onError: (error) => toast.failed(error),
  });
  return (
    <>
      <IconButton
        label={job.is_enabled ? `Run ${job.name}` : 'Enable the job to run it'}
        size="sm"
        data-run-job={job.name}
        disabled={!job.is_enabled}
        busy={run.isPending}
        onClick={() => run.mutate(job)}
      >
        <Play />
      </IconButton>
      <Menu
        trigger={
          <IconButton label={`More for ${job.name}`} size="sm" data-more-job={job.name}>
            <Ellipsis />
          </IconButton>
        }
        actions={[
          { label: 'Edit', icon: <SquarePen />, onSelect: () => void navigate({ to: '/jobs/$jobId', params: { jobId: job.id } }) },
          { label: 'Dry run', icon: <FlaskConical />, onSelect: onRehearse },
          { label: 'Schedules', icon: <CalendarClock />, onSelect: onStarts },
          { label: 'Versions', icon: <History />, onSelect: onVersions },
          { label: 'Show runs', icon: <Activity />, onSelect: () => void navigate({ to: '/executions', search: { job: job.id } }) },
          { label: 'Duplicate', icon: <Copy />, onSelect: () => duplicate.mutate() },
          job.is_enabled
            ? { label: 'Disable', icon: <CircleMinus />, onSelect: () => enable.mutate({ jobs: [job], enabled: false }) }
            : { label: 'Enable', icon: <CirclePlus />, onSelect: () => enable.mutate({ jobs: [job], enabled: true }) },
          { label: 'Delete', icon: <Trash2 />, danger: true, separated: true, onSelect: onDelete },
        ]}
      />
    </>
  );
}
