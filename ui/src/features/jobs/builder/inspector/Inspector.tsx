/** Everything about the selected step, drawn from its type's spec. */
import { ChevronRight, ClipboardCopy, Copy, CircleHelp, MousePointerClick, Power, Trash2 } from 'lucide-react';
import { useEffect, useMemo, useRef, type ReactNode } from 'react';
import { useHelpStep } from '@/app/chrome';
import { IconButton } from '@/components/Button';
import { Field } from '@/components/Field';
import { Input, NumberInput } from '@/components/Input';
import { StepIcon } from '@/components/StepIcon';
import { cn } from '@/lib/cn';
import type { FieldSpec, Problem, StepSpec } from '@/ipc';
import { Explained, HelpLink } from '@/features/help/HelpTopic';
import { StepFieldNote } from '@/features/help/StepField';
import { t } from '@/i18n';
import { useStepClipboard } from '../clipboard';
import { useBuilder, useBuilderStore, useLastValues, useScope, useSpecs } from '../context';
import { inOrder, type StepNode } from '../model/doc';
import { ofStep } from '../model/problems';
import { brief, outputsOf, TYPE_WORDS } from '../model/scope';
import { chosen } from '../model/selection';
import type { BuilderStore, FocusRequest } from '../model/store';
import { find } from '../model/tree';
import { FieldControl } from './FieldControl';
import { PathsNow } from './PathsNow';
import { PolicyField } from './PolicyField';
import { Several } from './Several';

export function Inspector({ onLeave }: { onLeave: () => void }) {
  const specs = useSpecs();
  const store = useBuilderStore();
  const steps = useBuilder((state) => state.doc.steps);
  const selected = useBuilder((state) => state.selected);
  const others = useBuilder((state) => state.others);
  const keys = useMemo(() => chosen(steps, { selected, others, anchor: null }), [steps, selected, others]);
  const several = keys.length > 1;
  const node = several || selected === null ? undefined : find(steps, selected)?.node;
  return (
    <aside
      aria-label={node ? t('Step: {{name}}', { name: node.name }) : several ? t('{{count}} steps', { count: keys.length }) : t('Step')}
      data-inspector={node?.alias}
      data-several={several ? keys.length : undefined}
      className="flex min-h-0 min-w-0 flex-col border-l border-line bg-bg"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        if (several) store.getState().select(selected);
        onLeave();
      }}
    >
      {several ? <Several keys={keys} /> : node ? <StepForm key={node.key} node={node} spec={specs.get(node.type_key)} /> : <NothingSelected />}
    </aside>
  );
}

function NothingSelected() {
  return (
    <div className="flex flex-1 flex-col items-center justify-center gap-2 p-8 text-center text-muted">
      <MousePointerClick className="size-5 text-faint" aria-hidden />
      <p>{t('Select a step to see and change what it does.')}</p>
    </div>
  );
}

