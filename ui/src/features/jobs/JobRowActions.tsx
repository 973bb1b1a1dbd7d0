/** What can be done with one job, at the end of its row. */
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Activity, CalendarClock, CircleMinus, CirclePlus, Copy, Ellipsis, FlaskConical, History, Play, SquarePen, Trash2 } from 'lucide-react';
import { IconButton } from '@/components/Button';
import { Menu } from '@/components/Menu';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
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
      toast.done(t('{{name}} made', { name: copy.name }), undefined, { label: t('Open'), onClick: () => void navigate({ to: '/jobs/$jobId', params: { jobId: copy.id } }) }),
    onError: (error) => toast.failed(error),
  });
  return (
    <>
      <IconButton
        label={job.is_enabled ? t('Run {{name}}', { name: job.name }) : t('Enable the job to run it')}
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
          <IconButton label={t('More for {{name}}', { name: job.name })} size="sm" data-more-job={job.name}>
            <Ellipsis />
          </IconButton>
        }
        actions={[
          { label: t('Edit'), icon: <SquarePen />, onSelect: () => void navigate({ to: '/jobs/$jobId', params: { jobId: job.id } }) },
          { label: t('Dry run'), icon: <FlaskConical />, onSelect: onRehearse },
          { label: t('Schedules'), icon: <CalendarClock />, onSelect: onStarts },
          { label: t('Versions'), icon: <History />, onSelect: onVersions },
          { label: t('Show runs'), icon: <Activity />, onSelect: () => void navigate({ to: '/executions', search: { job: job.id } }) },
          { label: t('Duplicate'), icon: <Copy />, onSelect: () => duplicate.mutate() },
          job.is_enabled
            ? { label: t('Disable'), icon: <CircleMinus />, onSelect: () => enable.mutate({ jobs: [job], enabled: false }) }
            : { label: t('Enable'), icon: <CirclePlus />, onSelect: () => enable.mutate({ jobs: [job], enabled: true }) },
          { label: t('Delete'), icon: <Trash2 />, danger: true, separated: true, onSelect: onDelete },
        ]}
      />
    </>
  );
}
