/** Asks before a changed job is left, but not on the way to the help. The draft stays either way, unless it is thrown away here. */
import { useBlocker } from '@tanstack/react-router';
import { Button } from '@/components/Button';
import { AlertDialog } from '@/components/Dialog';
import { t } from '@/i18n';
import { useBuilderStore } from './context';
import { forget } from './model/autosave';
import { isChanged } from './model/store';

export function LeaveGuard() {
  const store = useBuilderStore();
  const blocker = useBlocker({
    // One new job takes the place of another only after that was said where it was made.
    shouldBlockFn: ({ next }) => isChanged(store.getState()) && !next.pathname.startsWith('/help') && !(store.getState().jobId === null && next.pathname === '/jobs/new'),
    enableBeforeUnload: false,
    withResolver: true,
  });
  if (blocker.status !== 'blocked') return null;
  return (
    <AlertDialog
      open
      onClose={blocker.reset}
      id="leave-dialog"
      title={t('Leave without saving a version?')}
      description={t('Your draft stays on this computer and is there when you come back. The job runs as it was saved last.')}
      width={460}
      footer={
        <>
          <Button
            id="leave-discard"
            variant="danger"
            className="mr-auto"
            onClick={() => {
              const state = store.getState();
              forget(state.jobId);
              store.setState({ doc: state.saved });
              blocker.proceed();
            }}
          >
            {t('Throw my changes away')}
          </Button>
          <Button id="leave-stay" autoFocus onClick={blocker.reset}>
            {t('Keep editing')}
          </Button>
          <Button id="leave-keep" variant="primary" onClick={blocker.proceed}>
            {t('Leave, keep the draft')}
          </Button>
        </>
      }
    />
  );
}
