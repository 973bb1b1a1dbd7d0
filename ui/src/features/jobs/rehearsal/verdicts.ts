/** How the verdict on a step is shown, and what a whole dry run came to in words. */
import { CircleCheck, CircleHelp, CircleMinus, CircleX } from 'lucide-react';
import type { StateLook } from '@/components/State';
import type { Rehearsal, RehearsedStep, Verdict } from '@/ipc';
import { bytes, count } from '@/lib/format';

export const VERDICTS: Record<Verdict, StateLook> = {
  would_do: { tone: 'ok', icon: CircleCheck, word: 'Would do' },
  cannot: { tone: 'fail', icon: CircleX, word: 'Cannot' },
  unknown: { tone: 'pause', icon: CircleHelp, word: 'Cannot tell' },
  skipped: { tone: 'idle', icon: CircleMinus, word: 'Skipped' },
};

export const OUTCOMES: Record<Verdict, string> = {
  would_do: 'The job would run through.',
  cannot: 'The job would fail.',
  unknown: 'Nothing stands in the way, as far as it can be told before the run.',
  skipped: 'Every step is disabled.',
};

/** The job as a whole, in two words. */
export const JOB_WORDS: Record<Verdict, string> = {
  would_do: 'Would run',
  cannot: 'Would fail',
  unknown: 'Cannot tell all',
  skipped: 'Nothing to do',
};

/** `2 would do, 1 cannot`. */
export function tally(rehearsal: Rehearsal): string {
  const parts = (Object.keys(VERDICTS) as Verdict[]).map((verdict) => {
    const steps = rehearsal.steps.filter((step) => step.verdict === verdict).length;
    return steps > 0 ? `${steps} ${VERDICTS[verdict].word.toLowerCase()}` : null;
  });
  return parts.filter(Boolean).join(', ');
}

/** `3 files, about 1.2 MB`; nothing for a step that is not about files. */
export function amount(step: RehearsedStep): string | null {
  if (step.file_count === null) return null;
  const size = step.bytes !== null && step.file_count > 0 ? `, ${step.is_estimate ? 'about ' : ''}${bytes(step.bytes)}` : '';
  return `${count(step.file_count, 'file')}${size}`;
}
