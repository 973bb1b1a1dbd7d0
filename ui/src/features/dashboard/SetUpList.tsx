/** What is left of the first steps, beside everything else; gone when a job has run to its end, or hidden by hand. */
import { Link } from '@tanstack/react-router';
import { ChevronRight, X } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { IconButton } from '@/components/Button';
import { Progress } from '@/components/Progress';
import { useFirstSteps, useShowing } from '@/features/first-steps/useFirstSteps';
import { useStepActions } from '@/features/first-steps/useStepActions';
import { STEPS } from '@/features/first-steps/words';
import { t } from '@/i18n';
import type { FirstSteps } from '@/ipc';

const JobRehearsal = lazy(async () => ({ default: (await import('@/features/jobs/rehearsal/JobRehearsal')).JobRehearsal }));

export function SetUpList() {
  const { data: first } = useFirstSteps('page');
  const hidden = useShowing((state) => state.hidden);
  return hidden || !first || first.is_finished ? null : <Listed first={first} />;
}

function Listed({ first }: { first: FirstSteps }) {
  const actions = useStepActions(first);
  const open = first.steps.filter(({ state }) => state === 'next' || state === 'open');
  return (
    <section aria-label={t('Finish setting up')} className="-mx-4 mt-auto border-t border-line px-4 pt-2.5">
      <div className="flex items-center gap-2">
        <h2 className="font-medium">
          <Link to="/first-steps" className="hover:underline">
            {t('Finish setting up')}
          </Link>
        </h2>
        <span className="num text-sm text-faint">
          {t('{{done}} of {{needed}}', { done: first.done, needed: first.needed })}
        </span>
        <IconButton label={t('Hide the first steps')} size="sm" className="ml-auto" onClick={useShowing.getState().hide}>
          <X />
        </IconButton>
      </div>
      <Progress share={first.done / first.needed} tone="ok" label={t('Set up')} className="mt-1 mb-2" />
      <ul>
        {open.map(({ key, state }) => {
          const { title, icon: Icon } = STEPS[key];
          // Where nothing can be done yet, the page of the steps says why.
          const [action] = actions.of(key);
          const line = '-mx-2 flex h-[26px] w-[calc(100%+16px)] items-center gap-2 rounded-[5px] px-2 text-sm hover:bg-hover hover:text-ink';
          const inner = (
            <>
              <Icon className={state === 'next' ? 'size-3.5 text-accent-ink' : 'size-3.5 text-faint'} aria-hidden />
              {title}
              <ChevronRight className="ml-auto size-3 text-faint" aria-hidden />
            </>
          );
          const tone = state === 'next' ? 'font-medium text-ink' : 'text-muted';
          return (
            <li key={key} aria-current={state === 'next' ? 'step' : undefined} data-set-up={key}>
              {action && key !== 'connection' ? (
                <button type="button" className={`${line} ${tone}`} onClick={action.act}>
                  {inner}
                </button>
              ) : (
                <Link to="/first-steps" className={`${line} ${tone}`}>
                  {inner}
                </Link>
              )}
            </li>
          );
        })}
      </ul>
      {actions.rehearsed && (
        <Suspense>
          <JobRehearsal job={actions.rehearsed} onClose={actions.endRehearsal} />
        </Suspense>
      )}
    </section>
  );
}