function StepForm({ node, spec }: { node: StepNode; spec: StepSpec | undefined }) {
  const store = useBuilderStore();
  const actions = store.getState();
  const clipboard = useStepClipboard();
  useHelpStep(node.type_key);
  const order = useBuilder((state) => inOrder(state.doc.steps).findIndex((step) => step.key === node.key));
  const problems = useBuilder((state) => state.problems);
  const touched = useBuilder((state) => state.touched);
  const insisted = useBuilder((state) => state.insisted);
  const jobPolicy = useBuilder((state) => state.doc.failure_policy);
  const focus = useBuilder((state) => state.focus);
  const found = useMemo(() => ofStep(problems, order), [problems, order]);
  const shown = (field: string): Problem[] =>
    (found.get(field) ?? []).filter((problem) => problem.code !== 'required' || insisted || touched[`${node.key}.${field}`]);

  const isSet = (field: FieldSpec) => node.configuration[field.name] !== undefined;
  const advanced = (spec?.fields ?? []).filter((field) => field.advanced);
  const unfolded = useBuilder((state) => state.unfolded[node.key]);
  const wrong = advanced.some((field) => shown(field.name).length > 0);
  const sought = focus !== null && advanced.some((field) => field.name === focus.field);
  const open = unfolded ?? wrong;
  const form = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (focus === null) return;
    if (sought && !open) store.getState().unfold(node.key, true);
    else answer(store, form.current, focus);
  }, [store, node.key, focus, sought, open]);

  return (
    <>
      <div className="flex h-11 flex-none items-center gap-2 border-b border-line px-4">
        <span className="grid size-6 flex-none place-items-center rounded-[5px] bg-idle-soft text-muted [&_svg]:size-3.5">
          <StepIcon name={spec?.icon} />
        </span>
        <span className="min-w-0 truncate font-semibold">{node.name || spec?.label}</span>
        <span className="mono flex-none text-faint">{node.type_key}</span>
        <span className="ml-auto flex flex-none">
          <IconButton label={t('Copy as YAML')} shortcut="Ctrl+C" size="sm" id="step-copy" onClick={() => clipboard.copy(node.key)}>
            <ClipboardCopy />
          </IconButton>
          <IconButton label={t('Duplicate')} shortcut="Ctrl+D" size="sm" id="step-duplicate" onClick={() => actions.duplicate(node.key)}>
            <Copy />
          </IconButton>
          <IconButton
            label={node.enabled ? t('Disable') : t('Enable')}
            shortcut="D"
            size="sm"
            id="step-toggle"
            aria-pressed={!node.enabled}
            onClick={() => actions.toggle(node.key)}
          >
            <Power className={node.enabled ? '' : 'text-warn'} />
          </IconButton>
          <IconButton label={t('Delete')} shortcut="Del" size="sm" id="step-delete" onClick={() => actions.remove(node.key)}>
            <Trash2 />
          </IconButton>
        </span>
      </div>
      <div ref={form} className="min-h-0 flex-1 overflow-y-auto" data-step-form>
        <Section>
          <Field
            label={t('Name')}
            error={shown('name')[0]?.message ?? shown('alias')[0]?.message}
            about={
              <Explained name="Name" link={<HelpLink area="expressions" hash="names" />}>
                <p>{t('What runs and messages call the step. Expressions name it in small letters, as it stands at the right; they follow when it is renamed.')}</p>
              </Explained>
            }
          >
            <Input
              id="step-name"
              data-field="name"
              value={node.name}
              onChange={(event) => actions.rename(node.key, event.target.value)}
              onBlur={() => actions.touch(node.key, 'name')}
              tail={
                <span className="mono max-w-[150px] truncate text-xs" title={t('Templates call this step steps.{{alias}}', { alias: node.alias })}>
                  {`steps.${node.alias}`}
                </span>
              }
            />
          </Field>
          {spec ? (
            spec.fields.filter((field) => !field.advanced).map((field) => <Bound key={field.name} {...{ node, spec, field, found, shown }} />)
          ) : (
            <p className="text-fail">{t('This Courier has no step type {{type}}.', { type: node.type_key })}</p>
          )}
        </Section>
        {spec && advanced.length > 0 && (
          <div className="border-b border-line">
            <button
              type="button"
              id="advanced"
              aria-expanded={open}
              className="flex h-9 w-full items-center gap-1.5 px-4 text-sm font-medium text-muted hover:text-ink"
              onClick={() => actions.unfold(node.key, !open)}
            >
              <ChevronRight className={cn('size-3.5 transition-transform', open && 'rotate-90')} aria-hidden />
              {t('More options')}
              <span className="num ml-auto text-xs text-faint">{changedWords(advanced.filter(isSet).length)}</span>
            </button>
            {open && (
              <div className="flex flex-col gap-3 px-4 pb-3">
                {advanced.map((field) => (
                  <Bound key={field.name} {...{ node, spec, field, found, shown }} />
                ))}
              </div>
            )}
          </div>
        )}
        <Section>
          <Field label={t('If this step fails')} error={shown('failure_policy')[0]?.message}>
            <div data-field="failure_policy">
              <PolicyField id="step-policy" value={node.failure_policy} job={jobPolicy} onChange={(policy) => actions.setPolicy(node.key, policy)} />
            </div>
          </Field>
          {!ENDLESS.has(node.type_key) && (
            <div className="flex items-center gap-2">
              <label htmlFor="step-timeout" className="flex-1 text-sm font-medium text-muted" title={t('0 is no limit')}>
                {t('Time limit')}
              </label>
              <NumberInput
                id="step-timeout"
                data-field="timeout_seconds"
                small
                boxClassName="w-28"
                unit={node.timeout_seconds === 0 ? t('no limit') : t('seconds')}
                value={node.timeout_seconds}
                onChange={(seconds) => actions.setTimeLimit(node.key, seconds ?? 0)}
              />
            </div>
          )}
        </Section>
        {spec && <Outputs node={node} spec={spec} />}
      </div>
    </>
  );
}

