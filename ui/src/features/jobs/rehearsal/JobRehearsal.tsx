/** The dry run of a saved job, from the list of jobs. */
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Button } from '@/components/Button';
import { t } from '@/i18n';
import { asAppError } from '@/ipc';
import { RehearsalDialog } from './RehearsalDialog';
import { useRehearsal } from './useRehearsal';

export function JobRehearsal({ job, onClose }: { job: { id: string; name: string }; onClose: () => void }) {
  const navigate = useNavigate();
  const control = useRehearsal();
  const { start, state } = control;
  const again = () => void start({ id: job.id, draft: null, parameters: {} });
  const begin = useRef(again);
  useEffect(() => begin.current(), []);
  // Most often a parameter without a default: the job's own page asks for it.
  const asks = state !== null && state.error !== null && asAppError(state.error).code === 'validation';
  return (
    <RehearsalDialog control={control} name={job.name} onClose={onClose} onAgain={again}>
      {asks && (
        <Button variant="link" className="self-start" onClick={() => void navigate({ to: '/jobs/$jobId', params: { jobId: job.id } })}>
          {t('Open the job and start the dry run there')}
        </Button>
      )}
    </RehearsalDialog>
  );
}
