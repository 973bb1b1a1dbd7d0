/** The run's log: by level, by text, by step; at its end as long as one follows it. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { ListFilter, X } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { ErrorState } from '@/components/ErrorState';
import { Input } from '@/components/Input';
import { Segmented, Switch } from '@/components/Toggle';
import type { LogLine } from '@/ipc';
import { cn } from '@/lib/cn';
import { clock, exactTime } from '@/lib/format';
import { useExecutionLog } from './useExecutionLog';

type Least = 'info' | 'warn' | 'error';
const RANK: Record<string, number> = { debug: 0, info: 1, warn: 2, error: 3 };
const rank = (level: string) => RANK[level] ?? 1;
const LEVELS: readonly { value: Least; label: string }[] = [
  { value: 'info', label: 'All' },
  { value: 'warn', label: 'Warnings' },
  { value: 'error', label: 'Errors' },
];
const ROW = 20;

export interface LogPanelProps {
  executionId: string;
  running: boolean;
  /** Only this step's lines. */
  step: { alias: string; name: string } | null;
  onAllSteps: () => void;
}

export function filterLog(lines: readonly LogLine[], least: Least, text: string, step: string | null): LogLine[] {
  const words = text.toLowerCase();
  return lines.filter(
    (line) =>
      rank(line.level) >= (least === 'info' ? 0 : rank(least)) &&
      (step === null || line.step_alias === step) &&
      (words === '' || `${line.message} ${line.file ?? ''} ${line.step_alias ?? ''}`.toLowerCase().includes(words)),
  );
}

export function LogPanel({ executionId, running, step, onAllSteps }: LogPanelProps) {
  const { data, error, refetch } = useExecutionLog(executionId, running);
  const [least, setLeast] = useState<Least>('info');
  const [text, setText] = useState('');
  const [follow, setFollow] = useState(true);
  const alias = step?.alias ?? null;
  const lines = useMemo(() => filterLog(data ?? [], least, text, alias), [data, least, text, alias]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 20 });
  useEffect(() => {
    const list = scroller.current;
    if (follow && list && lines.length > 0) list.scrollTop = list.scrollHeight;
  }, [follow, lines.length]);
  return (
    <section aria-label="Log" className="flex min-h-0 min-w-0 flex-col border-l border-line">
      <div className="flex h-[35px] flex-none items-center gap-2.5 border-b border-line px-4">
        <h2 className="font-medium">Log</h2>
        {step && (
          <button type="button" onClick={onAllSteps} title="Show every step" className="inline-flex h-5 min-w-0 items-center gap-1 rounded-sm border border-accent-line bg-accent-soft px-1.5 text-sm text-accent-ink">
            <span className="truncate">{step.name}</span>
            <X className="size-3 flex-none" aria-hidden />
          </button>
        )}
        <span className="ml-auto flex items-center gap-2.5">
          <Segmented label="Level" value={least} onChange={setLeast} segments={LEVELS} className="h-6 [&_button]:h-5 [&_button]:px-1.5" />
          <Input id="log-filter" small boxClassName="w-28" icon={<ListFilter />} aria-label="Filter the log" placeholder="Filter" value={text} onChange={(event) => setText(event.target.value)} />
          <span className="flex items-center gap-1.5 text-sm text-muted">
            <Switch id="log-follow" aria-label="Follow the log" checked={follow} onCheckedChange={setFollow} />
            Follow
          </span>
        </span>
      </div>
      {error && !data ? (
        <ErrorState error={error} what="The log" onRetry={() => void refetch()} />
      ) : (
        <div
          ref={scroller}
          id="log"
          role="log"
          aria-label="Log lines"
          aria-live={follow && running ? 'polite' : 'off'}
          tabIndex={0}
          className="selectable min-h-0 flex-1 overflow-y-auto py-1.5 outline-offset-[-2px]"
          onWheel={(event) => {
            if (event.deltaY < 0) setFollow(false);
          }}
        >
          {data && lines.length === 0 && (
            <p className="px-4 py-3 text-sm text-muted">{data.length === 0 ? 'Nothing has been noted yet.' : 'No line matches.'}</p>
          )}
          <div className="relative" style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map((item) => {
              const line = lines[item.index];
              return line ? <Line key={line.sequence} line={line} top={item.start} /> : null;
            })}
          </div>
        </div>
      )}
    </section>
  );
}

function Line({ line, top }: { line: LogLine; top: number }) {
  const tone = line.level === 'error' ? 'text-fail' : line.level === 'warn' ? 'text-warn' : '';
  return (
    <div
      data-log={line.level}
      className="mono absolute inset-x-0 grid grid-cols-[58px_36px_minmax(0,1fr)] gap-2.5 px-4 text-xs leading-5"
      style={{ transform: `translateY(${top}px)`, height: ROW }}
    >
      <time className="text-faint" dateTime={line.at} title={exactTime(line.at)}>
        {clock(line.at)}
      </time>
      <span className={cn('truncate', tone || 'text-faint')}>{line.level}</span>
      <span className={cn('truncate', tone)} title={[line.message, line.file].filter(Boolean).join('\n')}>
        {line.message}
      </span>
    </div>
  );
}