/** What takes as long as it takes. */
const ENDLESS = new Set(['flow.if', 'flow.foreach', 'flow.wait', 'job.run']);

const changedWords = (count: number) => (count === 0 ? '' : t('{{count}} changed', { count }));

function Section({ children }: { children: ReactNode }) {
  return <div className="flex flex-col gap-3 border-b border-line px-4 py-3">{children}</div>;
}

/** A field with the step's value and the store's actions. */
function Bound({
  node,
  spec,
  field,
  found,
  shown,
}: {
  node: StepNode;
  spec: StepSpec;
  field: FieldSpec;
  found: ReadonlyMap<string, Problem[]>;
  shown: (field: string) => Problem[];
}) {
  const actions = useBuilderStore().getState();
  const scope = useScope(node.key);
  const server = spec.fields.find((candidate) => candidate.widget === 'connection');
  const connection = server ? node.configuration[server.name] : undefined;
  return (
    <FieldControl
      spec={field}
      about={<StepFieldNote typeKey={spec.type_key} field={field} />}
      value={node.configuration[field.name]}
      onChange={(value) => actions.setField(node.key, field.name, value)}
      onLeave={() => actions.touch(node.key, field.name)}
      scope={scope}
      problems={found.get(field.name) ?? []}
      shown={shown(field.name)}
      connectionId={typeof connection === 'string' ? connection : null}
      protocol={spec.protocol}
      now={field.field_type === 'path_list' && <PathsNow node={node} field={field} />}
    />
  );
}

function Outputs({ node, spec }: { node: StepNode; spec: StepSpec }) {
  const last = useLastValues()[node.alias] ?? {};
  const outputs = outputsOf(node, spec);
  if (outputs.length === 0) return null;
  return (
    <div className="flex flex-col gap-2 px-4 py-3">
      <span className="text-sm font-medium text-muted">{t('Gives to later steps')}</span>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-sm">
        {outputs.map((output) => (
          <div key={output.name} className="contents" title={spec.outputs.find(({ name }) => name === output.name)?.help}>
            <dt className="mono text-faint">{output.name}</dt>
            <dd className="truncate text-muted">
              {TYPE_WORDS[output.output_type] ?? output.output_type}
              {output.name in last && <span className="num">, {t('{{value}} last time', { value: brief(last[output.name]) })}</span>}
            </dd>
          </div>
        ))}
      </dl>
      {!node.enabled && (
        <p className="flex items-center gap-1.5 text-sm text-warn">
          <CircleHelp className="size-3.5 flex-none" aria-hidden />
          {t('Disabled: it hands nothing on.')}
        </p>
      )}
    </div>
  );
}

/** Does what was asked for, once. */
function answer(store: BuilderStore, form: HTMLElement | null, focus: FocusRequest): void {
  focusField(form, focus.field, focus.line);
  store.setState({ focus: null });
}

/** Focuses a field by name; without one, the first that can be filled in. */
function focusField(form: HTMLElement | null, field: string, line: number | null): void {
  const fields = [...(form?.querySelectorAll<HTMLElement>('[data-field]') ?? [])];
  const named = (name: string) => fields.find((candidate) => candidate.dataset.field === name);
  const target =
    (line !== null && line > 0 ? named(`${field}[${line}]`) : null) ??
    (field === '' ? fields.find((candidate) => candidate.dataset.field !== 'name') : named(field)) ??
    named('name');
  if (!target) return;
  const control = target.matches('input, button, textarea, [role=switch]') ? target : target.querySelector<HTMLElement>('button, input, [tabindex]');
  control?.focus();
  target.scrollIntoView?.({ block: 'nearest' });
}
