/**
 * Two versions of a job beside each other: the changes that the host found, put where they belong among the steps.
 *
 * Left out: what counts as a change, which the host decides; and the marks that end blocks, which nobody sees.
 */
import { t } from '@/i18n';
import type { FieldChange, JobDraft, StepDraft, StepSpec } from '@/ipc';

export type Fate = 'added' | 'removed' | 'changed' | 'same';

export interface ChangedField {
  path: string;
  label: string;
  from: string | null;
  to: string | null;
}

export interface ComparedStep {
  alias: string;
  name: string;
  icon: string | undefined;
  /** How many blocks it is in. */
  depth: number;
  fate: Fate;
  /** It stands elsewhere than before. */
  moved: boolean;
  fields: readonly ChangedField[];
}

export interface Compared {
  job: readonly ChangedField[];
  steps: readonly ComparedStep[];
  /** Of steps. */
  counts: Readonly<Record<'added' | 'removed' | 'moved' | 'changed', number>>;
}

interface Placed {
  step: StepDraft;
  alias: string;
  depth: number;
  /** The block and the branch that it is in. */
  within: string;
}

type Specs = ReadonlyMap<string, StepSpec>;

export function compare(old: JobDraft, next: JobDraft, changes: readonly FieldChange[], specs: Specs): Compared {
  const [before, after] = [placed(old.steps ?? []), placed(next.steps ?? [])];
  const previous = (now: Placed) => before.find(({ step, alias }) => (step.id != null && now.step.id != null ? step.id === now.step.id : alias === now.alias));
  const about = new Map<string, FieldChange[]>();
  const job: ChangedField[] = [];
  for (const change of changes) {
    const alias = /^steps\[([^\]]*)\]/.exec(change.path)?.[1];
    if (alias === undefined) job.push(jobField(change));
    else about.set(alias, [...(about.get(alias) ?? []), change]);
  }
  const rows = after.filter(isSeen).map((now): { before: string | null; row: ComparedStep } => {
    const was = previous(now);
    const mine = about.get(now.alias) ?? [];
    const place = `steps[${now.alias}].step_order`;
    const spec = specs.get(now.step.type_key);
    const fields = was ? mine.filter(({ path }) => path !== place).map((change) => stepField(change, now.alias, spec)) : [];
    const moved = was !== undefined && (was.within !== now.within || mine.some(({ path }) => path === place));
    return { before: was?.alias ?? null, row: { ...shown(now, spec), fate: was ? (fields.length > 0 ? 'changed' : 'same') : 'added', moved, fields } };
  });
  // What has gone stands behind the step that it stood behind.
  let ahead: string | null = null;
  for (const was of before.filter(isSeen)) {
    if (!rows.some((one) => one.before === was.alias)) {
      const at = ahead === null ? 0 : rows.findIndex((one) => one.before === ahead) + 1;
      rows.splice(at, 0, { before: was.alias, row: { ...shown(was, specs.get(was.step.type_key)), fate: 'removed', moved: false, fields: [] } });
    }
    ahead = was.alias;
  }
  const steps = rows.map(({ row }) => row);
  const number = (fits: (step: ComparedStep) => boolean) => steps.filter(fits).length;
  return {
    job,
    steps,
    counts: {
      added: number(({ fate }) => fate === 'added'),
      removed: number(({ fate }) => fate === 'removed'),
      moved: number(({ moved }) => moved),
      changed: number(({ fate }) => fate === 'changed'),
    },
  };
}

const shown = ({ step, alias, depth }: Placed, spec: StepSpec | undefined) => ({ alias, name: step.name, icon: spec?.icon, depth });
const isSeen = ({ step }: Placed) => step.type_key !== 'flow.end' && step.type_key !== 'flow.else';

function placed(steps: readonly StepDraft[]): Placed[] {
  const open: string[] = [];
  return steps.map((step) => {
    const alias = step.alias ?? '';
    const closes = step.type_key === 'flow.end' || step.type_key === 'flow.else';
    const block = closes ? open.pop() : undefined;
    const place = { step, alias, depth: open.length, within: open.at(-1) ?? '' };
    if (step.type_key === 'flow.else') open.push(`${block} otherwise`);
    if (step.type_key === 'flow.if' || step.type_key === 'flow.foreach') open.push(step.id ?? alias);
    return place;
  });
}

const STEP_FIELDS: Record<string, string> = {
  name: t('Name'), alias: t('Name in expressions'), type_key: t('Type'), timeout_seconds: t('Time limit'), failure_policy: t('If this step fails'), enabled: t('Enabled'),
};
const JOB_FIELDS: Record<string, string> = {
  name: t('Name'), description: t('Description'), failure_policy: t('If a step fails'), time_zone: t('Time zone'), max_instances: t('At the same time'), priority: t('Priority'), run_on: t('Runs on'),
};
const PARTS: Record<string, string> = {
  type: t('what happens'), max_retries: t('retries'), backoff_base_seconds: t('first wait'), backoff_max_seconds: t('longest wait'), default: t('default'), required: t('required'), description: t('description'),
};

/** `If a step fails, retries` of `failure_policy.max_retries`. */
function labelOf(path: string, words: Record<string, string>): string {
  const [first = '', ...rest] = path.split('.');
  return [words[first] ?? first, ...rest.map((part) => PARTS[part] ?? part)].join(', ');
}

function jobField({ path, from, to }: FieldChange): ChangedField {
  const [, parameter, part] = /^parameters\[([^\]]*)\]\.?(.*)$/.exec(path) ?? [];
  const label = parameter === undefined ? labelOf(path, JOB_FIELDS) : [t('Parameter {{parameter}}', { parameter }), part === 'position' ? t('place') : (PARTS[part ?? ''] ?? part)].filter(Boolean).join(', ');
  const inSeconds = path.endsWith('_seconds');
  return { path, label, from: worded(from, inSeconds), to: worded(to, inSeconds) };
}

function stepField({ path, from, to }: FieldChange, alias: string, spec: StepSpec | undefined): ChangedField {
  const rest = path.slice(`steps[${alias}].`.length);
  const [, name, inside] = /^configuration\.([^.]+)\.?(.*)$/.exec(rest) ?? [];
  if (name === undefined) {
    const inSeconds = rest.endsWith('_seconds');
    return { path, label: labelOf(rest, STEP_FIELDS), from: worded(from, inSeconds), to: worded(to, inSeconds) };
  }
  const field = spec?.fields.find((one) => one.name === name);
  const label = [field?.label ?? name, inside].filter(Boolean).join(', ');
  // Where a secret is kept says nothing to anybody.
  if (field?.field_type === 'secret') return { path, label, from: from === null ? null : t('a secret'), to: to === null ? null : t('another secret') };
  const choice = (value: FieldChange['from']) => field?.choices.find((one) => one.value === value)?.label ?? worded(value);
  return { path, label, from: choice(from), to: choice(to) };
}

/** A value as people read it; `null` where there is none. */
function worded(value: FieldChange['from'], inSeconds = false): string | null {
  if (value === null || value === '') return null;
  if (typeof value === 'boolean') return value ? t('yes') : t('no');
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return inSeconds ? t('{{n}} s', { n: value }) : String(value);
  if (Array.isArray(value)) return value.map((item) => worded(item) ?? '').join('\n');
  const lines = Object.entries(value).map(([name, inner]) => [PARTS[name] ?? name, worded(inner)] as const);
  return lines.filter(([, text]) => text !== null).map(([name, text]) => `${name}: ${text}`).join('\n');
}
