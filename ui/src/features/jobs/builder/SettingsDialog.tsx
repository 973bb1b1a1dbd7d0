/** What holds for the whole job. Changes go into the draft like any other, and can be undone like any other; only tags are no part of it. */
import { useQuery } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { Button, IconButton } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { Field } from '@/components/Field';
import { Input, NumberInput, TextArea } from '@/components/Input';
import { Select } from '@/components/Select';
import { Switch } from '@/components/Toggle';
import { TagField } from '@/features/tags/TagField';
import { t } from '@/i18n';
import { jobQuery } from '@/ipc';
import { useBuilder, useBuilderStore } from './context';
import { PolicyField } from './inspector/PolicyField';
import type { Doc, Parameter } from './model/doc';
import { placeOf } from './model/problems';

const TYPES: readonly { value: Parameter['type']; label: string }[] = [
  { value: 'text', label: t('Text') },
  { value: 'number', label: t('Number') },
  { value: 'boolean', label: t('Yes or no') },
  { value: 'date', label: t('Date') },
  { value: 'list', label: t('List') },
];
const SYSTEM_ZONE = '-';

export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const { edit } = useBuilderStore().getState();
  const doc = useBuilder((state) => state.doc);
  const jobId = useBuilder((state) => state.jobId);
  const problems = useBuilder((state) => state.problems);
  const said = (field: string) => {
    const found = problems.find((problem) => placeOf(problem.path).step === null && placeOf(problem.path).field === field);
    return found?.message ?? null;
  };
  const set = <K extends keyof Doc>(field: K, value: Doc[K]) =>
    edit({ label: t('Change job settings'), mark: `job:${field}` }, (draft) => void Object.assign(draft, { [field]: value }));
  const zones = Intl.supportedValuesOf('timeZone');
  return (
    <Dialog
      open
      onClose={onClose}
      id="settings-dialog"
      title={t('Job settings')}
      width={600}
      footer={
        <Button id="settings-done" variant="primary" onClick={onClose}>
          {t('Done')}
        </Button>
      }
    >
      <Field label={t('Name')} required error={doc.name === '' ? null : said('name')}>
        <Input value={doc.name} onChange={(event) => set('name', event.target.value)} />
      </Field>
      <Field label={t('Description')} help={t('What it is for, and who to ask.')}>
        <TextArea
          id="job-description"
          rows={2}
          value={doc.description ?? ''}
          onChange={(event) => set('description', event.target.value === '' ? null : event.target.value)}
        />
      </Field>
      {jobId !== null && <Tags jobId={jobId} />}
      <Field label={t('If a step fails')} error={said('failure_policy')} help={doc.failure_policy.type === 'stop' ? t('The run fails, and can be resumed from that step.') : undefined}>
        <PolicyField id="job-policy" value={doc.failure_policy} job={null} onChange={(policy) => policy && set('failure_policy', policy)} />
      </Field>
      <div className="grid grid-cols-3 gap-3">
        <Field label={t('At the same time')} error={said('max_instances')}>
          <NumberInput id="job-max-instances" unit={t('runs', { count: doc.max_instances })} value={doc.max_instances} onChange={(n) => set('max_instances', n ?? 0)} />
        </Field>
        <Field label={t('Priority')} help={t('Higher goes first.')}>
          <NumberInput id="job-priority" value={doc.priority} onChange={(n) => set('priority', n ?? 0)} />
        </Field>
        <Field label={t('Time zone')} error={said('time_zone')}>
          <Select
            id="job-time-zone"
            value={doc.time_zone ?? SYSTEM_ZONE}
            onChange={(zone) => set('time_zone', zone === SYSTEM_ZONE ? null : zone)}
            options={[{ value: SYSTEM_ZONE, label: t('This computer’s') }, ...zones.map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') }))]}
          />
        </Field>
      </div>
      <Parameters parameters={doc.parameters} onChange={(parameters) => set('parameters', parameters)} said={said('parameters')} />
    </Dialog>
  );
}

function Tags({ jobId }: { jobId: string }) {
  const { data } = useQuery(jobQuery(jobId));
  return data ? <TagField fieldId="job-tags" kind="job" id={jobId} tags={data.tags} help={t('They hold at once and make no version.')} /> : null;
}

function Parameters({ parameters, onChange, said }: { parameters: Parameter[]; onChange: (parameters: Parameter[]) => void; said: string | null }) {
  const change = (index: number, part: Partial<Parameter>) =>
    onChange(parameters.map((parameter, i) => (i === index ? { ...parameter, ...part } : parameter)));
  return (
    <section className="flex flex-col gap-1.5" aria-label={t('Parameters')}>
      <div className="flex items-center">
        <h3 className="text-sm font-medium text-muted">{t('Parameters')}</h3>
        <Button
          variant="link"
          size="sm"
          id="add-parameter"
          className="ml-auto"
          onClick={() => onChange([...parameters, { name: '', type: 'text', default: null, required: false, description: null }])}
        >
          <Plus />
          {t('Add a parameter')}
        </Button>
      </div>
      {parameters.length === 0 && <p className="text-sm text-faint">{t('Values that a run is started with, such as a day. Fields use them with {.')}</p>}
      {parameters.map((parameter, index) => (
        <div key={index} className="grid grid-cols-[1fr_108px_1fr_auto_auto] items-center gap-2" data-parameter-row={index}>
          <Input mono aria-label={t('Name')} placeholder={t('day')} value={parameter.name} onChange={(event) => change(index, { name: event.target.value })} />
          <Select label={t('Type')} value={parameter.type} onChange={(type) => change(index, { type, default: null })} options={TYPES} />
          {parameter.type === 'boolean' ? (
            <Select
              label={t('Default')}
              value={parameter.default === true ? 'yes' : parameter.default === false ? 'no' : 'none'}
              onChange={(word) => change(index, { default: word === 'none' ? null : word === 'yes' })}
              options={[
                { value: 'none', label: t('No default') },
                { value: 'yes', label: t('Yes') },
                { value: 'no', label: t('No') },
              ]}
            />
          ) : (
            <Input
              aria-label={t('Default')}
              placeholder={t('No default')}
              value={shown(parameter.default)}
              onChange={(event) => change(index, { default: read(event.target.value, parameter.type) })}
            />
          )}
          <span className="flex items-center gap-1.5 text-sm text-muted" title={t('A run does not start without it')}>
            <Switch aria-label={t('Needed')} checked={parameter.required} onCheckedChange={(required) => change(index, { required })} />
            {t('Needed')}
          </span>
          <IconButton label={t('Delete parameter {{name}}', { name: parameter.name })} size="sm" onClick={() => onChange(parameters.filter((_, i) => i !== index))}>
            <Trash2 />
          </IconButton>
        </div>
      ))}
      {said && (
        <p role="alert" className="text-sm text-fail">
          {said}
        </p>
      )}
    </section>
  );
}

const shown = (value: Parameter['default']): string => (Array.isArray(value) ? value.join(', ') : value === null ? '' : String(value));

function read(text: string, type: Parameter['type']): Parameter['default'] {
  if (text === '') return null;
  if (type === 'list') return text.split(',').map((part) => part.trim());
  if (type === 'number' && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text;
}
