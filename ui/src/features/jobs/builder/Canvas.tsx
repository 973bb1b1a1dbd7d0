/** The pipeline: steps, and between them the gaps that steps can be put into. */
import { useDroppable } from '@dnd-kit/core';
import { memo, useMemo, type KeyboardEvent } from 'react';
import { PipelineArt } from '@/components/Art';
import { Kbd } from '@/components/Button';
import { rich, t } from '@/i18n';
import type { RehearsedStep } from '@/ipc';
import { cn } from '@/lib/cn';
import { useBuilder, useSpecs } from './context';
import type { Dragged, GapData } from './drag';
import { EACH, OTHERWISE, THEN } from './model/doc';
import { byStep, ofStep } from './model/problems';
import { chosen, together } from './model/selection';
import { canMove, rowsOf, stepRows, type GapRow, type Row } from './model/tree';
import type { StepRun } from './run';
import { StepBlock } from './StepBlock';

export interface CanvasProps {
  dragged: Dragged | null;
  runs: ReadonlyMap<string, StepRun> | null;
  /** What a dry run of the document found, by a step's place. */
  rehearsed: ReadonlyMap<number, RehearsedStep> | null;
  /** The keyboard came to it. */
  onVisit: (key: string) => void;
  /** It alone. */
  onSelect: (key: string) => void;
  /** It with the selected ones, or all up to it. */
  onMark: (key: string, how: 'with' | 'up to') => void;
  onEdit: (key: string) => void;
  onKey: (event: KeyboardEvent, key: string) => void;
}

export function Canvas({ dragged, runs, rehearsed, onVisit, onSelect, onMark, onEdit, onKey }: CanvasProps) {
  const specs = useSpecs();
  const steps = useBuilder((state) => state.doc.steps);
  const selected = useBuilder((state) => state.selected);
  const others = useBuilder((state) => state.others);
  const problems = useBuilder((state) => state.problems);
  const identity = useBuilder((state) => state.identity);
  const rows = useMemo(() => rowsOf(steps), [steps]);
  const sums = useMemo(() => byStep(problems), [problems]);
  const details = useMemo(() => new Map(stepRows(rows).map((row) => [row.order, ofStep(problems, row.order)])), [problems, rows]);
  const marked = useMemo(() => new Set(chosen(steps, { selected, others, anchor: null })), [steps, selected, others]);
  const lifted = useMemo(
    () => (dragged?.from === 'pipeline' ? together(steps, { selected, others, anchor: null }, dragged.key) : []),
    [steps, selected, others, dragged],
  );
  const first = stepRows(rows)[0]?.key;
  const run = (key: string) => {
    const id = identity[key];
    return runs && id !== undefined ? (runs.get(id) ?? null) : null;
  };
  const draw = (row: Row) => {
    switch (row.kind) {
      case 'gap':
        return (
          <Gap
            key={row.key}
            row={row}
            dragging={dragged !== null}
            legal={dragged === null || dragged.from === 'palette' || canMove(steps, lifted, row.at)}
            words={landing(rows, row)}
          />
        );
      case 'branch':
        return (
          <div
            key={row.key}
            role="presentation"
            data-branch={row.branch}
            style={{ marginLeft: row.depth * INDENT }}
            className={cn('flex h-6 items-end text-sm font-medium text-muted', !row.block.enabled && 'text-faint')}
          >
            {BRANCHES[row.branch]}
          </div>
        );
      case 'step':
        return (
          <StepBlock
            key={row.key}
            row={row}
            spec={specs.get(row.node.type_key)}
            selected={marked.has(row.key)}
            lifted={lifted.includes(row.key)}
            tabbable={(selected ?? first) === row.key}
            problems={sums.get(row.order)}
            fieldProblems={details.get(row.order) ?? NONE}
            run={run(row.key)}
            rehearsed={rehearsed?.get(row.order) ?? null}
            onVisit={onVisit}
            onSelect={onSelect}
            onMark={onMark}
            onEdit={onEdit}
            onKey={onKey}
          />
        );
    }
  };
  return (
    <div data-canvas className="min-h-0 min-w-0 flex-1 overflow-y-auto bg-sunken px-5 pt-2 pb-16">
      <div role="tree" aria-multiselectable aria-label={t('Steps of the job')} className="mx-auto flex max-w-[660px] flex-col">
        {rows.map(draw)}
      </div>
    </div>
  );
}

const NONE = new Map();
const INDENT = 28;
const BRANCHES: Record<string, string> = { [THEN]: t('If it holds'), [OTHERWISE]: t('Otherwise'), [EACH]: t('For every item') };

/** `Before Unpack`, `At the end`. */
export function landing(rows: readonly Row[], gap: GapRow): string {
  const next = rows.slice(rows.indexOf(gap) + 1).find((row) => row.kind === 'step');
  if (gap.empty) return gap.block ? t('Inside {{name}}', { name: gap.block.name }) : t('First step');
  if (next && next.depth === gap.depth && next.at.parent === gap.at.parent && next.at.branch === gap.at.branch) return t('Before {{name}}', { name: next.node.name });
  return gap.block ? t('At the end of {{name}}', { name: gap.block.name }) : t('At the end');
}

const Gap = memo(function Gap({ row, dragging, legal, words }: { row: GapRow; dragging: boolean; legal: boolean; words: string }) {
  const { setNodeRef, isOver } = useDroppable({ id: row.key, data: { at: row.at, legal } satisfies GapData });
  return (
    <div
      ref={setNodeRef}
      data-gap={row.key}
      data-over={isOver || undefined}
      role="presentation"
      style={{ marginLeft: row.depth * INDENT }}
      className={cn('relative', row.empty ? (row.block ? 'my-1 h-9' : 'mt-1.5 min-h-[280px]') : 'h-2')}
    >
      {row.empty && row.block && (
        <div
          className={cn(
            'flex h-9 items-center rounded-md border border-dashed border-line-strong px-3 text-sm text-faint',
            isOver && 'border-accent bg-accent-soft text-accent-ink',
          )}
        >
          {isOver ? words : row.at.branch === OTHERWISE ? t('Nothing, or drop a step here') : t('Drop a step here')}
        </div>
      )}
      {row.empty && !row.block && (
        <div
          className={cn(
            'flex h-[280px] flex-col items-center justify-center gap-1.5 rounded-lg border border-dashed border-line-strong text-center text-muted',
            isOver && 'border-accent bg-accent-soft',
          )}
        >
          <span className="mb-2 text-faint">
            <PipelineArt />
          </span>
          <span className="text-lg font-semibold text-ink">{t('Begin with the first step')}</span>
          <span className="max-w-[360px]">
            {rich('Drag a step from the left to here, or press {{kbd}} and type what you need. Steps run from top to bottom.', { kbd: <Kbd>/</Kbd> })}
          </span>
        </div>
      )}
      {!row.empty && dragging && legal && !isOver && <span className="absolute inset-x-1 top-[3.5px] h-px rounded-full bg-line" />}
      {!row.empty && isOver && (
        <>
          <span className="absolute inset-x-1 top-[3px] h-0.5 rounded-full bg-accent" />
          <span className="absolute top-0 -left-1 size-2 rounded-full border-2 border-accent bg-bg" />
          <span className="absolute -top-[5px] left-5 z-10 h-[18px] rounded-full bg-accent px-[7px] text-xs leading-[18px] font-medium whitespace-nowrap text-on-accent">
            {words}
          </span>
        </>
      )}
    </div>
  );
});
