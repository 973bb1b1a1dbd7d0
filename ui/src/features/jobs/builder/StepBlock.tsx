/** One step on the canvas: what it is, what it does, what is wrong with it, and how its run goes. */
import { useDraggable } from '@dnd-kit/core';
import { ArrowRight, CircleDashed, CircleMinus, CircleX, GripVertical, RotateCcw, TriangleAlert } from 'lucide-react';
import { memo, type KeyboardEvent, type MouseEvent, type ReactNode } from 'react';
import { Progress } from '@/components/Progress';
import { Badge, STEP_STATES, StateLabel, type Tone } from '@/components/State';
import { StepIcon } from '@/components/StepIcon';
import { locale, t } from '@/i18n';
import { PRESENTATIONS, type Problem, type RehearsedStep, type StepSpec } from '@/ipc';
import { cn } from '@/lib/cn';
import { bytes, duration, rate } from '@/lib/format';
import { amount, VERDICTS } from '../rehearsal/verdicts';
import { useReferenceNames } from './context';
import type { Dragged } from './drag';
import { policyWords } from './inspector/PolicyField';
import type { StepProblems } from './model/problems';
import { summaryOf } from './model/summary';
import type { StepRow } from './model/tree';
import { TemplateText } from './pill/TemplateText';
import type { StepRun } from './run';

export interface StepBlockProps {
  row: StepRow;
  spec: StepSpec | undefined;
  selected: boolean;
  /** It hangs on the pointer, by itself or with others. */
  lifted: boolean;
  problems: StepProblems | undefined;
  fieldProblems: ReadonlyMap<string, Problem[]>;
  run: StepRun | null;
  rehearsed: RehearsedStep | null;
  /** Somewhere in the list the focus must be reachable by Tab. */
  tabbable: boolean;
  onVisit: (key: string) => void;
  onSelect: (key: string) => void;
  onMark: (key: string, how: 'with' | 'up to') => void;
  onEdit: (key: string) => void;
  onKey: (event: KeyboardEvent, key: string) => void;
}

export const StepBlock = memo(function StepBlock({ row, spec, selected, lifted, problems, fieldProblems, run, rehearsed, tabbable, onVisit, onSelect, onMark, onEdit, onKey }: StepBlockProps) {
  const { node, key } = row;
  const { setNodeRef, listeners } = useDraggable({ id: `step:${key}`, data: { from: 'pipeline', key } satisfies Dragged });
  const serious = problems !== undefined && problems.errors > problems.missing;
  return (
    <div
      ref={setNodeRef}
      {...listeners}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={selected}
      tabIndex={tabbable ? 0 : -1}
      data-step={node.alias}
      data-index={row.order}
      data-type={node.type_key}
      data-state={run?.state}
      data-verdict={rehearsed?.verdict}
      onFocus={() => onVisit(key)}
      onMouseDown={(event) => {
        // The focus would come first, and leave nothing of what is selected; and text would be marked.
        if (marking(event)) event.preventDefault();
      }}
      onClick={(event) => {
        const how = marking(event);
        if (how) return onMark(key, how);
        onSelect(key);
        event.currentTarget.focus();
      }}
      onDoubleClick={() => onEdit(key)}
      onKeyDown={(event) => onKey(event, key)}
      style={{ marginLeft: row.depth * 28 }}
      className={cn(
        'group relative grid h-11 touch-none grid-cols-[14px_24px_minmax(0,1fr)_auto] items-center gap-2 overflow-hidden rounded-md border border-line bg-raised pr-2.5 pl-1.5 outline-none',
        'hover:border-line-strong focus-visible:outline-2 focus-visible:outline-focus',
        !node.enabled && 'bg-sunken',
        serious && 'border-fail-solid hover:border-fail-solid',
        selected && 'bg-selected',
        selected && !serious && 'border-accent hover:border-accent',
        lifted && 'opacity-40',
      )}
    >
      <GripVertical className="size-3.5 text-faint opacity-55 group-hover:opacity-100" aria-hidden />
      <span className="grid size-6 place-items-center rounded-[5px] bg-idle-soft text-muted [&_svg]:size-3.5">
        <StepIcon name={spec?.icon} />
      </span>
      <div className="min-w-0 leading-[17px]">
        <div className="flex min-w-0 items-center gap-2">
          <span className={cn('truncate font-medium', !node.enabled && 'text-faint line-through decoration-off')}>{node.name || t('Without a name')}</span>
          <span className="mono flex-none text-xs text-faint">{node.type_key}</span>
        </div>
        <Summary row={row} spec={spec} problems={fieldProblems} />
      </div>
      <div className="flex flex-none items-center gap-1.5">{rehearsed ? <RehearsedWords step={rehearsed} /> : run && run.state !== 'pending' ? <RunWords run={run} /> : <Marks row={row} problems={problems} />}</div>
      {run?.state === 'running' && (
        <Progress
          label={t('Progress of {{name}}', { name: node.name })}
          share={run.progress?.total_bytes ? run.progress.bytes_transferred / run.progress.total_bytes : null}
          className="absolute inset-x-0 bottom-0 h-[3px] rounded-none"
        />
      )}
    </div>
  );
});

