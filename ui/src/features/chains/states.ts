/** How states of chains' runs and of their members look; those that jobs' runs have too look the same. */
import { CircleDashed } from 'lucide-react';
import { EXECUTION_STATES, STEP_STATES, type StateLook } from '@/components/State';
import { t } from '@/i18n';
import type { ChainExecutionState, ChainMemberState } from '@/ipc';

const PENDING: StateLook = { tone: 'idle', icon: CircleDashed, word: t('Pending') };

export const CHAIN_STATES: Record<ChainExecutionState, StateLook> = {
  pending: PENDING,
  running: EXECUTION_STATES.running,
  paused: EXECUTION_STATES.paused,
  completed: EXECUTION_STATES.completed,
  failed: EXECUTION_STATES.failed,
  cancelled: EXECUTION_STATES.cancelled,
};

export const MEMBER_STATES: Record<ChainMemberState, StateLook> = {
  pending: PENDING,
  queued: EXECUTION_STATES.queued,
  running: EXECUTION_STATES.running,
  completed: EXECUTION_STATES.completed,
  failed: EXECUTION_STATES.failed,
  skipped: STEP_STATES.skipped,
  cancelled: EXECUTION_STATES.cancelled,
};
