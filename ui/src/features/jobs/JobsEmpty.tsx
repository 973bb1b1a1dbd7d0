/** The list of jobs before the first: what a job is, and a sample that runs on this computer. */
import { useNavigate } from '@tanstack/react-router';
import { LayoutTemplate, Play, Plus } from 'lucide-react';
import { PipelineArt } from '@/components/Art';
import { Button } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { t } from '@/i18n';
import { useSample } from './useSample';

export function JobsEmpty({ onNew, onTemplate }: { onNew: () => void; onTemplate: () => void }) {
  const navigate = useNavigate();
  const sample = useSample((jobId) => void navigate({ to: '/jobs/$jobId', params: { jobId } }));
  return (
    <>
      <h1 className="sr-only">{t('Jobs')}</h1>
      <EmptyState
        art={<PipelineArt />}
        title={t('No jobs yet')}
        actions={
          <>
            <Button id="try-sample" variant="primary" busy={sample.isPending} onClick={() => sample.mutate()}>
              <Play />
              {t('Try the sample')}
            </Button>
            <Button id="from-template" onClick={onTemplate}>
              <LayoutTemplate />
              {t('From a template')}
            </Button>
            <Button id="new-job" onClick={onNew}>
              <Plus />
              {t('New job')}
            </Button>
          </>
        }
      >
        {t("A job is a list of steps: fetch a partner's files, decrypt them, unpack them, put them where they belong. Start with the sample to see one work. It runs on this computer and needs no server.")}
      </EmptyState>
    </>
  );
}
