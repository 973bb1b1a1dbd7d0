/**
 * When each step ran, attempt by attempt, with what it moved; loops open into their iterations, those into their steps.
 * Keyboard: arrows move and open or close, Enter shows only the step's log, R does the run again from the step.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { t } from '@/i18n';
import type { ExecutionProgress, ExecutionView, StepView } from '@/ipc';
import { cn } from '@/lib/cn';
import { clock } from '@/lib/format';
import { canBegin } from './again';
import { Bars } from './Bars';
import { linesOf, loopKey, type TimelineLine } from './rows';
import { axisOf, percent } from './timeline';
import { LineCells } from './TimelineCells';
import { useIterations } from './useIterations';

/** A step that was chosen, in an iteration if it has one. */
export interface Selection {
  key: string;
  path: string;
  entry: StepView;
}

export interface TimelineProps {
  view: ExecutionView;
  progress: ReadonlyMap<number, ExecutionProgress>;
  now: number;
  live: boolean;
  selected: Selection | null;
  onSelect: (selected: Selection | null) => void;
  /** Absent while the run is not over. */
  onRetry?: ((entry: StepView) => void) | undefined;
}

const ROW = 24;
const HEAD = 26;
const TRACKS = 'grid grid-cols-[minmax(320px,500px)_minmax(0,1fr)]';

