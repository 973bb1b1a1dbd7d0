/** What differs between two versions of a job, in words, for the question "whose version shall it be?". */
import { t } from '@/i18n';
import type { StepSpec } from '@/ipc';
import { inOrder, type Doc, type StepNode } from './doc';

/** One line for each difference of `next` from `base`. Steps are the same when their saved ids are. */
export function differences(
  base: Doc,
  next: Doc,
  same: (node: StepNode) => string,
  specs: ReadonlyMap<string, StepSpec>,
): string[] {
  const lines: string[] = [];
  if (base.name !== next.name) lines.push(t('Name is “{{name}}”', { name: next.name }));
  if (base.description !== next.description) lines.push(t('Description changed'));
  if (differ(base.failure_policy, next.failure_policy)) lines.push(t('What happens on failure changed'));
  if (differ(base.parameters, next.parameters)) lines.push(t('Parameters changed'));
  if (base.time_zone !== next.time_zone || base.max_instances !== next.max_instances || base.priority !== next.priority) {
    lines.push(t('Job settings changed'));
  }
  const before = new Map(seen(base).map((node) => [same(node), node]));
  const now = new Map(seen(next).map((node) => [same(node), node]));
  for (const [id, node] of now) {
    const old = before.get(id);
    if (!old) lines.push(t('Added “{{name}}”', { name: node.name }));
    else lines.push(...changesOf(old, node, specs.get(node.type_key)));
  }
  for (const [id, node] of before) if (!now.has(id)) lines.push(t('Deleted “{{name}}”', { name: node.name }));
  const order = (ids: Iterable<string>, others: ReadonlyMap<string, unknown>) => [...ids].filter((id) => others.has(id)).join();
  if (order(before.keys(), now) !== order(now.keys(), before)) lines.push(t('Steps are in another order'));
  return lines;
}

/** Marks of blocks come and go with them. */
const seen = (doc: Doc): StepNode[] => inOrder(doc.steps).filter((node) => node.type_key !== 'flow.end' && node.type_key !== 'flow.else');

function changesOf(old: StepNode, node: StepNode, spec: StepSpec | undefined): string[] {
  const lines: string[] = [];
  if (old.name !== node.name) lines.push(t('“{{before}}” is now “{{after}}”', { before: old.name, after: node.name }));
  if (old.enabled !== node.enabled) lines.push(node.enabled ? t('“{{name}}” enabled', { name: node.name }) : t('“{{name}}” disabled', { name: node.name }));
  const fields = new Set([...Object.keys(old.configuration), ...Object.keys(node.configuration)]);
  const changed = [...fields].filter((field) => differ(old.configuration[field], node.configuration[field]));
  const words = changed.map((name) => spec?.fields.find((field) => field.name === name)?.label ?? name);
  if (old.timeout_seconds !== node.timeout_seconds) words.push(t('Time limit'));
  if (differ(old.failure_policy, node.failure_policy)) words.push(t('If this step fails'));
  if (words.length > 0) lines.push(`“${node.name}”: ${words.join(', ')}`);
  return lines;
}

const differ = (a: unknown, b: unknown) => JSON.stringify(a ?? null) !== JSON.stringify(b ?? null);
