/** What a line of the timeline draws over time: a bar for each attempt, one for an iteration, a bracket for a loop. */
import { t } from '@/i18n';
import { PRESENTATIONS, type ExecutionProgress, type StepExecution, type StepExecutionState } from '@/ipc';
import { cn } from '@/lib/cn';
import { clock, duration, rate } from '@/lib/format';
import { barsOf, barOf, type Axis, type Bar } from './timeline';
import type { TimelineLine } from './rows';

const LOOK: Record<StepExecutionState, string> = {
  pending: 'border-idle-line bg-idle-soft',
  running: 'border-run-solid bg-run-soft',
  completed: 'border-ok-solid bg-ok-solid',
  failed: 'border-fail-solid bg-fail-solid',
  skipped: 'border-idle-line bg-idle-soft',
};

const BRACKET: Record<StepExecutionState, string> = {
  pending: 'border-idle-line',
  running: 'border-run-solid',
  completed: 'border-ok-solid',
  failed: 'border-fail-solid',
  skipped: 'border-idle-line',
};

export function Bars({ line, axis, now, progress }: { line: TimelineLine; axis: Axis; now: number; progress: ExecutionProgress | null }) {
  if (line.kind === 'iteration') {
    const { iteration } = line;
    const bar = barOf(axis, iteration.started_at, iteration.completed_at, iteration.state === 'running', now);
    return bar && <Block bar={bar} look={LOOK[iteration.state]} title={iteration.error_message ?? undefined} />;
  }
  if (line.kind !== 'step') return null;
  const bars = barsOf(line.entry.attempts, axis, now);
  const end = bars.at(-1);
  const loop = line.entry.iterations !== null;
  return (
    <>
      {bars.map((bar, index) => (
        <AttemptBar key={bar.attempt.id} bar={bar} progress={loop ? null : progress} several={bars.length > 1} index={index} loop={loop} />
      ))}
      {end && !loop && <Words bar={end} progress={progress} several={bars.length > 1} />}
    </>
  );
}

type Attempted = Bar & { attempt: StepExecution };

function AttemptBar({ bar, progress, several, index, loop }: { bar: Attempted; progress: ExecutionProgress | null; several: boolean; index: number; loop: boolean }) {
  const { attempt } = bar;
  const share = attempt.state === 'running' && progress?.total_bytes ? progress.bytes_transferred / progress.total_bytes : null;
  const title = [several ? t('Attempt {{number}}', { number: index + 1 }) : null, attempt.started_at && clock(attempt.started_at), attempt.duration_ms === null ? null : duration(attempt.duration_ms), attempt.error_message]
    .filter(Boolean)
    .join(', ');
  if (loop) {
    return (
      <span
        className={cn('absolute top-[9px] h-[7px] rounded-t-[2px] border-x-2 border-t-[3px]', BRACKET[attempt.state])}
        style={{ left: `${bar.left}%`, width: `${bar.width}%`, minWidth: 6 }}
        title={title}
      />
    );
  }
  const words = attempt.error_code ? t('Attempt {{number}}, {{short}}', { number: index + 1, short: PRESENTATIONS[attempt.error_code].short }) : t('Attempt {{number}}', { number: index + 1 });
  return (
    <Block bar={bar} look={LOOK[attempt.state]} title={title}>
      {share !== null && <i className="absolute inset-y-0 left-0 bg-run-solid opacity-35" style={{ width: `${share * 100}%` }} />}
      {several && attempt.state === 'failed' && bar.width > 18 && <span className="truncate px-1.5 text-xs leading-3 font-medium text-white">{words}</span>}
    </Block>
  );
}

function Block({ bar, look, title, children }: { bar: Bar; look: string; title?: string | undefined; children?: React.ReactNode }) {
  return (
    <span
      className={cn('absolute top-[5px] flex h-3.5 items-center overflow-hidden rounded-[3px] border', look)}
      style={{ left: `${bar.left}%`, width: `${bar.width}%`, minWidth: 4 }}
      title={title}
    >
      {children}
    </span>
  );
}

/** Beside the last bar: why it ended, or how fast it is. */
function Words({ bar, progress, several }: { bar: Attempted; progress: ExecutionProgress | null; several: boolean }) {
  const { attempt } = bar;
  const words =
    attempt.state === 'running'
      ? (progress?.transfer_rate_bytes_per_sec ?? 0) > 0
        ? rate(progress?.transfer_rate_bytes_per_sec)
        : null
      : attempt.state === 'failed' && attempt.error_code
        ? PRESENTATIONS[attempt.error_code].short
        : attempt.state === 'completed' && several
          ? t('went well')
          : null;
  if (words === null) return null;
  const right = bar.left + bar.width;
  const inside = right > 80;
  return (
    <span
      className="num absolute top-1 z-[1] text-xs leading-4 whitespace-nowrap text-muted"
      style={inside ? { right: `calc(${100 - bar.left}% + 6px)` } : { left: `calc(${right}% + 6px)` }}
    >
      {words}
    </span>
  );
}