export function Timeline({ view, progress, now, live, selected, onSelect, onRetry }: TimelineProps) {
  const axis = axisOf(view, now);
  const running = view.execution.state === 'running';
  const iterations = useIterations(view.execution.id, live);
  const lines = linesOf(view.steps, iterations.open, iterations.reads);
  const scroller = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 16, paddingStart: HEAD, scrollPaddingStart: HEAD });
  const items = virtual.getVirtualItems();

  // The end of what was read is seen: the next page is wanted.
  const more = items.flatMap(({ index }) => lines[index] ?? []).find((line) => line.kind === 'more');
  const { more: ask } = iterations;
  const [loop, next] = more?.kind === 'more' ? [more.loop, more.next] : [null, 0];
  useEffect(() => {
    if (loop !== null) ask(loop, next);
  }, [ask, loop, next]);

  const toggle = (line: TimelineLine) => {
    if (line.kind === 'iteration') iterations.toggleIteration(line.order, line.iteration.path);
    if (line.kind === 'step' && line.entry.iterations) iterations.toggleLoop(line.entry.step.step_order, line.path, line.entry.iterations.failed > 0 ? 'failed' : 'all');
  };
  const act = (line: TimelineLine) => {
    if (line.kind === 'iteration') return toggle(line);
    if (line.kind !== 'step') return;
    const own = { key: line.key, path: line.path, entry: line.entry };
    onSelect(selected?.key === line.key ? null : own);
  };
  const retries = (line: TimelineLine) => onRetry !== undefined && line.kind === 'step' && line.path === '' && canBegin(line.entry);

  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.target as HTMLElement).getAttribute('role') !== 'treegrid' || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = lines.findIndex((line) => line.key === cursor);
    const line = lines[at];
    const go = (to: number) => {
      const index = Math.max(0, Math.min(lines.length - 1, to));
      setCursor(lines[index]?.key ?? null);
      virtual.scrollToIndex(index);
    };
    const isOpen = line && 'open' in line ? line.open : null;
    const handlers: Record<string, () => void> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at < 0 ? 0 : at - 1),
      Home: () => go(0),
      End: () => go(lines.length - 1),
      PageDown: () => go(at + 12),
      PageUp: () => go(at - 12),
      ArrowRight: () => (isOpen === false && line ? toggle(line) : go(at + 1)),
      ArrowLeft: () => {
        if (isOpen && line) return toggle(line);
        if (line) go(lines.findLastIndex((other, index) => index < at && other.level < line.level && other.kind !== 'show'));
      },
      Enter: () => line && act(line),
      ' ': () => line && act(line),
      r: () => line?.kind === 'step' && retries(line) && onRetry?.(line.entry),
    };
    const handle = handlers[event.key];
    if (!handle) return;
    event.preventDefault();
    handle();
  };

  const domId = (line: TimelineLine) => `line-${line.key.replaceAll(/[^a-z0-9]/g, '-')}`;
  const current = lines.find((line) => line.key === cursor);
  return (
    <div
      ref={scroller}
      role="treegrid"
      aria-label={t('Steps of the run')}
      aria-rowcount={lines.length + 1}
      tabIndex={0}
      aria-activedescendant={current && domId(current)}
      onKeyDown={onKeyDown}
      className="relative max-h-[52%] min-h-[52px] flex-none overflow-y-auto border-y border-line focus-visible:outline-2 focus-visible:-outline-offset-2"
      style={{ height: virtual.getTotalSize() + 2 }}
    >
      <div role="rowgroup" className="sticky top-0 z-20">
        <div role="row" className={cn(TRACKS, 'h-[26px] border-b border-line bg-bg')}>
          <div role="presentation" className="grid grid-cols-[minmax(0,1fr)_114px_94px] items-center gap-2 border-r border-line pr-3 pl-4 text-sm font-medium text-faint">
            <span role="columnheader">{t('Step')}</span>
            <span role="columnheader" className="text-right">
              {t('Moved')}
            </span>
            <span role="columnheader" className="text-right">
              {t('Time')}
            </span>
          </div>
          <div aria-hidden className="relative min-w-0 overflow-hidden">
            {axis?.ticks.map((tick) => {
              const left = percent(axis, tick.at);
              return (
                <span
                  key={tick.at}
                  className={cn('num absolute top-[5px] text-xs whitespace-nowrap text-faint', left < 5 ? '-translate-x-2' : left > 96 ? 'hidden' : '-translate-x-1/2')}
                  style={{ left: `${left}%` }}
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
        </div>
      </div>
      <div aria-hidden className={cn(TRACKS, 'pointer-events-none absolute inset-x-0')} style={{ top: HEAD, height: virtual.getTotalSize() - HEAD }}>
        <span className="border-r border-line" />
        <span className="relative overflow-hidden">
          {axis?.ticks.map((tick) => <i key={tick.at} className="absolute inset-y-0 w-px bg-grid" style={{ left: `${percent(axis, tick.at)}%` }} />)}
          {axis && running && <i className="absolute inset-y-0 z-10 w-px bg-run-solid" style={{ left: `${percent(axis, now)}%` }} />}
        </span>
      </div>
      <div role="rowgroup">
        {items.map((item) => {
          const line = lines[item.index];
          if (!line) return null;
          const stepProgress = line.kind === 'step' ? (progress.get(line.entry.step.step_order) ?? null) : null;
          const isSelected = selected?.key === line.key;
          return (
            <div
              key={line.key}
              id={domId(line)}
              role="row"
              aria-level={line.level + 1}
              aria-rowindex={item.index + 2}
              aria-selected={line.kind === 'step' ? isSelected : undefined}
              aria-expanded={'open' in line && line.open !== null ? line.open : undefined}
              {...marks(line)}
              onClick={(event) => {
                if ((event.target as HTMLElement).closest('button')) return;
                setCursor(line.key);
                act(line);
              }}
              className={cn(
                TRACKS,
                'group absolute inset-x-0 top-0 text-sm',
                line.kind !== 'show' && line.kind !== 'note' && 'hover:bg-hover',
                cursor === line.key && 'bg-hover shadow-[inset_2px_0_0_var(--accent)]',
                isSelected && 'bg-selected hover:bg-selected',
              )}
              style={{ transform: `translateY(${item.start}px)`, height: ROW }}
            >
              <LineCells
                line={line}
                progress={stepProgress}
                now={now}
                current={cursor === line.key}
                onToggle={() => toggle(line)}
                onShow={(show) => line.kind === 'show' && iterations.show(loopKey(line.loop.order, line.loop.within), show)}
                onRetry={retries(line) && line.kind === 'step' ? () => onRetry?.(line.entry) : undefined}
              />
              <div aria-hidden className="relative min-w-0 overflow-hidden">
                {axis && <Bars line={line} axis={axis} now={now} progress={stepProgress} />}
              </div>
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** What a line is, for tests. */
function marks(line: TimelineLine): Record<string, string> {
  if (line.kind === 'iteration') return { 'data-iteration': line.iteration.path, 'data-state': line.iteration.state };
  return {};
}
