/** What is left to set up; gone when all is done or hidden by hand. */
import { useNavigate } from '@tanstack/react-router';
import { ChevronRight, KeyRound, LockKeyhole, Play, Server, Workflow, X, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { useChrome } from '@/app/chrome';
import { IconButton } from '@/components/Button';
import { Progress } from '@/components/Progress';
import type { AppStatus, JobRow } from '@/ipc';

const HIDDEN = 'courier.set-up.hidden';

export function SetUpList({ status, jobs }: { status: AppStatus; jobs: readonly JobRow[] }) {
  const navigate = useNavigate();
  const [hidden, setHidden] = useState(localStorage.getItem(HIDDEN) === 'yes');
  const { counts } = status;
  const steps: { done: boolean; label: string; icon: LucideIcon; open: () => void }[] = [
    { done: status.vault.state !== 'uninitialised', label: 'Set up the vault', icon: LockKeyhole, open: () => useChrome.getState().setVault(true) },
    { done: counts.connections > 0, label: 'Add a connection', icon: Server, open: () => void navigate({ to: '/connections/$connectionId', params: { connectionId: 'new' } }) },
    { done: counts.pgp_keys > 0, label: 'Generate or import a PGP key', icon: KeyRound, open: () => void navigate({ to: '/keys' }) },
    { done: counts.jobs > 0, label: 'Build a job', icon: Workflow, open: () => void navigate({ to: '/jobs/new' }) },
    { done: jobs.some((job) => job.last?.state === 'completed'), label: 'Run it', icon: Play, open: () => void navigate({ to: '/jobs' }) },
  ];
  const done = steps.filter((step) => step.done).length;
  if (hidden || done === steps.length) return null;
  return (
    <section aria-label="Finish setting up" className="-mx-4 mt-auto border-t border-line px-4 pt-2.5">
      <div className="flex items-center gap-2">
        <h2 className="font-medium">Finish setting up</h2>
        <span className="num text-sm text-faint">
          {done} of {steps.length}
        </span>
        <IconButton
          label="Hide the set-up list"
          size="sm"
          className="ml-auto"
          onClick={() => {
            localStorage.setItem(HIDDEN, 'yes');
            setHidden(true);
          }}
        >
          <X />
        </IconButton>
      </div>
      <Progress share={done / steps.length} tone="ok" label="Set up" className="mt-1 mb-2" />
      <ul>
        {steps
          .filter((step) => !step.done)
          .map(({ label, icon: Icon, open }) => (
            <li key={label}>
              <button type="button" className="-mx-2 flex h-[26px] w-[calc(100%+16px)] items-center gap-2 rounded-[5px] px-2 text-sm text-muted hover:bg-hover hover:text-ink" onClick={open}>
                <Icon className="size-3.5 text-faint" aria-hidden />
                {label}
                <ChevronRight className="ml-auto size-3 text-faint" aria-hidden />
              </button>
            </li>
          ))}
      </ul>
    </section>
  );
}
