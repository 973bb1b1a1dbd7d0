/**
 * The document that the builder edits, and its way from and to the host's types.
 *
 * Steps are a tree, so that blocks with branches fit in; ids of saved steps are kept beside the document (`Identity`),
 * so that undo never loses which step is which.
 */
import type { FailurePolicy, Job, JobDraft, JobParameter, JobStep, StepDraft, StepSpec } from '@/ipc';

export type Value = JobStep['configuration'][string];
export type Policy = Required<FailurePolicy>;
export type Parameter = Required<JobParameter>;

export interface StepNode {
  /** Stable in the builder; the step's id when it came from a saved job. */
  key: string;
  name: string;
  alias: string;
  type_key: string;
  configuration: Record<string, Value>;
  timeout_seconds: number;
  failure_policy: Policy | null;
  enabled: boolean;
  /** Only for blocks: the steps inside, by branch. */
  branches?: Record<string, StepNode[]>;
  /** Only for blocks: the steps that part and end them in the job's list; nobody sees these. */
  marks?: { otherwise?: StepNode; end: StepNode };
}

/** Branches of the two kinds of blocks, in running order. */
export const THEN = 'holds';
export const OTHERWISE = 'otherwise';
export const EACH = 'each';

export interface Doc extends Required<Omit<JobDraft, 'steps' | 'failure_policy' | 'parameters' | 'description' | 'time_zone'>> {
  description: string | null;
  failure_policy: Policy;
  parameters: Parameter[];
  time_zone: string | null;
  steps: StepNode[];
}

/** Which saved step a node is. A node that is missing here was never saved. */
export type Identity = Readonly<Record<string, string>>;

const DEFAULT_TIMEOUT = 300;

export const STOP: Policy = { type: 'stop', max_retries: 3, backoff_base_seconds: 1, backoff_max_seconds: 60 };

const policy = (given: FailurePolicy): Policy => ({ ...STOP, ...given });
const parameter = (given: JobParameter): Parameter => ({
  name: given.name,
  type: given.type ?? 'text',
  default: given.default ?? null,
  required: given.required ?? false,
  description: given.description ?? null,
});

export function emptyDoc(): Doc {
  return {
    name: '',
    description: null,
    failure_policy: STOP,
    parameters: [],
    time_zone: null,
    max_instances: 1,
    priority: 0,
    run_on: 'any',
    steps: [],
  };
}

export function fromJob(job: Job): { doc: Doc; identity: Identity } {
  const steps = [...job.steps].sort((a, b) => a.step_order - b.step_order);
  return {
    doc: {
      name: job.name,
      description: job.description,
      failure_policy: policy(job.failure_policy),
      parameters: job.parameters.map(parameter),
      time_zone: job.time_zone,
      max_instances: job.max_instances,
      priority: job.priority,
      run_on: job.run_on,
      steps: toTree(
        steps.map((step) => ({
          key: step.id,
          name: step.name,
          alias: step.alias,
          type_key: step.type_key,
          configuration: step.configuration,
          timeout_seconds: step.timeout_seconds,
          failure_policy: step.failure_policy && policy(step.failure_policy),
          enabled: step.enabled,
        })),
      ),
    },
    identity: Object.fromEntries(steps.map((step) => [step.id, step.id])),
  };
}

/** A new job that was made elsewhere. */
export function fromDraft(draft: JobDraft): Doc {
  const doc = emptyDoc();
  const taken: string[] = [];
  const steps = (draft.steps ?? []).map((step): StepNode => {
    const alias = step.alias || proposeAlias(step.name, step.type_key, taken);
    taken.push(alias);
    return {
      key: newKey(),
      name: step.name,
      alias,
      type_key: step.type_key,
      configuration: step.configuration ?? {},
      timeout_seconds: step.timeout_seconds ?? DEFAULT_TIMEOUT,
      failure_policy: step.failure_policy ? policy(step.failure_policy) : null,
      enabled: step.enabled ?? true,
    };
  });
  return {
    ...doc,
    ...draft,
    description: draft.description ?? null,
    failure_policy: draft.failure_policy ? policy(draft.failure_policy) : doc.failure_policy,
    parameters: (draft.parameters ?? []).map(parameter),
    time_zone: draft.time_zone ?? null,
    steps: toTree(steps),
  };
}

