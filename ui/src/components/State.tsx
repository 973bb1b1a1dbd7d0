/** States: always a glyph and a word, one colour for one meaning everywhere. */
import {
  Archive,
  Ban,
  CircleCheck,
  CircleDashed,
  CircleMinus,
  CirclePause,
  CircleX,
  Hourglass,
  LoaderCircle,
  type LucideIcon,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { t } from '@/i18n';
import type { JobExecutionState, PgpKeyStatus, SshKeyStatus, StepExecutionState } from '@/ipc';
import { cn } from '@/lib/cn';

export type Tone = 'ok' | 'run' | 'pause' | 'warn' | 'fail' | 'idle';

const TEXT: Record<Tone, string> = {
  ok: 'text-ok',
  run: 'text-run',
  pause: 'text-pause',
  warn: 'text-warn',
  fail: 'text-fail',
  idle: 'text-idle',
};
const SOFT: Record<Tone, string> = {
  ok: 'border-ok-line bg-ok-soft text-ok',
  run: 'border-run-line bg-run-soft text-run',
  pause: 'border-pause-line bg-pause-soft text-pause',
  warn: 'border-warn-line bg-warn-soft text-warn',
  fail: 'border-fail-line bg-fail-soft text-fail',
  idle: 'border-idle-line bg-idle-soft text-idle',
};

export interface StateLook {
  tone: Tone;
  icon: LucideIcon;
  word: string;
  spins?: boolean;
}

export const EXECUTION_STATES: Record<JobExecutionState, StateLook> = {
  created: { tone: 'idle', icon: CircleDashed, word: t('Created') },
  queued: { tone: 'run', icon: CircleDashed, word: t('Queued') },
  running: { tone: 'run', icon: LoaderCircle, word: t('Running'), spins: true },
  paused: { tone: 'pause', icon: CirclePause, word: t('Paused') },
  completed: { tone: 'ok', icon: CircleCheck, word: t('Completed') },
  failed: { tone: 'fail', icon: CircleX, word: t('Failed') },
  cancelled: { tone: 'idle', icon: Ban, word: t('Cancelled') },
};

export const STEP_STATES: Record<StepExecutionState, StateLook> = {
  pending: { tone: 'idle', icon: CircleDashed, word: t('Pending') },
  running: { tone: 'run', icon: LoaderCircle, word: t('Running'), spins: true },
  completed: { tone: 'ok', icon: CircleCheck, word: t('Completed') },
  failed: { tone: 'fail', icon: CircleX, word: t('Failed') },
  skipped: { tone: 'idle', icon: CircleMinus, word: t('Skipped') },
};

export const KEY_STATES: Record<PgpKeyStatus | SshKeyStatus, StateLook> = {
  active: { tone: 'ok', icon: CircleCheck, word: t('Active') },
  expiring: { tone: 'warn', icon: Hourglass, word: t('Expiring') },
  retired: { tone: 'idle', icon: Archive, word: t('Retired') },
  revoked: { tone: 'fail', icon: Ban, word: t('Revoked') },
  deleted: { tone: 'idle', icon: CircleMinus, word: t('Deleted') },
};

export const DISABLED: StateLook = { tone: 'idle', icon: CircleMinus, word: t('Disabled') };

/** A glyph and words in a line of text. `children` replaces the state's own word. */
export function StateLabel({ look, children, className, title }: { look: StateLook; children?: ReactNode; className?: string; title?: string }) {
  const Icon = look.icon;
  return (
    <span title={title} data-state={look.word} className={cn('inline-flex max-w-full min-w-0 items-center gap-1.5 align-middle whitespace-nowrap', TEXT[look.tone], className)}>
      <Icon className={cn('size-3.5 flex-none', look.spins && 'animate-spin')} aria-hidden />
      <span className="truncate">{children ?? look.word}</span>
    </span>
  );
}

/** Only the glyph, with the word for those who do not see it. */
export function StateGlyph({ look, className }: { look: StateLook; className?: string }) {
  const Icon = look.icon;
  return (
    <span className={cn('inline-flex flex-none', TEXT[look.tone], className)} title={look.word}>
      <Icon className={cn('size-3.5', look.spins && 'animate-spin')} aria-hidden />
      <span className="sr-only">{look.word}</span>
    </span>
  );
}

/** A state that stands beside a title. */
export function Badge({ tone, icon: Icon, spins, children, className }: { tone: Tone; icon?: LucideIcon; spins?: boolean; children: ReactNode; className?: string }) {
  return (
    <span
      className={cn(
        'inline-flex h-5 flex-none items-center gap-[5px] rounded-[5px] border px-1.5 text-sm font-medium whitespace-nowrap',
        SOFT[tone],
        className,
      )}
    >
      {Icon && <Icon className={cn('size-3', spins && 'animate-spin')} strokeWidth={2.2} aria-hidden />}
      {children}
    </span>
  );
}

export function StateBadge({ look, children }: { look: StateLook; children?: ReactNode }) {
  return (
    <Badge tone={look.tone} icon={look.icon} spins={look.spins}>
      {children ?? look.word}
    </Badge>
  );
}

const BAR: Record<JobExecutionState, string> = {
  created: 'bg-idle-solid h-2',
  queued: 'bg-run-solid h-2',
  running: 'bg-run-solid h-2.5',
  paused: 'bg-pause-solid h-2.5',
  completed: 'bg-ok-solid h-3',
  failed: 'bg-fail-solid h-4',
  cancelled: 'bg-idle-solid h-2',
};

/** The last runs as bars, newest at the right; failures stand out by height as well as colour. */
export function History({ states, slots = 12 }: { states: readonly JobExecutionState[]; slots?: number }) {
  const shown = states.slice(-slots);
  const failed = shown.filter((state) => state === 'failed').length;
  const words = shown.length === 0 ? t('Not run yet') : failed === 0 ? t('Last {{count}} runs: none failed', { count: shown.length }) : t('Last {{count}} runs: {{failed}} failed', { count: shown.length, failed });
  return (
    <span className="inline-flex h-4 items-end gap-0.5 align-middle" role="img" aria-label={words} title={words}>
      {shown.map((state, index) => (
        <i key={index} className={cn('w-1 rounded-[1px]', BAR[state])} />
      ))}
      {Array.from({ length: slots - shown.length }, (_, index) => (
        <i key={`none-${index}`} className="h-[3px] w-1 rounded-[1px] bg-track" />
      ))}
    </span>
  );
}
