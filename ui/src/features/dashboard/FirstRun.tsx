/** The first minutes: the vault, then the sample or the first own connection and job. */
import { useNavigate } from '@tanstack/react-router';
import { Check, Play, Plus } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { PipelineArt } from '@/components/Art';
import { Button } from '@/components/Button';
import { useSample } from '@/features/jobs/useSample';
import { VaultForm } from '@/features/settings/VaultForm';
import type { AppStatus } from '@/ipc';
import { cn } from '@/lib/cn';

export function FirstRun({ status }: { status: AppStatus }) {
  const navigate = useNavigate();
  const sample = useSample((jobId) => void navigate({ to: '/jobs/$jobId', params: { jobId } }));
  const [hadVault] = useState(status.vault.state !== 'uninitialised');
  const vaultDone = status.vault.state !== 'uninitialised';
  return (
    <div className="flex min-h-0 flex-1 flex-col items-center overflow-y-auto px-8 pt-[9vh] pb-8" data-first-run>
      <div className="w-full max-w-[520px]">
        <div className="flex justify-center text-faint">
          <PipelineArt />
        </div>
        <h1 className="mt-2 text-center text-xl font-semibold tracking-[-0.01em]">Welcome to Courier</h1>
        <p className="mt-1 mb-6 text-center text-muted">
          Courier fetches partners' files, decrypts, unpacks and puts them where they belong, and proves it. Two steps, and it runs.
        </p>
        <ol className="divide-y divide-line border-y border-line">
          <Step number={1} done={vaultDone} title="Set up the vault" text="It keeps passwords and private keys, encrypted. Choose what opens it.">
            {!vaultDone && <VaultForm state="uninitialised" onDone={() => undefined} />}
          </Step>
          <Step
            number={2}
            done={false}
            waiting={!vaultDone}
            title="See a job work"
            text="The sample makes a server on this computer, keys, and encrypted invoices, with a job that fetches and decrypts them. It needs no network."
          >
            {vaultDone && (
              <div className="flex gap-2">
                <Button id="try-sample" variant="primary" autoFocus={!hadVault} busy={sample.isPending} onClick={() => sample.mutate()}>
                  <Play />
                  Try the sample
                </Button>
                <Button id="new-connection" onClick={() => void navigate({ to: '/connections/$connectionId', params: { connectionId: 'new' } })}>
                  <Plus />
                  New connection
                </Button>
                <Button id="new-job" onClick={() => void navigate({ to: '/jobs/new' })}>
                  <Plus />
                  New job
                </Button>
              </div>
            )}
          </Step>
        </ol>
      </div>
    </div>
  );
}

function Step({ number, title, text, done, waiting, children }: { number: number; title: string; text: string; done: boolean; waiting?: boolean; children: ReactNode }) {
  return (
    <li className={cn('grid grid-cols-[24px_minmax(0,1fr)] gap-3 py-4')} aria-current={!done && !waiting ? 'step' : undefined}>
      <span
        className={cn(
          'num grid size-6 place-items-center rounded-full border text-sm font-medium',
          done ? 'border-ok-solid bg-ok-soft text-ok' : waiting ? 'border-line-control text-faint' : 'border-accent bg-accent-soft text-accent-ink',
        )}
      >
        {done ? <Check className="size-3.5" aria-label="Done" /> : number}
      </span>
      <div className="flex min-w-0 flex-col gap-3">
        <div>
          <h2 className={cn('font-semibold', waiting && 'text-faint')}>{title}</h2>
          <p className={cn('text-sm', waiting ? 'text-faint' : 'text-muted')}>{text}</p>
        </div>
        {children}
      </div>
    </li>
  );
}
