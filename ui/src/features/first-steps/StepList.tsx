/** The first steps as a list: what is done is ticked, the next one is open, every other one leads to its place. */
import { Check, Minus } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { Button } from '@/components/Button';
import { VaultForm } from '@/features/settings/VaultForm';
import { t } from '@/i18n';
import type { FirstStep, FirstSteps } from '@/ipc';
import { cn } from '@/lib/cn';
import { useStepActions, type StepAction } from './useStepActions';
import { NOT_NEEDED, STEPS, WAITS_FOR_SECRETS } from './words';

const JobRehearsal = lazy(async () => ({ default: (await import('@/features/jobs/rehearsal/JobRehearsal')).JobRehearsal }));

export function StepList({ steps: first }: { steps: FirstSteps }) {
  const actions = useStepActions(first);
  return (
    <>
      <ol className="divide-y divide-line border-y border-line" aria-label={t('First steps')}>
        {first.steps.map((step, index) => (
          <Line key={step.key} step={step} number={index + 1} waits={step.key === 'connection' && first.waits_for_secrets} actions={actions.of(step.key)} />
        ))}
      </ol>
      {actions.rehearsed && (
        <Suspense>
          <JobRehearsal job={actions.rehearsed} onClose={actions.endRehearsal} />
        </Suspense>
      )}
    </>
  );
}

function Line({ step: { key, state }, number, waits, actions }: { step: FirstStep; number: number; waits: boolean; actions: readonly StepAction[] }) {
  const { title, text } = STEPS[key];
  const next = state === 'next';
  // The sample needs the vault, so it is offered when its turn has come.
  const first = actions.find(({ id }) => id !== 'try-sample');
  return (
    <li className={cn('grid grid-cols-[24px_minmax(0,1fr)] gap-3', next ? 'py-4' : 'py-2')} aria-current={next ? 'step' : undefined} data-first-step={key} data-step-state={state}>
      <Mark state={state} number={number} />
      <div className="flex min-w-0 flex-col gap-3">
        <div className="flex min-h-6 items-center gap-3">
          <div className="min-w-0 flex-1">
            <h2 className={cn(next ? 'font-semibold' : 'font-medium', state === 'done' && 'text-muted', state !== 'done' && !next && 'text-faint')}>{title}</h2>
            {next && <p className="text-sm text-muted">{waits ? WAITS_FOR_SECRETS : text}</p>}
            {state === 'not_needed' && <p className="text-sm text-faint">{NOT_NEEDED}</p>}
          </div>
          {!next && state !== 'done' && first && (
            <Button size="sm" variant="ghost" data-step-action={key} onClick={first.act}>
              {first.label}
            </Button>
          )}
        </div>
        {next && key === 'vault' && <VaultForm state="uninitialised" onDone={() => undefined} />}
        {next && key !== 'vault' && actions.length > 0 && (
          <div className="flex flex-wrap gap-2">
            {actions.map(({ id, label, icon: Icon, busy, act }, index) => (
              <Button key={id} id={id} variant={index === 0 ? 'primary' : 'outline'} busy={busy ?? false} onClick={act} className="max-w-full">
                <Icon />
                <span className="truncate">{label}</span>
              </Button>
            ))}
          </div>
        )}
      </div>
    </li>
  );
}

function Mark({ state, number }: { state: FirstStep['state']; number: number }) {
  return (
    <span
      className={cn(
        'num grid size-6 place-items-center rounded-full border text-sm font-medium',
        state === 'done' && 'border-ok-solid bg-ok-soft text-ok',
        state === 'next' && 'border-accent bg-accent-soft text-accent-ink',
        (state === 'open' || state === 'not_needed') && 'border-line-control text-faint',
      )}
    >
      {state === 'done' ? <Check className="size-3.5" aria-label={t('Done')} /> : state === 'not_needed' ? <Minus className="size-3.5" aria-label={t('Not needed so far')} /> : number}
    </span>
  );
}
