/** The first minutes, from the vault to a run. They can be left at any time, and come back where they were. */
import { useNavigate } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { useCrumbs } from '@/app/chrome';
import { PipelineArt } from '@/components/Art';
import { Button } from '@/components/Button';
import { ErrorState } from '@/components/ErrorState';
import { Progress } from '@/components/Progress';
import { SkeletonRows } from '@/components/Skeleton';
import { t } from '@/i18n';
import { StepList } from './StepList';
import { useFirstSteps, useShowing } from './useFirstSteps';

export function FirstStepsPage() {
  useCrumbs({ label: t('Dashboard'), to: '/' }, { label: t('First steps') });
  const navigate = useNavigate();
  return <FirstSteps onLeave={() => void navigate({ to: '/' })} />;
}

export function FirstSteps({ onLeave }: { onLeave: () => void }) {
  const query = useFirstSteps('page');
  if (query.isError) return <ErrorState error={query.error} what={t('The first steps')} onRetry={() => void query.refetch()} />;
  const first = query.data;
  if (!first) return <SkeletonRows label={t('Loading the first steps')} rows={6} />;
  const { done, needed, is_finished: finished } = first;
  const leave = () => {
    if (!finished) useShowing.getState().putOff();
    onLeave();
  };
  return (
    <div className="flex min-h-0 flex-1 flex-col items-center overflow-y-auto px-8 pt-[5vh] pb-8" data-first-run={finished ? 'finished' : 'open'}>
      <div className="w-full max-w-[560px]">
        <div className="flex justify-center text-faint">
          <PipelineArt />
        </div>
        <h1 className="mt-2 text-center text-xl font-semibold tracking-[-0.01em]">{done === 0 ? t('Welcome to Courier') : t('First steps')}</h1>
        <p className="mt-1 text-center text-muted">
          {finished
            ? t('Your first job has run. From here on Courier does it by itself: give the job a schedule or a monitor.')
            : t("Courier fetches partners' files, decrypts, unpacks and puts them where they belong, and proves it. In a few minutes your first job runs.")}
        </p>
        <div className="mt-5 mb-3 flex items-center gap-3">
          <Progress share={done / needed} tone="ok" label={t('First steps')} className="flex-1" />
          <span id="first-steps-count" className="num text-sm text-muted">
            {t('{{done}} of {{needed}}', { done, needed })}
          </span>
        </div>
        <StepList steps={first} />
        <div className="mt-4 flex items-center justify-center gap-3 text-sm text-faint">
          {finished ? (
            <Button id="leave-first-steps" variant="primary" onClick={leave}>
              <CircleCheck />
              {t('To the dashboard')}
            </Button>
          ) : (
            <>
              <Button id="leave-first-steps" variant="ghost" onClick={leave}>
                {t('Not now')}
              </Button>
              <span>{t('They come back: in the navigation at the left, and by Ctrl K, “first steps”.')}</span>
            </>
          )}
        </div>
      </div>
    </div>
  );
}
