/** What a dry run found of each step: the verdict, the files, what stands in the way and what to do about it. */
import { ArrowRight, CircleX, Info } from 'lucide-react';
import { StateLabel } from '@/components/State';
import { t } from '@/i18n';
import { PRESENTATIONS, type PlannedFile, type RehearsalProblem, type RehearsedStep } from '@/ipc';
import { bytes } from '@/lib/format';
import { amount, VERDICTS } from './verdicts';

/** Files that are shown before the rest is only counted. */
const SHOWN = 5;

export function RehearsedSteps({ steps }: { steps: readonly RehearsedStep[] }) {
  return (
    <ol aria-label={t('Steps')} className="flex flex-col">
      {steps.map((step) => (
        <Step key={step.step_order} step={step} />
      ))}
    </ol>
  );
}

function Step({ step }: { step: RehearsedStep }) {
  const size = amount(step);
  const said = step.problems.some((problem) => problem.message === step.summary);
  return (
    <li data-rehearsed={step.alias} data-verdict={step.verdict} className="flex flex-col gap-1 border-t border-line py-2.5 first:border-t-0">
      <div className="flex min-w-0 items-center gap-2">
        <span className="num w-5 flex-none text-right text-faint">{step.step_order + 1}</span>
        <span className="truncate font-medium">{step.name || t('Without a name')}</span>
        <span className="mono flex-none text-xs text-faint">{step.type_key}</span>
        <span className="num ml-auto flex flex-none items-center gap-2.5 text-sm">
          {size && <span className="text-muted">{size}</span>}
          <StateLabel look={VERDICTS[step.verdict]} className="font-medium" />
        </span>
      </div>
      <div className="flex flex-col gap-1.5 pl-7">
        {!said && <p className="selectable [overflow-wrap:anywhere] text-muted">{step.summary}</p>}
        {step.problems.map((problem) => (
          <Problem key={problem.message} problem={problem} />
        ))}
        {step.notes.map((note) => (
          <p key={note} className="flex gap-2 text-sm text-muted">
            <Info className="mt-0.5 size-3.5 flex-none text-faint" aria-hidden />
            <span className="selectable min-w-0 [overflow-wrap:anywhere]">{note}</span>
          </p>
        ))}
        {step.files.length > 0 && <Files step={step} />}
      </div>
    </li>
  );
}

function Problem({ problem }: { problem: RehearsalProblem }) {
  const shown = PRESENTATIONS[problem.code];
  return (
    <p data-problem={problem.code} className="flex gap-2 text-sm">
      <CircleX className="mt-0.5 size-3.5 flex-none text-fail" aria-label={shown.title} />
      <span className="min-w-0">
        <span className="selectable [overflow-wrap:anywhere]">{problem.message}</span> <span className="text-muted">{shown.hint}</span>
      </span>
    </p>
  );
}

function Files({ step }: { step: RehearsedStep }) {
  const shown = step.files.slice(0, SHOWN);
  const more = (step.file_count ?? shown.length) - shown.length;
  return (
    <ul aria-label={t('Files of {{name}}', { name: step.name })} className="mono flex flex-col gap-0.5 text-xs text-muted">
      {shown.map((file, index) => (
        <FileLine key={index} file={file} />
      ))}
      {more > 0 && <li className="font-sans text-sm">{t('and {{count}} more files', { count: more })}</li>}
    </ul>
  );
}

function FileLine({ file }: { file: PlannedFile }) {
  const paths = [file.source, file.destination].filter((path) => path !== null);
  return (
    <li className="flex min-w-0 items-center gap-1.5">
      {paths.map((path, index) => (
        <span key={index} className="flex min-w-0 items-center gap-1.5">
          {index > 0 && <ArrowRight className="size-3 flex-none text-faint" aria-label={t('to')} />}
          <span className="selectable truncate [direction:rtl]" title={path}>
            <bdi>{path}</bdi>
          </span>
        </span>
      ))}
      {file.bytes !== null && <span className="num ml-auto flex-none pl-2 font-sans">{file.is_estimate ? t('about {{size}}', { size: bytes(file.bytes) }) : `${bytes(file.bytes)}`}</span>}
    </li>
  );
}
