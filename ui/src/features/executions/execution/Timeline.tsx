/** When each step ran, attempt by attempt, with what it moved. */
import { Fragment } from 'react';
import { STEP_STATES, StateGlyph } from '@/components/State';
import { PRESENTATIONS, type ExecutionProgress, type ExecutionView, type StepExecution, type StepExecutionState, type StepView } from '@/ipc';
import { cn } from '@/lib/cn';
import { bytes, clock, count, duration, rate } from '@/lib/format';
import { newestAttempt } from '@/features/jobs/builder/run';
import { axisOf, barsOf, percent, type Axis, type Bar } from './timeline';

export interface TimelineProps {
  view: ExecutionView;
  progress: ReadonlyMap<number, ExecutionProgress>;
  now: number;
  /** A step's alias. */
  selected: string | null;
  onSelect: (alias: string | null) => void;
}

const ROW = 'h-6';

export function Timeline({ view, progress, now, selected, onSelect }: TimelineProps) {
  const axis = axisOf(view, now);
  const running = view.execution.state === 'running';
  return (
    <div className="grid max-h-[46%] flex-none grid-cols-[minmax(320px,468px)_minmax(0,1fr)] overflow-y-auto border-y border-line" role="table" aria-label="Steps of the run">
      <div className="min-w-0 border-r border-line" role="rowgroup">
        <div className="sticky top-0 z-10 grid h-[26px] grid-cols-[minmax(0,1fr)_80px_96px] items-center gap-2 border-b border-line bg-bg pr-3 pl-4 text-sm font-medium text-faint" role="row">
          <span role="columnheader">Step</span>
          <span role="columnheader" className="text-right">
            Moved
          </span>
          <span role="columnheader" className="text-right">
            Time
          </span>
        </div>
        {view.steps.map((entry) => (
          <StepLine
            key={entry.step.id}
            entry={entry}
            progress={progress.get(entry.step.step_order) ?? null}
            now={now}
            selected={selected === entry.step.alias}
            onSelect={() => onSelect(selected === entry.step.alias ? null : entry.step.alias)}
          />
        ))}
      </div>
      <div className="relative min-w-0 overflow-hidden" aria-hidden>
        <div className="sticky top-0 z-10 h-[26px] border-b border-line bg-bg">
          {axis?.ticks.map((tick) => {
            const at = percent(axis, tick.at);
            return (
              <span
                key={tick.at}
                className={cn('num absolute top-[5px] text-xs whitespace-nowrap text-faint', at < 5 ? '-translate-x-2' : at > 96 ? 'hidden' : '-translate-x-1/2')}
                style={{ left: `${at}%` }}
              >
                {tick.label}
              </span>
            );
          })}
          {axis && running && (
            <span
              className="num absolute top-1 z-20 -translate-x-1/2 rounded-sm border border-run-line bg-run-soft px-[5px] text-xs leading-[15px] font-medium text-run"
              style={{ left: `${percent(axis, now)}%` }}
            >
              {clock(new Date(now).toISOString())}
            </span>
          )}
        </div>
        {axis?.ticks.map((tick) => (
          <i key={tick.at} className="absolute top-[26px] bottom-0 w-px bg-grid" style={{ left: `${percent(axis, tick.at)}%` }} />
        ))}
        {axis && running && <i className="absolute top-[22px] bottom-0 z-10 w-px bg-run-solid" style={{ left: `${percent(axis, now)}%` }} />}
        {view.steps.map((entry) => (
          <div key={entry.step.id} className={cn('relative', ROW, selected === entry.step.alias && 'bg-selected')}>
            {axis && <Bars entry={entry} axis={axis} now={now} progress={progress.get(entry.step.step_order) ?? null} />}
          </div>
        ))}
      </div>
    </div>
  );
}