const marking = ({ shiftKey, ctrlKey, metaKey }: MouseEvent): 'with' | 'up to' | null => (ctrlKey || metaKey ? 'with' : shiftKey ? 'up to' : null);

function Summary({ row, spec, problems }: { row: StepRow; spec: StepSpec | undefined; problems: ReadonlyMap<string, Problem[]> }) {
  const nameOf = useReferenceNames();
  const pieces = summaryOf(row.node, spec, nameOf);
  const out: ReactNode[] = [];
  let templates = 0;
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) {
      out.push(
        spec?.type_key === 'flow.if' ? null : templates > 0 ? (
          <ArrowRight key={`to-${index}`} className="size-3 flex-none" aria-hidden />
        ) : (
          <span key={`dot-${index}`} className="flex-none text-faint">
            ·
          </span>
        ),
      );
    }
    if (piece.kind === 'name') {
      out.push(
        <span key={index} className="truncate">
          {piece.text}
        </span>,
      );
    } else {
      templates += 1;
      out.push(<TemplateText key={index} text={piece.text} problems={problems.get(piece.field) ?? []} />);
      if (piece.more > 0) out.push(<span key={`more-${index}`} className="flex-none">{t('and {{count}} more', { count: piece.more })}</span>);
    }
  }
  return <div className="flex min-w-0 items-center gap-1 overflow-hidden text-sm whitespace-nowrap text-muted">{out.length > 0 ? out : <span className="truncate text-faint">{spec?.summary}</span>}</div>;
}

function Marks({ row, problems }: { row: StepRow; problems: StepProblems | undefined }) {
  const { node } = row;
  const wrong = problems ? problems.errors - problems.missing : 0;
  const mark = (tone: Tone, icon: typeof CircleX, words: string) => <StateLabel look={{ tone, icon, word: words }} className="text-sm" />;
  return (
    <>
      {node.failure_policy && node.enabled && (
        <Badge tone="idle" icon={RotateCcw}>
          {policyWords(node.failure_policy)}
        </Badge>
      )}
      {!node.enabled ? (
        <Badge tone="idle" icon={CircleMinus}>
          {t('Disabled')}
        </Badge>
      ) : wrong > 0 ? (
        mark('fail', CircleX, t('{{count}} problems', { count: wrong }))
      ) : problems && problems.missing > 0 ? (
        mark('pause', CircleDashed, t('{{count}} to fill in', { count: problems.missing }))
      ) : problems && problems.warnings > 0 ? (
        mark('warn', TriangleAlert, t('{{count}} warnings', { count: problems.warnings }))
      ) : null}
    </>
  );
}

function RehearsedWords({ step }: { step: RehearsedStep }) {
  return (
    <span className="num flex items-center gap-2 text-sm">
      <span className="text-muted">{amount(step)}</span>
      <StateLabel look={VERDICTS[step.verdict]} title={step.problems[0]?.message ?? step.summary}>
        {step.problems[0] ? t('Cannot, {{short}}', { short: PRESENTATIONS[step.problems[0].code].short }) : undefined}
      </StateLabel>
    </span>
  );
}

function RunWords({ run }: { run: StepRun }) {
  const { attempt, progress, rounds, state } = run;
  const moved = attempt?.bytes_processed;
  const counted = rounds && rounds.of > 0 ? t('{{done}} of {{of}}', { done: rounds.done.toLocaleString(locale), of: rounds.of.toLocaleString(locale) }) : null;
  if (state === 'running') {
    const share = progress?.total_bytes ? Math.floor((progress.bytes_transferred / progress.total_bytes) * 100) : null;
    return (
      <span className="num flex items-center gap-2 text-sm">
        {progress && progress.bytes_transferred > 0 && (
          <span className="text-muted">
            {bytes(progress.bytes_transferred)}
            {(progress.transfer_rate_bytes_per_sec ?? 0) > 0 && `, ${rate(progress.transfer_rate_bytes_per_sec)}`}
          </span>
        )}
        {counted && <span className="text-muted">{counted}</span>}
        <StateLabel look={STEP_STATES.running}>{share === null ? t('Running') : `${share} %`}</StateLabel>
      </span>
    );
  }
  return (
    <span className="num flex items-center gap-2 text-sm">
      <span className="text-muted">
        {[counted, moved ? bytes(moved) : null, attempt?.duration_ms != null ? duration(attempt.duration_ms) : null].filter(Boolean).join(', ')}
      </span>
      <StateLabel look={STEP_STATES[state]} title={attempt?.error_message ?? undefined}>
        {state === 'failed' && attempt?.error_code ? t('Failed, {{short}}', { short: PRESENTATIONS[attempt.error_code].short }) : undefined}
      </StateLabel>
    </span>
  );
}
