/** What differs between two versions of a job: its steps in their order, each with what became of it. */
import { ArrowRight, ArrowUpDown, CircleMinus, CirclePlus, Pencil, Settings2, type LucideIcon } from 'lucide-react';
import { Badge, type Tone } from '@/components/State';
import { StepIcon } from '@/components/StepIcon';
import { t } from '@/i18n';
import { cn } from '@/lib/cn';
import type { ChangedField, Compared, ComparedStep, Fate } from './compare';

const LOOKS: Record<Exclude<Fate, 'same'>, { tone: Tone; icon: LucideIcon; word: string; row: string }> = {
  added: { tone: 'ok', icon: CirclePlus, word: t('Added'), row: 'border-l-ok-solid bg-ok-soft' },
  removed: { tone: 'fail', icon: CircleMinus, word: t('Removed'), row: 'border-l-fail-solid bg-fail-soft' },
  changed: { tone: 'warn', icon: Pencil, word: t('Changed'), row: 'border-l-warn-solid' },
};

export function Changes({ compared: { job, steps } }: { compared: Compared }) {
  return (
    <div className="flex flex-col gap-1.5">
      {job.length > 0 && (
        <div data-changed-job className="rounded-md border border-l-[3px] border-line border-l-warn-solid">
          <div className="flex h-9 items-center gap-2.5 px-3 font-medium">
            <Settings2 className="size-4 flex-none text-muted" aria-hidden />
            {t('The job itself')}
          </div>
          <Fields fields={job} />
        </div>
      )}
      <ol aria-label={t('Steps')} className="flex flex-col gap-1.5">
        {steps.map((step) => (
          <Step key={`${step.fate}:${step.alias}`} step={step} />
        ))}
      </ol>
    </div>
  );
}

function Step({ step: { alias, name, icon, depth, fate, moved, fields } }: { step: ComparedStep }) {
  const look = fate === 'same' ? null : LOOKS[fate];
  const quiet = look === null && !moved;
  return (
    <li
      data-compared={alias}
      data-fate={fate}
      data-moved={moved || undefined}
      style={{ marginLeft: depth * 20 }}
      className={cn('rounded-md border border-l-[3px] border-line', look?.row ?? (moved && 'border-l-run-solid'))}
    >
      <div className="flex h-9 items-center gap-2.5 px-3">
        <StepIcon name={icon} className={cn('size-4 flex-none', quiet ? 'text-faint' : 'text-muted')} />
        <span className={cn('min-w-0 flex-1 truncate', quiet ? 'text-muted' : 'font-medium', fate === 'removed' && 'line-through')} title={name}>
          {name}
        </span>
        {moved && <Badge tone="run" icon={ArrowUpDown}>{t('Moved')}</Badge>}
        {look && <Badge tone={look.tone} icon={look.icon}>{look.word}</Badge>}
      </div>
      <Fields fields={fields} />
    </li>
  );
}

function Fields({ fields }: { fields: readonly ChangedField[] }) {
  if (fields.length === 0) return null;
  return (
    <dl className="grid grid-cols-[132px_minmax(0,1fr)] gap-x-3 gap-y-1 border-t border-line px-3 py-2 text-sm">
      {fields.map(({ path, label, from, to }) => (
        <div key={path} data-changed={path} className="contents">
          <dt className="truncate text-muted" title={label}>{label}</dt>
          <dd className="flex min-w-0 flex-wrap items-start gap-x-1.5 gap-y-0.5">
            <Value text={from} was />
            <ArrowRight className="mt-0.5 size-3.5 flex-none text-faint" aria-label={t('became')} />
            <Value text={to} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ text, was = false }: { text: string | null; was?: boolean }) {
  if (text === null) return <span className="text-faint">{t('nothing')}</span>;
  return <span className={cn('mono max-w-full rounded-[4px] px-1 whitespace-pre-wrap [overflow-wrap:anywhere]', was ? 'bg-fail-soft text-fail' : 'bg-ok-soft text-ok')}>{text}</span>;
}