function StepLine({ entry, progress, now, selected, onSelect }: { entry: StepView; progress: ExecutionProgress | null; now: number; selected: boolean; onSelect: () => void }) {
  const { step, attempts } = entry;
  const last = newestAttempt(attempts);
  const state: StepExecutionState = last?.state ?? 'pending';
  const running = state === 'running';
  const share = running && progress?.total_bytes ? Math.floor((progress.bytes_transferred / progress.total_bytes) * 100) : null;
  const moved = running ? progress?.bytes_transferred : last?.bytes_processed;
  const begun = attempts.filter((attempt) => attempt.started_at !== null).length;
  return (
    <div
      role="row"
      tabIndex={0}
      data-step={step.alias}
      data-state={state}
      aria-selected={selected}
      title="Show only this step's log"
      onClick={onSelect}
      onKeyDown={(event) => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault();
          onSelect();
        }
      }}
      className={cn('grid grid-cols-[minmax(0,1fr)_80px_96px] items-center gap-2 pr-3 pl-4 text-sm hover:bg-hover', ROW, selected && 'bg-selected hover:bg-selected')}
    >
      <span className="flex min-w-0 items-center gap-1.5" role="cell">
        <StateGlyph look={STEP_STATES[state]} />
        <span className={cn('truncate font-medium', state === 'pending' && 'text-muted')}>{step.name}</span>
        {begun > 1 && <span className="flex-none text-faint">{count(begun, 'attempt')}</span>}
        {share !== null && <span className="num flex-none text-run">{`${share} %`}</span>}
        {state === 'failed' && last?.error_code && <span className="flex-none text-fail">{PRESENTATIONS[last.error_code].short}</span>}
        {state === 'skipped' && <span className="flex-none text-faint">{step.enabled ? 'skipped' : 'disabled'}</span>}
      </span>
      <span className="num text-right text-muted" role="cell">
        {moved ? bytes(moved) : ''}
      </span>
      <span className="num truncate text-right text-muted" role="cell">
        {timeOf(attempts, now)}
      </span>
    </div>
  );
}

/** From the first attempt's start to the last one's end, waiting included. */
function timeOf(attempts: readonly StepExecution[], now: number): string {
  const starts = attempts.flatMap((attempt) => (attempt.started_at ? [Date.parse(attempt.started_at)] : []));
  const last = newestAttempt(attempts);
  if (starts.length === 0 || !last) return '';
  if (starts.length === 1 && last.duration_ms !== null) return duration(last.duration_ms);
  const end = last.completed_at ? Date.parse(last.completed_at) : last.state === 'running' ? now : Math.max(...starts);
  return duration(Math.max(0, end - Math.min(...starts)));
}

const LOOK: Record<StepExecutionState, string> = {
  pending: 'border-idle-line bg-idle-soft',
  running: 'border-run-solid bg-run-soft',
  completed: 'border-ok-solid bg-ok-solid',
  failed: 'border-fail-solid bg-fail-solid',
  skipped: 'border-idle-line bg-idle-soft',
};

function Bars({ entry, axis, now, progress }: { entry: StepView; axis: Axis; now: number; progress: ExecutionProgress | null }) {
  const bars = barsOf(entry.attempts, axis, now);
  const end = bars.at(-1);
  return (
    <>
      {bars.map((bar, index) => (
        <Fragment key={bar.attempt.id}>
          <AttemptBar bar={bar} progress={progress} several={bars.length > 1} index={index} />
        </Fragment>
      ))}
      {end && <Words bar={end} progress={progress} several={bars.length > 1} />}
    </>
  );
}

function AttemptBar({ bar, progress, several, index }: { bar: Bar; progress: ExecutionProgress | null; several: boolean; index: number }) {
  const { attempt } = bar;
  const share = attempt.state === 'running' && progress?.total_bytes ? progress.bytes_transferred / progress.total_bytes : null;
  const words = `Attempt ${index + 1}${attempt.error_code ? `, ${PRESENTATIONS[attempt.error_code].short}` : ''}`;
  return (
    <span
      className={cn('absolute top-[5px] flex h-3.5 items-center overflow-hidden rounded-[3px] border', LOOK[attempt.state])}
      style={{ left: `${bar.left}%`, width: `${bar.width}%`, minWidth: 4 }}
      title={[several ? `Attempt ${index + 1}` : null, attempt.started_at && clock(attempt.started_at), attempt.duration_ms === null ? null : duration(attempt.duration_ms), attempt.error_message]
        .filter(Boolean)
        .join(', ')}
    >
      {share !== null && <i className="absolute inset-y-0 left-0 bg-run-solid opacity-35" style={{ width: `${share * 100}%` }} />}
      {several && attempt.state === 'failed' && bar.width > 18 && (
        <span className="truncate px-1.5 text-xs leading-3 font-medium text-white">{words}</span>
      )}
    </span>
  );
}

/** Beside the last bar: why it ended, or how fast it is. */
function Words({ bar, progress, several }: { bar: Bar; progress: ExecutionProgress | null; several: boolean }) {
  const { attempt } = bar;
  const words =
    attempt.state === 'running'
      ? (progress?.transfer_rate_bytes_per_sec ?? 0) > 0
        ? rate(progress?.transfer_rate_bytes_per_sec)
        : null
      : attempt.state === 'failed' && attempt.error_code
        ? PRESENTATIONS[attempt.error_code].short
        : attempt.state === 'completed' && several
          ? 'went well'
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
