/** The run's log: by level, by text, by step; at its end as long as one follows it. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { ListFilter, X } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { ErrorState } from '@/components/ErrorState';
import { Input } from '@/components/Input';
import { Segmented, Switch } from '@/components/Toggle';
import { locale, t } from '@/i18n';
import type { LogLine } from '@/ipc';
import { cn } from '@/lib/cn';
import { clock, exactTime } from '@/lib/format';
import { useSettled } from '@/lib/useSettled';
import { useLogLines } from './useLogLines';

type Least = 'info' | 'warn' | 'error';
const LEVELS: readonly { value: Least; label: string; id: string }[] = [
  { value: 'info', label: t('All'), id: 'log-all' },
  { value: 'warn', label: t('Warnings'), id: 'log-warnings' },
  { value: 'error', label: t('Errors'), id: 'log-errors' },
];
const AT_LEAST: Record<Least, string[]> = { info: [], warn: ['warn', 'error'], error: ['error'] };
const ROW = 20;
/** Keys that go away from the end. */
const BACK = new Set(['ArrowUp', 'PageUp', t('Home')]);

export interface LogPanelProps {
  executionId: string;
  running: boolean;
  /** Only this step's lines. */
  step: { alias: string; name: string } | null;
  onAllSteps: () => void;
}

export function LogPanel({ executionId, running, step, onAllSteps }: LogPanelProps) {
  const [least, setLeast] = useState<Least>('info');
  const [text, setText] = useState('');
  const [follow, setFollow] = useState(true);
  const search = useSettled(text.trim());
  const alias = step?.alias ?? null;
  const filter = useMemo(() => ({ levels: AT_LEAST[least], step: alias, search: search === '' ? null : search }), [least, alias, search]);
  const filtered = least !== 'info' || alias !== null || search !== '';
  const scroller = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState<readonly [number, number]>([0, 0]);
  const log = useLogLines(executionId, filter, running, seen);
  const total = log.total ?? 0;
  const virtual = useVirtualizer({ count: total, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 20 });
  const items = virtual.getVirtualItems();
  const [first, last] = [items.at(0)?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => setSeen((before) => (before[0] === first && before[1] === last ? before : [first, last])), [first, last]);
  useEffect(() => {
    const list = scroller.current;
    if (follow && list && total > 0) list.scrollTop = list.scrollHeight;
  }, [follow, total]);
  return (
    <section aria-label={t('Log')} className="flex min-h-0 min-w-0 flex-col border-l border-line">
      <div className="flex h-[35px] flex-none items-center gap-2 border-b border-line px-4">
        <h2 className="font-medium">{t('Log')}</h2>
        {total > 0 && (
          <span className="num text-xs font-medium text-faint" id="log-total">
            {total.toLocaleString(locale)}
          </span>
        )}
        {step && (
          <button type="button" onClick={onAllSteps} title={t('Show every step')} className="inline-flex h-5 min-w-0 items-center gap-1 rounded-sm border border-accent-line bg-accent-soft px-1.5 text-sm text-accent-ink">
            <span className="truncate">{step.name}</span>
            <X className="size-3 flex-none" aria-hidden />
          </button>
        )}
        <span className="ml-auto flex min-w-0 items-center gap-2.5">
          <Segmented label={t('Level')} value={least} onChange={setLeast} segments={LEVELS} className="h-6 [&_button]:h-5 [&_button]:px-1.5" />
          <Input id="log-filter" small boxClassName="w-28 min-w-14 flex-initial" icon={<ListFilter />} aria-label={t('Filter the log by words or file')} placeholder={t('Filter')} value={text} onChange={(event) => setText(event.target.value)} />
          <span className="flex flex-none items-center gap-1.5 text-sm text-muted">
            <Switch id="log-follow" aria-label={t('Follow the log')} checked={follow} onCheckedChange={setFollow} />
            {t('Follow')}
          </span>
        </span>
      </div>
      {log.error ? (
        <ErrorState error={log.error} what={t('The log')} onRetry={log.again} />
      ) : (
        <div
          ref={scroller}
          id="log"
          role="log"
          aria-label={t('Log lines')}
          aria-live={follow && running ? 'polite' : 'off'}
          tabIndex={0}
          className="selectable min-h-0 flex-1 overflow-y-auto py-1.5 outline-offset-[-2px]"
          onWheel={(event) => {
            if (event.deltaY < 0) setFollow(false);
          }}
          onKeyDown={(event) => {
            if (BACK.has(event.key)) setFollow(false);
          }}
        >
          {log.total === 0 && <p className="px-4 py-3 text-sm text-muted">{filtered ? t('No line matches.') : t('Nothing has been noted yet.')}</p>}
          <div className="relative" style={{ height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const line = log.at(item.index);
              return line ? <Line key={item.index} line={line} top={item.start} /> : null;
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
      <span className={cn('truncate', tone)} title={[line.message, line.file, line.step_alias].filter(Boolean).join('\n')}>
        {line.message}
        {line.file && !line.message.includes(line.file) && <span className="ml-2 text-faint">{line.file}</span>}
      </span>
    </div>
  );
}
