/** Finding a job by typing and putting it into the chain. */
import { Command } from 'cmdk';
import { Plus, Workflow } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Popover } from '@/components/Popover';
import { t } from '@/i18n';
import type { JobRow } from '@/ipc';

export function AddJob({ jobs, onAdd, primary = false }: { jobs: readonly JobRow[]; onAdd: (job: JobRow) => void; primary?: boolean }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      className="w-72"
      label={t('Jobs to add')}
      trigger={
        <Button id="add-job" variant={primary ? 'primary' : 'outline'}>
          <Plus />
          {t('Add job')}
        </Button>
      }
    >
      <Command label={t('Jobs to add')} loop>
        <Command.Input data-find-job autoFocus placeholder={t('Find a job')} className="mb-1 h-7 w-full rounded-md border border-line-control bg-raised px-2 outline-none" />
        <Command.List className="max-h-64 overflow-y-auto">
          <Command.Empty className="px-2 py-3 text-sm text-muted">{t('No job is called that.')}</Command.Empty>
          {jobs.map((job) => (
            <Command.Item
              key={job.id}
              value={`${job.name} ${job.id}`}
              data-add={job.name}
              onSelect={() => {
                setOpen(false);
                onAdd(job);
              }}
              className="flex h-7 items-center gap-2 rounded-[5px] px-2 data-[selected=true]:bg-selected [&_svg]:size-3.5 [&_svg]:text-muted"
            >
              <Workflow aria-hidden />
              <span className="min-w-0 flex-1 truncate">{job.name}</span>
              {!job.is_enabled && <span className="text-xs text-muted">{t('disabled')}</span>}
            </Command.Item>
          ))}
        </Command.List>
      </Command>
    </Popover>
  );
}
