/** What a monitor starts: jobs and chains, each with the values of its parameters. */
import { useQuery } from '@tanstack/react-query';
import { Plus, Trash2, Workflow } from 'lucide-react';
import { Button, IconButton } from '@/components/Button';
import { Select } from '@/components/Select';
import { ParameterFields } from '@/features/jobs/builder/ParameterFields';
import { useParameters } from '@/features/schedules/useParameters';
import { t } from '@/i18n';
import { chainsQuery, jobsQuery, type Problem } from '@/ipc';
import type { Binding } from './draft';

export function Bindings({ bindings, problems, onChange, onSubmit }: { bindings: readonly Binding[]; problems: readonly Problem[]; onChange: (bindings: Binding[]) => void; onSubmit: () => void }) {
  const { data: jobs } = useQuery(jobsQuery());
  const { data: chains } = useQuery(chainsQuery());
  const options = [
    ...(jobs ?? []).map((job) => ({ value: `job:${job.id}`, label: job.name, ...(!job.is_enabled && { note: t('disabled') }) })),
    ...(chains ?? []).map((chain) => ({ value: `chain:${chain.id}`, label: chain.name, note: t('chain') })),
  ];
  // The host does not see those that start nothing yet.
  const place = (index: number) => `bindings[${bindings.slice(0, index).filter(({ target }) => target !== null).length}]`;
  return (
    <div className="flex flex-col gap-2">
      {bindings.map((binding, index) => (
        <BindingRow
          key={binding.target?.id ?? `new-${index}`}
          index={index}
          binding={binding}
          options={options}
          wrong={binding.target === null ? [] : problems.filter(({ path }) => path === place(index) || path.startsWith(`${place(index)}.`)).map(({ message }) => message)}
          onChange={(next) => onChange(bindings.map((old, at) => (at === index ? next : old)))}
          onRemove={() => onChange(bindings.filter((_, at) => at !== index))}
          onSubmit={onSubmit}
        />
      ))}
      <Button id="add-binding" variant="link" size="sm" className="self-start" onClick={() => onChange([...bindings, { target: null, parameters: {} }])}>
        <Plus />
        {bindings.length === 0 ? t('Start a job or chain') : t('Start another')}
      </Button>
    </div>
  );
}

interface RowProps {
  index: number;
  binding: Binding;
  options: readonly { value: string; label: string; note?: string }[];
  wrong: readonly string[];
  onChange: (binding: Binding) => void;
  onRemove: () => void;
  onSubmit: () => void;
}

function BindingRow({ index, binding, options, wrong, onChange, onRemove, onSubmit }: RowProps) {
  const { target, parameters } = binding;
  const takes = useParameters(target);
  return (
    <div data-binding={index} className="flex flex-col gap-2 rounded-md border border-line p-2.5">
      <div className="flex items-center gap-2">
        <Select
          id={`binding-${index}`}
          label={t('What is started, {{number}}', { number: index + 1 })}
          icon={<Workflow />}
          value={target === null ? null : `${target.type}:${target.id}`}
          placeholder={t('Choose a job or chain')}
          options={options}
          onChange={(value) => {
            const [type, id = ''] = value.split(':');
            onChange({ target: { type: type === 'chain' ? 'chain' : 'job', id }, parameters: {} });
          }}
        />
        <IconButton label={t('Remove what is started, {{number}}', { number: index + 1 })} size="sm" onClick={onRemove}>
          <Trash2 />
        </IconButton>
      </div>
      {takes.length > 0 && <ParameterFields parameters={takes} values={parameters} onChange={(values) => onChange({ target, parameters: values })} onEnter={onSubmit} />}
      {wrong.map((message) => (
        <p key={message} role="alert" className="text-sm text-fail">
          {message}
        </p>
      ))}
    </div>
  );
}
