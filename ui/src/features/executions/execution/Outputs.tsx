/** What each step handed on, and what the run was started with. */
import { useQuery } from '@tanstack/react-query';
import { EmptyState } from '@/components/EmptyState';
import { KeyValues } from '@/components/Page';
import { MiddlePath } from '@/components/Text';
import { LookInside } from '@/features/archives/LookInside';
import { maybeArchive } from '@/features/archives/paths';
import { ShowInFiles } from '@/features/files/ShowInFiles';
import { stepTypesQuery, type ExecutionView, type OutputType, type StepSpec, type StepView } from '@/ipc';
import { exactTime, trigger } from '@/lib/format';
import { newestAttempt, outputsOf } from '@/features/jobs/builder/run';
import { locale, t } from '@/i18n';

const SHOWN = 8;

export function Outputs({ steps }: { steps: readonly StepView[] }) {
  const { data: specs } = useQuery(stepTypesQuery());
  const filled = steps
    .map(({ step, attempts }) => ({ step, local: localOutputs(specs, step.type_key), outputs: Object.entries(outputsOf(newestAttempt(attempts)?.output_data ?? null)) }))
    .filter(({ outputs }) => outputs.length > 0);
  if (filled.length === 0) return <EmptyState title={t('Nothing was handed on yet')}>{t('A finished step shows here what later steps can use.')}</EmptyState>;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto px-4 py-2" tabIndex={0} role="region" aria-label={t('Outputs')}>
      {filled.map(({ step, local, outputs }) => (
        <section key={step.id} data-outputs={step.alias} className="border-b border-grid py-2 last:border-0">
          <h3 className="mb-1.5 flex items-baseline gap-2 font-medium">
            {step.name}
            <span className="mono text-xs font-normal text-faint">{`steps.${step.alias}`}</span>
          </h3>
          <KeyValues rows={outputs.map(([name, value]) => [<span key={name} className="mono">{name}</span>, <Shown key={name} value={value} local={local.has(name)} />] as const)} />
        </section>
      ))}
    </div>
  );
}

/** The outputs that are files and folders of this computer: a step on a server tells of the server's. */
function localOutputs(specs: readonly StepSpec[] | undefined, typeKey: string): ReadonlySet<string> {
  const spec = specs?.find((candidate) => candidate.type_key === typeKey);
  const found = spec && (spec.protocol === null || typeKey.endsWith('.download')) ? spec.outputs.filter(({ output_type }) => PLACES.has(output_type)) : [];
  return new Set(found.map(({ name }) => name));
}

const PLACES: ReadonlySet<OutputType> = new Set(['file', 'file_list', 'folder']);

function Shown({ value, local = false }: { value: unknown; local?: boolean }) {
  if (Array.isArray(value)) {
    if (value.length === 0) return <span className="text-faint">{t('none')}</span>;
    return (
      <ul className="flex flex-col gap-0.5">
        {value.slice(0, SHOWN).map((item, index) => (
          <li key={index}>
            <Shown value={item} local={local} />
          </li>
        ))}
        {value.length > SHOWN && <li className="text-faint">{t('and {{count}} more', { count: value.length - SHOWN })}</li>}
      </ul>
    );
  }
  if (value === null || value === '') return <span className="text-faint">{t('nothing')}</span>;
  if (typeof value === 'object') {
    const path = 'path' in value && typeof value.path === 'string' ? value.path : null;
    return path ? <Path text={path} local={local} /> : <span className="mono break-all">{JSON.stringify(value)}</span>;
  }
  if (typeof value === 'boolean') return value ? t('yes') : t('no');
  if (typeof value === 'number') return <span className="num">{value.toLocaleString(locale)}</span>;
  const text = String(value);
  return local || text.includes('/') ? <Path text={text} local={local} /> : <span className="mono break-all">{text}</span>;
}

function Path({ text, local }: { text: string; local: boolean }) {
  return (
    <span className="flex min-w-0 items-center gap-1">
      <MiddlePath text={text} />
      {maybeArchive(text) && <LookInside path={text} />}
      {local && <ShowInFiles path={text} />}
    </span>
  );
}

export function Parameters({ view }: { view: ExecutionView }) {
  const { execution } = view;
  const given = Object.entries(execution.parameters);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto px-4 py-3" tabIndex={0} role="region" aria-label={t('Parameters')}>
      {given.length > 0 ? (
        <KeyValues rows={given.map(([name, value]) => [<span key={name} className="mono">{`params.${name}`}</span>, <Shown key={name} value={value} />] as const)} />
      ) : (
        <p className="text-muted">{t('This run was started without parameters.')}</p>
      )}
      <div className="mt-3 border-t border-line pt-3">
        <KeyValues
          rows={[
            [t('Started by'), trigger(execution.triggered_by)],
            [t('Queued'), execution.queued_at ? exactTime(execution.queued_at) : '–'],
            [t('Priority'), execution.priority],
            [t('Whole-job retries'), execution.attempt],
            [t('Taken over'), execution.rescues === 0 ? t('never') : t('{{count}} times', { count: execution.rescues })],
            [t('Workspace'), view.workspace_kept ? t('kept for looking at') : t('removed')],
          ]}
        />
      </div>
    </div>
  );
}
