/** What is asked before changes are lost: someone else saved the chain meanwhile, or the page is left. */
import { useBlocker } from '@tanstack/react-router';
import { GitCompareArrows } from 'lucide-react';
import { Button } from '@/components/Button';
import { AlertDialog } from '@/components/Dialog';
import { shortTime } from '@/lib/format';
import { useChainStore } from './context';
import { isChanged } from './model/store';
import type { Saving } from '@/components/useSaving';
import { t } from '@/i18n';
import type { JobChain } from '@/ipc';

export function ConflictDialog({ saving }: { saving: Saving<JobChain> }) {
  const { conflict } = saving;
  if (!conflict) return null;
  return (
    <AlertDialog
      open
      onClose={saving.decideLater}
      id="conflict-dialog"
      icon={<GitCompareArrows className="text-warn" />}
      title={t('Someone saved this chain meanwhile')}
      description={t('It was saved {{time}} as “{{name}}” with {{members}}. Only one of the two can go on.', { time: shortTime(conflict.updated_at), name: conflict.name, members: conflict.members.map((member) => member.name).join(', ') })}
      width={520}
      footer={
        <>
          <Button onClick={saving.decideLater}>{t('Decide later')}</Button>
          <Button id="take-theirs" onClick={saving.takeTheirs}>
            {t('Use theirs, drop mine')}
          </Button>
          <Button id="keep-mine" variant="primary" busy={saving.busy} onClick={() => void saving.keepMine()}>
            {t('Save mine over it')}
          </Button>
        </>
      }
    />
  );
}

export function LeaveGuard({ onSave }: { onSave: () => Promise<unknown> }) {
  const store = useChainStore();
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isChanged(store.getState()) && current.pathname !== next.pathname,
    enableBeforeUnload: false,
    withResolver: true,
  });
  if (blocker.status !== 'blocked') return null;
  return (
    <AlertDialog
      open
      onClose={blocker.reset}
      id="leave-dialog"
      title={t('Leave without saving?')}
      description={t('The chain goes on as it was saved last.')}
      width={440}
      footer={
        <>
          <Button
            id="leave-discard"
            variant="danger"
            className="mr-auto"
            onClick={() => {
              store.setState({ doc: store.getState().saved });
              blocker.proceed();
            }}
          >
            {t('Throw my changes away')}
          </Button>
          <Button id="leave-stay" autoFocus onClick={blocker.reset}>
            {t('Keep editing')}
          </Button>
          <Button
            id="leave-save"
            variant="primary"
            onClick={() => {
              // Whatever stands in its way is shown on the page.
              blocker.reset();
              void onSave();
            }}
          >
            {t('Save')}
          </Button>
        </>
      }
    />
  );
}
