/** What is asked before changes are lost: someone else saved the chain meanwhile, or the page is left. */
import { useBlocker } from '@tanstack/react-router';
import { GitCompareArrows } from 'lucide-react';
import { Button } from '@/components/Button';
import { AlertDialog } from '@/components/Dialog';
import { shortTime } from '@/lib/format';
import { useChainStore } from './context';
import { isChanged } from './model/store';
import type { Saving } from '@/components/useSaving';
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
      title="Someone saved this chain meanwhile"
      description={`It was saved ${shortTime(conflict.updated_at)} as “${conflict.name}” with ${conflict.members.map((member) => member.name).join(', ')}. Only one of the two can go on.`}
      width={520}
      footer={
        <>
          <Button onClick={saving.decideLater}>Decide later</Button>
          <Button id="take-theirs" onClick={saving.takeTheirs}>
            Use theirs, drop mine
          </Button>
          <Button id="keep-mine" variant="primary" busy={saving.busy} onClick={() => void saving.keepMine()}>
            Save mine over it
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
      title="Leave without saving?"
      description="The chain goes on as it was saved last."
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
            Throw my changes away
          </Button>
          <Button id="leave-stay" autoFocus onClick={blocker.reset}>
            Keep editing
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
            Save
          </Button>
        </>
      }
    />
  );
}
