/** What a monitor looks at, what counts there, and what it starts. */
import { useQuery } from '@tanstack/react-query';
import { Server } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { BrowseButton } from '@/components/BrowseButton';
import { Field } from '@/components/Field';
import { Input, NumberInput, TextArea } from '@/components/Input';
import { Select } from '@/components/Select';
import { TagInput } from '@/components/TagInput';
import { Checkbox, Segmented, Switch } from '@/components/Toggle';
import { Section } from '@/features/connections/form/Section';
import { serverOptions } from '@/features/connections/options';
import { DropField } from '@/features/drops/DropField';
import { PathBrowser } from '@/features/jobs/builder/inspector/PathBrowser';
import { t } from '@/i18n';
import { connectionsQuery, nodesQuery, tagsQuery, type Problem, type TriggerEvent } from '@/ipc';
import { Bindings } from './Bindings';
import { saidOf, type Draft } from './draft';
import { ExpectedSection } from './ExpectedSection';
import { entriesOf } from './folder';
import { EVENTS } from './words';

const HERE = '-';
const ANY = 'any';

export interface MonitorFormProps {
  draft: Draft;
  problems: readonly Problem[];
  onEdit: (change: Partial<Draft>) => void;
  onSubmit: () => void;
}

export function MonitorForm({ draft, problems, onEdit, onSubmit }: MonitorFormProps) {
  const { data: connections } = useQuery(connectionsQuery());
  const { data: nodes } = useQuery(nodesQuery());
  const { data: known } = useQuery(tagsQuery());
  const [browsing, setBrowsing] = useState(false);
  const said = (field: string) => saidOf(problems, field);
  const target = draft.watch_target;
  const remote = target.type === 'remote';
  const aim = (change: Partial<Draft['watch_target']>) => onEdit({ watch_target: { ...target, ...change } });
  const path = said('watch_target.path');
  const events = Object.keys(EVENTS) as TriggerEvent[];
  return (
    <form
      className="flex flex-col"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Section title={t('Folder')}>
        <Field label={t('Name')} required error={said('name')}>
          <Input id="monitor-name" autoFocus={draft.name === ''} value={draft.name} onChange={(event) => onEdit({ name: event.target.value })} />
        </Field>
        <Segmented
          label={t('Where the folder is')}
          className="self-start"
          value={target.type}
          onChange={(type) => aim({ type, connection_id: null })}
          segments={[
            { value: 'local', label: t('This computer'), id: 'monitor-local' },
            { value: 'remote', label: t('A server'), id: 'monitor-remote' },
          ]}
        />
        {remote && (
          <Field label={t('Connection')} required error={said('watch_target.connection_id')}>
            <Select
              id="monitor-connection"
              icon={<Server />}
              value={target.connection_id ?? null}
              placeholder={t('Choose a server')}
              options={serverOptions(connections)}
              onChange={(connection_id) => aim({ connection_id })}
            />
          </Field>
        )}
        <Field label={t('Path')} required error={path}>
          <DropField label={t('Path')} disabled={remote} onDrop={([dropped]) => dropped && aim({ path: dropped.folder })}>
            <Input
              id="monitor-path"
              mono
              value={target.path}
              placeholder={remote ? '/outgoing' : '/data/incoming'}
              onChange={(event) => aim({ path: event.target.value })}
              tail={
                <BrowseButton
                  id="monitor-browse"
                  label={t('Browse for the folder')}
                  title={remote && !target.connection_id ? t('Choose a server first') : remote ? t('Browse the server') : t('Browse this computer')}
                  disabled={remote && !target.connection_id}
                  onClick={() => setBrowsing(true)}
                />
              }
            />
          </DropField>
        </Field>
        <Toggled label={t('Folders inside, too')} checked={draft.recursive} onChange={(recursive) => onEdit({ recursive })} />
      </Section>
      <Section title={t('Files that count')}>
        <div className="grid grid-cols-2 gap-3">
          <Patterns id="monitor-include" label={t('Patterns')} help={t('One a line. None means every file.')} error={said('file_patterns')} value={draft.file_patterns} placeholder="*.csv" onChange={(file_patterns) => onEdit({ file_patterns })} />
          <Patterns id="monitor-exclude" label={t('Left out')} help={t('One a line. Names of unfinished files always are.')} error={said('exclude_patterns')} value={draft.exclude_patterns} placeholder="*_draft.csv" onChange={(exclude_patterns) => onEdit({ exclude_patterns })} />
        </div>
        {/* Not a fieldset: WebKit gives one that lays out as a flex box room for its legend twice, and takes it back later. */}
        <div role="group" aria-labelledby="monitor-events" className="flex flex-col gap-1.5">
          <span id="monitor-events" className="mb-1 text-sm font-medium text-muted">
            {t('Something is started for a')}
          </span>
          {events.map((event) => (
            <label key={event} className="flex items-baseline gap-2">
              <Checkbox
                className="translate-y-0.5"
                checked={draft.trigger_events.includes(event)}
                onCheckedChange={(on) => onEdit({ trigger_events: events.filter((one) => (one === event ? on : draft.trigger_events.includes(one))) })}
              />
              <span className="flex-none">{EVENTS[event].label}</span>
              <span className="text-sm text-faint">{EVENTS[event].help}</span>
            </label>
          ))}
          <Wrong message={said('trigger_events')} />
        </div>
        {draft.trigger_events.includes('file_modified') && (
          <Toggled label={t('Only when the content is another one, by its SHA-256')} checked={draft.compare_content} onChange={(compare_content) => onEdit({ compare_content })} />
        )}
      </Section>
      <Section title={t('Starts')}>
        <Bindings bindings={draft.bindings} problems={problems} onChange={(bindings) => onEdit({ bindings })} onSubmit={onSubmit} />
        <div className="flex flex-wrap items-end gap-3">
          <Segmented
            label={t('Runs')}
            value={draft.batch_mode ? 'batch' : 'each'}
            onChange={(mode) => onEdit({ batch_mode: mode === 'batch' })}
            segments={[
              { value: 'batch', label: t('All files of a look in one run') },
              { value: 'each', label: t('One run for each file') },
            ]}
          />
          {draft.batch_mode && (
            <Field label={t('Files in one run, at most')} error={said('max_files_per_run')} className="w-40">
              <NumberInput id="monitor-max-files" placeholder={t('All')} value={draft.max_files_per_run} onChange={(max_files_per_run) => onEdit({ max_files_per_run })} unit={t('files')} />
            </Field>
          )}
        </div>
      </Section>
      <ExpectedSection expected={draft.expected_files} problems={problems} onChange={(expected_files) => onEdit({ expected_files })} />
      <Section title={t('Looking')}>
        <div className="grid grid-cols-2 gap-3">
          <Field label={t('Every')} error={said('polling_interval_sec')} help={remote ? t('At least 10 s.') : t('New files are noticed at once; this makes sure.')}>
            <NumberInput id="monitor-interval" unit={t('s')} value={draft.polling_interval_sec} onChange={(n) => onEdit({ polling_interval_sec: n ?? 0 })} />
          </Field>
          <Field label={t('A file is ready once unchanged for')} error={said('stability_window_sec')}>
            <NumberInput id="monitor-stability" unit={t('s')} value={draft.stability_window_sec} onChange={(n) => onEdit({ stability_window_sec: n ?? 0 })} />
          </Field>
          <Field label={t('In error after')} error={said('max_consecutive_failures')} help={t('Then it stops looking and says so.')}>
            <NumberInput id="monitor-failures" unit={t('failures in a row', { count: draft.max_consecutive_failures })} value={draft.max_consecutive_failures} onChange={(n) => onEdit({ max_consecutive_failures: n ?? 0 })} />
          </Field>
          <Field label={t('Looked at by')} error={said('run_on')}>
            <Select
              id="monitor-node"
              value={draft.run_on === null || (remote && draft.run_on === ANY) ? HERE : draft.run_on}
              onChange={(name) => onEdit({ run_on: name === HERE ? null : name })}
              options={[
                { value: HERE, label: remote ? t('Any Courier') : t('This computer') },
                ...(remote ? [] : [{ value: ANY, label: t('Any Courier') }]),
                ...[...new Set([...(nodes ?? []).map((node) => node.name), ...(draft.run_on === null || draft.run_on === ANY ? [] : [draft.run_on])])].map((name) => ({ value: name, label: name })),
              ]}
            />
          </Field>
        </div>
        <Field label={t('Tags')}>
          <TagInput id="monitor-tags" names={draft.tags} known={(known ?? []).map((row) => row.tag)} onChange={(tags) => onEdit({ tags })} />
        </Field>
        <Field label={t('Notes')}>
          <TextArea id="monitor-description" rows={2} value={draft.description ?? ''} onChange={(event) => onEdit({ description: event.target.value === '' ? null : event.target.value })} />
        </Field>
      </Section>
      {browsing && (
        <PathBrowser
          title={t('The folder to watch')}
          start={target.path || (remote ? '/' : '')}
          place={target.connection_id ?? 'local'}
          load={(folder) => entriesOf({ ...target, path: folder })}
          foldersOnly
          onPick={(picked) => {
            aim({ path: picked.slice(0, picked.lastIndexOf('/')) || '/' });
            setBrowsing(false);
          }}
          onClose={() => setBrowsing(false)}
        />
      )}
    </form>
  );
}

function Patterns({ id, label, help, error, value, placeholder, onChange }: { id: string; label: string; help: string; error: string | undefined; value: readonly string[]; placeholder: string; onChange: (lines: string[]) => void }) {
  return (
    <Field label={label} help={help} error={error}>
      <TextArea id={id} mono rows={3} placeholder={placeholder} value={value.join('\n')} onChange={(event) => onChange(event.target.value === '' ? [] : event.target.value.split('\n'))} />
    </Field>
  );
}

function Toggled({ label, checked, onChange }: { label: string; checked: boolean; onChange: (on: boolean) => void }) {
  return (
    <span className="flex items-center gap-2">
      <Switch aria-label={label} checked={checked} onCheckedChange={onChange} />
      {label}
    </span>
  );
}

function Wrong({ message }: { message: ReactNode }) {
  return message ? (
    <p role="alert" className="text-sm text-fail">
      {message}
    </p>
  ) : null;
}
