/** A member in the graph: its name, its job, and in a run how it goes. */
import { Link } from '@tanstack/react-router';
import { Handle, Position, type Node, type NodeProps } from '@xyflow/react';
import { CircleMinus, CircleX } from 'lucide-react';
import { memo } from 'react';
import { StateLabel, type Tone } from '@/components/State';
import { t } from '@/i18n';
import type { ChainMemberExecution } from '@/ipc';
import { cn } from '@/lib/cn';
import { memberWords, useTook } from '../run';
import { MEMBER_STATES } from '../states';
import type { Size } from './layout';

export type MemberData = {
  name: string;
  job: string;
  /** Its job does not start. */
  off: boolean;
  errors: number;
  run: ChainMemberExecution | null;
  size: Size;
  editable: boolean;
};
export type MemberNodeType = Node<MemberData, 'member'>;

const LINE: Record<Tone, string> = {
  ok: 'border-ok-solid',
  run: 'border-run-solid',
  pause: 'border-pause-solid',
  warn: 'border-warn-solid',
  fail: 'border-fail-solid',
  idle: 'border-line-strong',
};

export const MemberNode = memo(function MemberNode({ data, selected }: NodeProps<MemberNodeType>) {
  const { name, job, off, errors, run, size, editable } = data;
  const tone = run ? MEMBER_STATES[run.state].tone : errors > 0 ? 'fail' : 'idle';
  return (
    <div
      data-member={name}
      data-member-state={run?.state}
      style={size}
      title={run?.reason ?? undefined}
      className={cn(
        // The library lets nothing in a node be clicked that cannot be chosen.
        'pointer-events-auto flex flex-col justify-center gap-px rounded-md border bg-raised px-3',
        LINE[tone],
        run?.state === 'skipped' && 'border-dashed',
        selected && 'border-accent bg-selected',
      )}
    >
      <Handle type="target" position={Position.Left} isConnectable={editable} data-in={name} />
      <span className="flex items-center gap-1.5">
        <span className={cn('min-w-0 flex-1 truncate font-medium', (name === '' || run?.state === 'skipped') && 'text-muted')}>{name || t('No name')}</span>
        {errors > 0 && (
          <span className="flex-none text-fail" title={t('{{count}} errors', { count: errors })}>
            <CircleX className="size-3.5" aria-hidden />
            <span className="sr-only">{t('{{count}} errors', { count: errors })}</span>
          </span>
        )}
      </span>
      <span className="flex items-center gap-1 text-sm text-muted">
        <span className="min-w-0 truncate">{job}</span>
        {off && (
          <span className="inline-flex flex-none items-center gap-1 text-idle">
            <CircleMinus className="size-3" aria-hidden />
            {t('disabled')}
          </span>
        )}
      </span>
      {run && <RunLine run={run} />}
      <Handle type="source" position={Position.Right} isConnectable={editable} data-out={name} />
    </div>
  );
});

function RunLine({ run }: { run: ChainMemberExecution }) {
  const took = useTook(run);
  const label = (
    <StateLabel look={MEMBER_STATES[run.state]} className="text-sm" title={run.reason ?? undefined}>
      {memberWords(run, took)}
    </StateLabel>
  );
  return run.job_execution_id ? (
    <Link to="/executions/$executionId" params={{ executionId: run.job_execution_id }} className="nodrag flex min-w-0 rounded-sm hover:underline" aria-label={t('Run of {{name}}: {{member}}', { name: run.name, member: memberWords(run, took) })}>
      {label}
    </Link>
  ) : (
    label
  );
}
