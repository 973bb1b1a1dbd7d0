/** What can be done with the selected jobs; floats over the end of the list. */
import { CircleMinus, CirclePlus, Play, Trash2, X } from 'lucide-react';
import { Button, IconButton } from '@/components/Button';
import { t } from '@/i18n';
import type { JobRow } from '@/ipc';
import { TagJobs } from './TagJobs';
import { useEnableJobs } from './useEnableJobs';
import { useRunJob } from './useRunJob';

export function JobsBulkBar({ jobs, onClear, onDelete }: { jobs: readonly JobRow[]; onClear: () => void; onDelete: () => void }) {
  const run = useRunJob();
  const enable = useEnableJobs();
  const runnable = jobs.filter((job) => job.is_enabled);
  return (
    <div
      role="toolbar"
      aria-label={t('Selected jobs')}
      className="absolute bottom-10 left-1/2 flex -translate-x-1/2 items-center gap-1 rounded-lg bg-raised p-1.5 shadow-float"
    >
      <span className="num mr-1 flex h-5 items-center border-r border-line pr-2 pl-2.5 font-medium whitespace-nowrap">{t('{{count}} selected', { count: jobs.length })}</span>
      <Button
        variant="ghost"
        disabled={runnable.length === 0}
        title={runnable.length === 0 ? t('The selected jobs are disabled') : undefined}
        onClick={() => runnable.forEach((job) => run.mutate(job))}
      >
        <Play />
        {t('Run')}
      </Button>
      {jobs.some((job) => job.is_enabled) ? (
        <Button variant="ghost" onClick={() => enable.mutate({ jobs: runnable, enabled: false })}>
          <CircleMinus />
          {t('Disable')}
        </Button>
      ) : (
        <Button variant="ghost" onClick={() => enable.mutate({ jobs, enabled: true })}>
          <CirclePlus />
          {t('Enable')}
        </Button>
      )}
      <TagJobs jobs={jobs} />
      <Button variant="ghost" className="text-fail hover:text-fail" onClick={onDelete}>
        <Trash2 />
        {t('Delete')}
      </Button>
      <IconButton label={t('Clear the selection')} shortcut="Esc" onClick={onClear}>
        <X />
      </IconButton>
    </div>
  );
}
