/** An expression, shown as what it stands for. Red when the host says that its name is not known. */
import { Braces, CalendarDays, Radar, SlidersHorizontal, Workflow } from 'lucide-react';
import type { ReactNode } from 'react';
import { StepIcon } from '@/components/StepIcon';
import { t } from '@/i18n';
import { cn } from '@/lib/cn';
import { useStepOf } from '../context';
import { meaning, sampleDate, type Meaning } from '../model/template';

/** The day that date pills show as their example. */
const OPENED_AT = new Date();

export interface PillProps {
  inner: string;
  gone?: boolean;
  /** For the line under a step's name. */
  small?: boolean;
  className?: string;
}

export function Pill({ inner, gone = false, small = false, className }: PillProps) {
  const means = meaning(inner);
  const step = useStepOf(means.source === 'step' ? means.of : null);
  return (
    <span
      data-pill={inner}
      data-gone={gone || undefined}
      title={gone ? t('{{expression}} is not known here', { expression: `{{ ${inner} }}` }) : `{{ ${inner} }}`}
      className={cn(
        'inline-flex h-5 max-w-full min-w-0 flex-none items-center gap-1 rounded-sm border px-1.5 align-middle font-sans text-sm leading-[18px] font-medium whitespace-nowrap [&_svg]:size-3 [&_svg]:flex-none',
        small && 'h-4 rounded-[3px] px-1 text-xs leading-[14px]',
        gone ? 'border-fail-line bg-fail-soft text-fail' : 'border-accent-line bg-accent-soft text-accent-ink',
        className,
      )}
    >
      <Glyph means={means} icon={step?.icon} />
      <Words means={means} of={step?.name ?? null} gone={gone} />
    </span>
  );
}

function Glyph({ means, icon }: { means: Meaning; icon: string | undefined }): ReactNode {
  switch (means.source) {
    case 'step':
      return icon ? <StepIcon name={icon} /> : <Braces aria-hidden />;
    case 'parameter':
      return <SlidersHorizontal aria-hidden />;
    case 'date':
      return <CalendarDays aria-hidden />;
    case 'job':
      return <Workflow aria-hidden />;
    case 'monitor':
      return <Radar aria-hidden />;
    case 'other':
      return <Braces aria-hidden />;
  }
}

function Words({ means, of, gone }: { means: Meaning; of: string | null; gone: boolean }) {
  if (means.source === 'other') return <span className="mono truncate">{means.label}</span>;
  const source = means.source === 'parameter' ? 'params' : means.source === 'date' ? 'now' : (of ?? means.of);
  const label = means.format === null ? means.label : (sampleDate(means.format, OPENED_AT) ?? means.format);
  return (
    <>
      <span className={cn('truncate font-normal', gone && 'line-through')}>{source}</span>
      {label && <span className="truncate">{label}</span>}
    </>
  );
}
