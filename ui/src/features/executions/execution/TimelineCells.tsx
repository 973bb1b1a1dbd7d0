/** The words of a line of the timeline: what it is and how it is, what it moved, how long it took. */
import { ChevronRight, RotateCcw } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '@/components/Button';
import { STEP_STATES, StateGlyph } from '@/components/State';
import { newestAttempt, stateOf } from '@/features/jobs/builder/run';
import { locale, t } from '@/i18n';
import { PRESENTATIONS, type ExecutionProgress, type IterationShow, type IterationView, type StepExecution, type StepView } from '@/ipc';
import { cn } from '@/lib/cn';
import { bytes, duration, elapsed, roughly } from '@/lib/format';
import type { TimelineLine } from './rows';

export interface LineCellsProps {
  line: TimelineLine;
  progress: ExecutionProgress | null;
  now: number;
  current: boolean;
  onToggle: () => void;
  onShow: (show: IterationShow) => void;
  onRetry: (() => void) | undefined;
}

const CELLS = 'grid min-w-0 grid-cols-[minmax(0,1fr)_114px_94px] items-center gap-2 pr-3';

export function LineCells(props: LineCellsProps) {
  const { line } = props;
  switch (line.kind) {
    case 'step':
      return <StepCells {...props} entry={line.entry} open={line.open} />;
    case 'iteration':
      return <IterationCells {...props} iteration={line.iteration} open={line.open} />;
    case 'show':
      return <ShowCell {...props} entry={line.entry} show={line.loop.show} />;
    case 'more':
      return <Note level={line.level}>{t('Reading more iterations')}</Note>;
    case 'note':
      return (
        <Note level={line.level} failed={line.failed}>
          {line.words}
        </Note>
      );
  }
}

const indent = (level: number) => ({ paddingLeft: 8 + level * 18 });

function Note({ level, failed = false, children }: { level: number; failed?: boolean; children: ReactNode }) {
  return (
    <div role="gridcell" className={cn('self-center', failed ? 'text-fail' : 'text-faint')} style={{ paddingLeft: 46 + level * 18 }}>
      {children}
    </div>
  );
}

function Twist({ open, label, onToggle }: { open: boolean | null; label: string; onToggle: () => void }) {
  if (open === null) return <span className="w-4 flex-none" />;
  return (
    <button type="button" tabIndex={-1} aria-label={open ? t('Close {{label}}', { label }) : t('Open {{label}}', { label })} onClick={onToggle} className="grid size-4 flex-none place-items-center rounded-sm text-faint hover:text-ink">
      <ChevronRight className={cn('size-3 transition-transform motion-reduce:transition-none', open && 'rotate-90')} aria-hidden />
    </button>
  );
}

function StepCells({ line, entry, open, progress, now, current, onToggle, onRetry }: LineCellsProps & { entry: StepView; open: boolean | null }) {
  const { step, attempts, iterations } = entry;
  const last = newestAttempt(attempts);
  const state = stateOf(entry);
  const running = state === 'running';
  const live = running && !iterations ? progress : null;
  const share = live?.total_bytes ? Math.floor((live.bytes_transferred / live.total_bytes) * 100) : null;
  const moved = live ? live.bytes_transferred : last?.bytes_processed;
  const begun = attempts.filter((attempt) => attempt.started_at !== null).length;
  const rate = live?.transfer_rate_bytes_per_sec ?? 0;
  const left = live?.total_bytes && rate > 0 ? ((live.total_bytes - live.bytes_transferred) / rate) * 1000 : null;
  return (
    <div role="presentation" className={CELLS} style={indent(line.level)} data-step={step.alias} data-state={state}>
      <span className="flex min-w-0 items-center gap-1.5" role="gridcell">
        <Twist open={open} label={step.name} onToggle={onToggle} />
        <StateGlyph look={STEP_STATES[state]} />
        <span className={cn('truncate font-medium', state === 'pending' && 'text-muted')} title={step.name}>
          {step.name}
        </span>
        {begun > 1 && <span className="flex-none text-faint">{t('{{count}} attempts', { count: begun })}</span>}
        {share !== null && <span className="num flex-none text-run">{`${share} %`}</span>}
        {iterations && iterations.failed > 0 && <span className="num flex-none text-fail">{t('{{count}} failed', { count: iterations.failed })}</span>}
        {state === 'failed' && !iterations && last?.error_code && <span className="min-w-0 shrink-[4] truncate text-fail">{PRESENTATIONS[last.error_code].short}</span>}
        {entry.taken_over && (
          <span className="flex-none text-faint" title={t('The run that this one repeats has done it; its results are taken over.')}>
            {t('done before')}
          </span>
        )}
        {state === 'skipped' && <span className="flex-none text-faint">{step.enabled ? t('skipped') : t('disabled')}</span>}
        {onRetry && (
          <IconButton
            label={t('Retry from “{{name}}”', { name: step.name })}
            shortcut="R"
            size="sm"
            tabIndex={current ? 0 : -1}
            data-retry-from={step.alias}
            className={cn('ml-auto h-5 opacity-0 group-hover:opacity-100 focus-visible:opacity-100', current && 'opacity-100')}
            onClick={onRetry}
          >
            <RotateCcw />
          </IconButton>
        )}
      </span>
      <span className="num truncate text-right text-muted" role="gridcell">
        {iterations ? through(iterations) : moved ? bytes(moved) : ''}
      </span>
      <span className="num truncate text-right text-muted" role="gridcell">
        {left !== null ? t('{{time}} left', { time: roughly(left) }) : timeOf(attempts, now)}
      </span>
    </div>
  );
}