/** The list of a saved job as a tree. The host saves whole blocks only; what is not one stays a step. */
export function toTree(list: readonly StepNode[]): StepNode[] {
  const root: StepNode[] = [];
  const open: { block: StepNode; otherwise?: StepNode; list: StepNode[] }[] = [];
  const here = () => open.at(-1)?.list ?? root;
  for (const node of list) {
    const within = open.at(-1);
    if (node.type_key === 'flow.if' || node.type_key === 'flow.foreach') {
      const branches: Record<string, StepNode[]> = node.type_key === 'flow.if' ? { [THEN]: [], [OTHERWISE]: [] } : { [EACH]: [] };
      const block = { ...node, branches };
      here().push(block);
      open.push({ block, list: branches[node.type_key === 'flow.if' ? THEN : EACH] ?? [] });
    } else if (node.type_key === 'flow.else' && within?.block.branches?.[OTHERWISE]) {
      within.otherwise = node;
      within.list = within.block.branches[OTHERWISE];
    } else if (node.type_key === 'flow.end' && within) {
      within.block.marks = { ...(within.otherwise && { otherwise: within.otherwise }), end: node };
      open.pop();
    } else here().push(node);
  }
  return root;
}

/** Every node and every mark, in the order the job runs them. An empty "otherwise" is not there at all. */
export function inOrder(steps: readonly StepNode[]): StepNode[] {
  return steps.flatMap((node) => {
    if (!node.branches) return [node];
    const inside = Object.entries(node.branches).flatMap(([branch, list]) => {
      const mark = branch === OTHERWISE && list.length > 0 ? node.marks?.otherwise : undefined;
      return [...(mark ? [mark] : []), ...inOrder(list)];
    });
    return [node, ...inside, ...(node.marks ? [node.marks.end] : [])];
  });
}

export function toDraft(doc: Doc, identity: Identity): JobDraft {
  return { ...doc, steps: stepDrafts(doc.steps, identity) };
}

/** Steps with all that is in them, as the host takes them. */
export function stepDrafts(steps: readonly StepNode[], identity: Identity = {}): StepDraft[] {
  return inOrder(steps).map((node) => ({
    id: identity[node.key] ?? null,
    name: node.name,
    alias: node.alias,
    type_key: node.type_key,
    configuration: node.configuration,
    timeout_seconds: node.timeout_seconds,
    failure_policy: node.failure_policy,
    enabled: node.enabled,
  }));
}

/** Steps that the host has read from a text: whole blocks, each with an alias. */
export function fromStepDrafts(drafts: readonly StepDraft[]): StepNode[] {
  return toTree(
    drafts.map(({ name, alias, type_key, configuration = {}, timeout_seconds = DEFAULT_TIMEOUT, failure_policy = null, enabled = true }) => ({
      key: newKey(),
      name,
      alias: alias ?? '',
      type_key,
      configuration,
      timeout_seconds,
      failure_policy: failure_policy && policy(failure_policy),
      enabled,
    })),
  );
}

let made = 0;

/** A key that no other node has, also not one of a draft kept from an earlier start. */
export function newKey(): string {
  made += 1;
  return `new-${Date.now().toString(36)}-${made}`;
}

function plainStep(type_key: string, name: string, taken: readonly string[]): StepNode {
  return {
    key: newKey(),
    name,
    alias: proposeAlias(name, type_key, taken),
    type_key,
    configuration: {},
    timeout_seconds: DEFAULT_TIMEOUT,
    failure_policy: null,
    enabled: true,
  };
}

export function newStep(spec: StepSpec, taken: readonly string[]): StepNode {
  const step = plainStep(spec.type_key, spec.label, taken);
  if (spec.type_key !== 'flow.if' && spec.type_key !== 'flow.foreach') return step;
  return { ...step, ...newBlock(spec.type_key, [...taken, step.alias]) };
}

/** Empty branches and fresh marks. */
export function newBlock(type_key: 'flow.if' | 'flow.foreach', taken: readonly string[]): Required<Pick<StepNode, 'branches' | 'marks'>> {
  const end = plainStep('flow.end', 'End', taken);
  if (type_key === 'flow.foreach') return { branches: { [EACH]: [] }, marks: { end } };
  return { branches: { [THEN]: [], [OTHERWISE]: [] }, marks: { otherwise: plainStep('flow.else', 'Otherwise', [...taken, end.alias]), end } };
}

/** What templates could call a step: plain letters, unique in the job. Whether it is good is the host's to say. */
export function proposeAlias(name: string, type_key: string, taken: readonly string[]): string {
  const plain = (text: string) =>
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_+|_+$/g, '');
  const word = plain(name) || plain(type_key) || 'step';
  const base = /^\d/.test(word) ? `_${word}` : word;
  let alias = base;
  for (let n = 2; taken.includes(alias); n += 1) alias = `${base}_${n}`;
  return alias;
}
