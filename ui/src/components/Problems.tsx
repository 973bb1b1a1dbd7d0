/** Everything the host finds wrong, each with its place; a click goes there. */
import { ChevronDown, CircleCheck, CircleX, TriangleAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { rich, t } from '@/i18n';
import type { Problem } from '@/ipc';
import { cn } from '@/lib/cn';
import { clock } from '@/lib/format';

export interface ProblemsProps {
  problems: readonly Problem[];
  /** When the host answered last. */
  checkedAt: number | null;
  /** A save was refused. */
  insisted: boolean;
  /** The command that checks the same. */
  command?: string;
  /** `What to fetch`. */
  fieldWords: (path: string) => string;
  /** `Fetch invoices › What to fetch`. */
  placeWords: (path: string) => string;
  onGo: (problem: Problem) => void;
}

export function Problems({ problems, checkedAt, insisted, command, fieldWords, placeWords, onGo }: ProblemsProps) {
  const [chosen, setChosen] = useState<boolean | null>(null);
  const errors = problems.filter((problem) => problem.severity === 'error');
  const warnings = problems.filter((problem) => problem.severity === 'warning');
  // What is only not filled in yet does not take room before someone tries to save.
  const open = problems.length > 0 && (chosen ?? (insisted || problems.some((problem) => problem.code !== 'required')));
  return (
    <section aria-label={t('Problems')} className="flex-none border-t border-line">
      <button
        type="button"
        id="problems-toggle"
        aria-expanded={open}
        disabled={problems.length === 0}
        onClick={() => setChosen(!open)}
        className="flex h-[30px] w-full items-center gap-2 px-3 text-left"
      >
        <ChevronDown className={cn('size-3 text-faint transition-transform', !open && '-rotate-90', problems.length === 0 && 'invisible')} aria-hidden />
        <span className="font-semibold">{t('Problems')}</span>
        <span role="status" className="flex items-center gap-3 text-sm font-medium" id="problems-count" data-errors={errors.length} data-warnings={warnings.length}>
          {errors.length > 0 && (
            <Count tone="text-fail" icon={<CircleX />}>
              {t('{{count}} errors', { count: errors.length })}
            </Count>
          )}
          {warnings.length > 0 && (
            <Count tone="text-warn" icon={<TriangleAlert />}>
              {t('{{count}} warnings', { count: warnings.length })}
            </Count>
          )}
          {problems.length === 0 && checkedAt !== null && (
            <Count tone="text-ok" icon={<CircleCheck />}>
              {t('None')}
            </Count>
          )}
        </span>
        {checkedAt !== null && (
          <span className="num ml-auto text-sm text-faint">
            {command
              ? rich('Checked {{time}}. The same checks as {{command}}', { time: clock(new Date(checkedAt).toISOString()), command: <span className="mono">{command}</span> })
              : t('Checked {{time}}', { time: clock(new Date(checkedAt).toISOString()) })}
          </span>
        )}
      </button>
      {open && (
        <ul className="max-h-[116px] overflow-y-auto">
          {[...errors, ...warnings].map((problem) => (
            <li key={`${problem.path} ${problem.code} ${problem.message}`}>
              <button
                type="button"
                data-problem={problem.path}
                data-code={problem.code}
                onClick={() => onGo(problem)}
                className="group flex h-7 w-full items-center gap-2.5 border-t border-grid px-4 text-left hover:bg-selected focus-visible:bg-selected"
              >
                {problem.severity === 'error' ? (
                  <CircleX className="size-3.5 flex-none text-fail" aria-label={t('Error')} />
                ) : (
                  <TriangleAlert className="size-3.5 flex-none text-warn" aria-label={t('Warning')} />
                )}
                <span className="min-w-0 flex-1 truncate" title={problem.message}>
                  {problem.code === 'required' ? t('{{field}} is not filled in.', { field: fieldWords(problem.path) }) : problem.message}
                </span>
                <span className="max-w-[40%] flex-none truncate text-sm text-faint">{placeWords(problem.path)}</span>
                <span className="w-12 flex-none text-right text-sm font-medium text-accent-ink group-hover:underline">{t('Show')}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Count({ tone, icon, children }: { tone: string; icon: ReactNode; children: ReactNode }) {
  return (
    <span className={cn('flex items-center gap-1.5 [&_svg]:size-3.5', tone)}>
      {icon}
      {children}
    </span>
  );
}