/** `1,204 of 1,860`: iterations that are through, of those that there will be. */
function through({ completed, expected, begun }: NonNullable<StepView['iterations']>): string {
  if (begun === 0 && expected === null) return '';
  return t('{{completed}} of {{expected}}', { completed: completed.toLocaleString(locale), expected: (expected ?? begun).toLocaleString(locale) });
}

function IterationCells({ line, iteration, open, now, onToggle }: LineCellsProps & { iteration: IterationView; open: boolean }) {
  const { state, number, error_code, had_skips, failed_step } = iteration;
  const over = iteration.completed_at !== null;
  const took = over || state === 'running' ? elapsed(iteration.started_at, iteration.completed_at, now) : null;
  return (
    <div role="presentation" className={CELLS} style={indent(line.level)}>
      <span className="flex min-w-0 items-center gap-1.5" role="gridcell">
        <Twist open={open} label={t('iteration {{number}}', { number: number + 1 })} onToggle={onToggle} />
        <StateGlyph look={STEP_STATES[state]} />
        <span className="num flex-none" title={t('loop.index is {{number}}', { number })}>
          {t('Iteration {{number}}', { number: (number + 1).toLocaleString(locale) })}
        </span>
        {error_code && (
          <span className={cn('truncate', state === 'failed' ? 'text-fail' : 'text-faint')} title={[failed_step, iteration.error_message].filter(Boolean).join(': ')}>
            {PRESENTATIONS[error_code].short}
          </span>
        )}
        {had_skips && <span className="flex-none text-faint">{t('with skips')}</span>}
      </span>
      <span className="num text-right text-muted" role="gridcell">
        {iteration.bytes > 0 ? bytes(iteration.bytes) : ''}
      </span>
      <span className="num truncate text-right text-muted" role="gridcell">
        {took === null ? '' : duration(took)}
      </span>
    </div>
  );
}

function ShowCell({ line, entry, show, onShow }: LineCellsProps & { entry: StepView; show: IterationShow }) {
  const tally = entry.iterations;
  if (!tally) return null;
  const choices: [IterationShow, string, number][] = [
    ['all', t('All'), tally.begun],
    ['failed', t('Failed'), tally.failed],
    ['unfinished', t('Unfinished'), tally.unfinished],
  ];
  return (
    <div role="gridcell" className="flex items-center gap-1" style={{ paddingLeft: 28 + line.level * 18 }}>
      {choices.map(([value, label, number]) => (
        <button
          key={value}
          type="button"
          data-show={value}
          aria-pressed={show === value}
          onClick={() => onShow(value)}
          className={cn(
            'inline-flex h-5 items-center gap-1.5 rounded-sm px-1.5 text-muted hover:text-ink',
            show === value && 'bg-idle-soft font-medium text-ink',
          )}
        >
          {label}
          <span className={cn('num text-xs', value === 'failed' && number > 0 ? 'text-fail' : 'text-faint')}>{number.toLocaleString(locale)}</span>
        </button>
      ))}
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
