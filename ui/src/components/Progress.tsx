import { cn } from '@/lib/cn';
import type { Tone } from './State';

const FILL: Record<Tone, string> = {
  ok: 'bg-ok-solid',
  run: 'bg-run-solid',
  pause: 'bg-pause-solid',
  warn: 'bg-warn-solid',
  fail: 'bg-fail-solid',
  idle: 'bg-idle-solid',
};

/** How far something is, `share` from 0 to 1; `null` is not known and says so. */
export function Progress({ share, label, tone = 'run', className }: { share: number | null; label: string; tone?: Tone; className?: string }) {
  const percent = share === null ? null : Math.round(Math.min(1, Math.max(0, share)) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent ?? undefined}
      className={cn('h-1 min-w-8 overflow-hidden rounded-full bg-track', className)}
    >
      <div
        className={cn('h-full rounded-full transition-[width]', FILL[tone], percent === null && 'w-1/3 animate-pulse')}
        style={percent === null ? undefined : { width: `${percent}%` }}
      />
    </div>
  );
}
