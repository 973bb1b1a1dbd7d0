/** How the verdict on a step is shown, and what a whole dry run came to in words. */
import { CircleCheck, CircleHelp, CircleMinus, CircleX } from 'lucide-react';
import type { StateLook } from '@/components/State';
import { inside, t } from '@/i18n';
import type { Rehearsal, RehearsedStep, Verdict } from '@/ipc';
import { bytes } from '@/lib/format';

export const VERDICTS: Record<Verdict, StateLook> = {
  would_do: { tone: 'ok', icon: CircleCheck, word: t('Would do') },
  cannot: { tone: 'fail', icon: CircleX, word: t('Cannot') },
  unknown: { tone: 'pause', icon: CircleHelp, word: t('Cannot tell') },
  skipped: { tone: 'idle', icon: CircleMinus, word: t('Skipped') },
};

export const OUTCOMES: Record<Verdict, string> = {
  would_do: t('The job would run through.'),
  cannot: t('The job would fail.'),
  unknown: t('Nothing stands in the way, as far as it can be told before the run.'),
  skipped: t('Every step is disabled.'),
};

/** The job as a whole, in two words. */
export const JOB_WORDS: Record<Verdict, string> = {
  would_do: t('Would run'),
  cannot: t('Would fail'),
  unknown: t('Cannot tell all'),
  skipped: t('Nothing to do'),
};

/** `2 would do, 1 cannot`. */
export function tally(rehearsal: Rehearsal): string {
  const parts = (Object.keys(VERDICTS) as Verdict[]).map((verdict) => {
    const steps = rehearsal.steps.filter((step) => step.verdict === verdict).length;
    return steps > 0 ? `${steps} ${inside(VERDICTS[verdict].word)}` : null;
  });
  return parts.filter(Boolean).join(', ');
}

/** `3 files, about 1.2 MB`; nothing for a step that is not about files. */
export function amount(step: RehearsedStep): string | null {
  if (step.file_count === null) return null;
  const number = step.file_count;
  if (step.bytes === null || number === 0) return t('{{count}} files', { count: number });
  const size = bytes(step.bytes);
  return step.is_estimate ? t('{{count}} files, about {{size}}', { count: number, size }) : t('{{count}} files, {{size}}', { count: number, size });
}
