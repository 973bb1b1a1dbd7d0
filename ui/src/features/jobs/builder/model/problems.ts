/** Where the host's problems belong in the builder, and in which words their place is named. */
import { t } from '@/i18n';
import type { Problem, StepSpec } from '@/ipc';
import type { StepNode } from './doc';
import { meaning } from './template';

export interface Place {
  /** Index in running order; `null` for the job itself. */
  step: number | null;
  /** What to focus: a configuration field's name, `name`, `timeout_seconds`, `failure_policy`, `parameters`, … */
  field: string;
  /** In a list: which line. */
  line: number | null;
}

export function placeOf(path: string): Place {
  const [, index, rest = ''] = /^steps\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
  const inside = index === undefined ? path : rest.replace(/^configuration\.?/, '');
  const [, field = '', line] = /^([^.[]*)(?:\[(\d+)\])?/.exec(inside) ?? [];
  return { step: index === undefined ? null : Number(index), field, line: line === undefined ? null : Number(line) };
}

export interface StepProblems {
  errors: number;
  warnings: number;
  /** Errors that only say that something is not filled in yet. */
  missing: number;
}

export function byStep(problems: readonly Problem[]): ReadonlyMap<number, StepProblems> {
  const found = new Map<number, StepProblems>();
  for (const problem of problems) {
    const { step } = placeOf(problem.path);
    if (step === null) continue;
    const sum = found.get(step) ?? { errors: 0, warnings: 0, missing: 0 };
    if (problem.severity === 'warning') sum.warnings += 1;
    else sum.errors += 1;
    if (problem.code === 'required') sum.missing += 1;
    found.set(step, sum);
  }
  return found;
}

/** The problems of one step, by field. */
export function ofStep(problems: readonly Problem[], step: number): ReadonlyMap<string, Problem[]> {
  const found = new Map<string, Problem[]>();
  for (const problem of problems) {
    const place = placeOf(problem.path);
    if (place.step === step) found.set(place.field, [...(found.get(place.field) ?? []), problem]);
  }
  return found;
}

const JOB_WORDS: Record<string, string> = {
  name: t('Name'),
  steps: t('The first step'),
  failure_policy: t('If a step fails'),
  parameters: t('Parameters'),
  time_zone: t('Time zone'),
  max_instances: t('Runs at the same time'),
  priority: t('Priority'),
};
const STEP_WORDS: Record<string, string> = {
  name: t('Name'),
  alias: t('Alias'),
  type_key: t('Type'),
  timeout_seconds: t('Time limit'),
  failure_policy: t('If this step fails'),
};

/** `What to fetch`. */
export function fieldWords(path: string, steps: readonly StepNode[], specs: ReadonlyMap<string, StepSpec>): string {
  const place = placeOf(path);
  if (place.step === null) return JOB_WORDS[place.field] ?? place.field;
  const spec = specs.get(steps[place.step]?.type_key ?? '');
  return spec?.fields.find((candidate) => candidate.name === place.field)?.label ?? STEP_WORDS[place.field] ?? place.field;
}

/** `Fetch invoices › What to fetch`. */
export function placeWords(path: string, steps: readonly StepNode[], specs: ReadonlyMap<string, StepSpec>): string {
  const { step } = placeOf(path);
  const owner = step === null ? t('Job') : steps[step]?.name || t('Step {{number}}', { number: step + 1 });
  return [owner, fieldWords(path, steps, specs)].filter(Boolean).join(' › ');
}

/** Whether the host says that this expression's name is not known. One field can hold several. */
export function isGone(inner: string, problems: readonly Problem[], alone: boolean): boolean {
  const said = problems.filter((problem) => problem.code === 'unknown_name' || problem.code === 'template');
  if (said.length === 0) return false;
  if (alone) return true;
  const { of, name } = meaning(inner);
  return said.some((problem) => {
    const named = /`([^`]+)`/.exec(problem.message)?.[1];
    return named === undefined || named === of || named === name;
  });
}
