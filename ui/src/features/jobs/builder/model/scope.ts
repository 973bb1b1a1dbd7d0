/** What a field may refer to: the earlier steps' outputs, the job's parameters, what a monitor told, dates, the job and its run. */
import { locale, t } from '@/i18n';
import type { StepSpec } from '@/ipc';
import type { Doc, StepNode } from './doc';
import { sampleDate } from './template';

export interface ScopeItem {
  /** What is inserted, without braces. */
  inner: string;
  label: string;
  /** A word for the type. */
  type: string;
  /** An example or an explanation. */
  note: string | null;
}

export interface ScopeGroup {
  title: string;
  /** A lucide name of a step's spec, or one of the fixed sources. */
  icon: string;
  items: ScopeItem[];
}

/** Words for the types of outputs. */
export const TYPE_WORDS: Record<string, string> = {
  file_list: t('files'),
  file: t('file'),
  folder: t('folder'),
  integer: t('number'),
  boolean: t('yes or no'),
  text: t('text'),
  entries: t('list'),
  instant: t('date'),
};

const DATE_FORMATS = ['%Y-%m-%d', '%Y-%m', '%Y%m%d', '%Y/%m/%d', '%Y-%m-%d_%H-%M-%S', '%H%M'];

export type LastValues = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What is in scope at a step, nearest step first. Disabled steps hand nothing on. */
export function scopeAt(
  doc: Doc,
  key: string,
  specs: ReadonlyMap<string, StepSpec>,
  last: LastValues,
  now: Date,
): ScopeGroup[] {
  const { earlier, loops } = sightAt(doc.steps, key);
  const groups = earlier.toReversed().flatMap((node) => stepGroup(node, specs.get(node.type_key), last[node.alias] ?? {}));
  loops.toReversed().forEach((node, outwards) => groups.unshift(loopGroup(node, outwards)));
  const parameters = doc.parameters.filter((parameter) => parameter.name !== '');
  if (parameters.length > 0) {
    groups.push({
      title: t('Parameters'),
      icon: 'parameter',
      items: parameters.map((parameter) => ({
        inner: `params.${parameter.name}`,
        label: parameter.name,
        type: parameter.type,
        note: parameter.default === null ? null : brief(parameter.default),
      })),
    });
  }
  groups.push(monitorGroup());
  groups.push({
    title: t('Start of the run'),
    icon: 'date',
    items: DATE_FORMATS.map((format) => ({
      inner: `now | date('${format}')`,
      label: t('now {{date}}', { date: sampleDate(format, now) ?? format }),
      type: t('date'),
      note: format,
    })),
  });
  groups.push({
    title: t('This job and run'),
    icon: 'job',
    items: [
      item('job.name', t('text'), doc.name || null),
      item('job.version', t('number'), null),
      item('job.id', t('text'), null),
      item('execution.id', t('text'), null),
      item('execution.started_at', t('date'), null),
      item('execution.triggered_by', t('text'), null),
      item('execution.attempt', t('number'), null),
    ],
  });
  return groups;
}

/** The steps whose results a step sees, and the loops around it, outermost first. What is in a loop is seen only there. */
function sightAt(steps: readonly StepNode[], key: string): { earlier: StepNode[]; loops: StepNode[] } {
  const earlier: StepNode[] = [];
  const loops: StepNode[] = [];
  const walk = (list: readonly StepNode[]): boolean =>
    list.some((node) => {
      if (node.key === key) return true;
      const isLoop = node.type_key === 'flow.foreach';
      if (isLoop) loops.push(node);
      else if (node.enabled) earlier.push(node);
      const before = earlier.length;
      const aside: StepNode[] = [];
      for (const inside of Object.values(node.branches ?? {})) {
        if (walk(inside)) return true;
        const seen = earlier.splice(before);
        if (node.enabled && !isLoop) aside.push(...seen);
      }
      earlier.push(...aside);
      if (isLoop) {
        loops.pop();
        if (node.enabled) earlier.push(node);
      }
      return false;
    });
  return walk(steps) ? { earlier, loops } : { earlier: [], loops: [] };
}

function loopGroup(node: StepNode, outwards: number): ScopeGroup {
  const of = `loop${'.parent'.repeat(outwards)}`;
  return {
    title: node.name || t('For each'),
    icon: 'repeat',
    items: [item(`${of}.item`, t('value'), null), item(`${of}.item.path`, t('text'), t('of a file or folder')), item(`${of}.index`, t('number'), t('from 0'))],
  };
}

/** There where a monitor has started the run. */
export function monitorGroup(): ScopeGroup {
  return {
    title: t('Monitor that started the run'),
    icon: 'monitor',
    items: [
      item('monitor.files', t('files'), t('what it found')),
      { inner: "monitor.files | map(attribute='path') | list", label: t('monitor.files, their paths'), type: t('list'), note: t('what steps take as sources') },
      item('monitor.files[0].path', t('text'), t('of the first file')),
      item('monitor.files[0].name', t('text'), t('of the first file')),
      item('monitor.event', t('text'), t('such as file_created')),
      item('monitor.name', t('text'), null),
    ],
  };
}

const item = (inner: string, type: string, note: string | null): ScopeItem => ({ inner, label: inner, type, note });

/** What a step hands on: what its type says, and the values that it sets. */
export function outputsOf(node: StepNode, spec: StepSpec): { name: string; output_type: string }[] {
  const { values } = node.configuration;
  const set = node.type_key === 'context.set' && typeof values === 'object' && values !== null && !Array.isArray(values) ? Object.keys(values) : [];
  return [...spec.outputs, ...set.map((name) => ({ name, output_type: t('value') }))];
}

function stepGroup(node: StepNode, spec: StepSpec | undefined, last: Readonly<Record<string, unknown>>): ScopeGroup[] {
  const outputs = spec ? outputsOf(node, spec) : [];
  if (!spec || outputs.length === 0) return [];
  return [
    {
      title: node.name || spec.label,
      icon: spec.icon,
      items: outputs.map((output) => ({
        inner: `steps.${node.alias}.${output.name}`,
        label: output.name,
        type: TYPE_WORDS[output.output_type] ?? output.output_type,
        note: output.name in last ? brief(last[output.name]) : null,
      })),
    },
  ];
}

/** A value in a few words. */
export function brief(value: unknown): string {
  if (value === null || value === undefined) return t('nothing');
  if (Array.isArray(value)) return value.length === 1 ? brief(value[0]) : t('{{count}} items', { count: value.length });
  if (typeof value === 'object') return Object.keys(value).join(', ');
  if (typeof value === 'number') return value.toLocaleString(locale);
  const text = String(value);
  return text.split('/').pop() || text;
}

/** Only what has `query` in its name, its step's name or its type. */
export function search(groups: readonly ScopeGroup[], query: string): ScopeGroup[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...groups];
  return groups
    .map((group) => ({
      ...group,
      items: group.items.filter((entry) => {
        const text = `${group.title} ${entry.label} ${entry.inner} ${entry.type}`.toLowerCase();
        return words.every((word) => text.includes(word));
      }),
    }))
    .filter((group) => group.items.length > 0);
}
