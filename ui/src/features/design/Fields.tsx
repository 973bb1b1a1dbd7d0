/** What one enters and chooses. */
import { Server } from 'lucide-react';
import { useState } from 'react';
import { BrowseButton } from '@/components/BrowseButton';
import { Combobox } from '@/components/Combobox';
import { Field } from '@/components/Field';
import { FilterChoice, FilterInput } from '@/components/FilterInput';
import { Input, NumberInput, SecretInput, TextArea } from '@/components/Input';
import { Select } from '@/components/Select';
import { TagInput } from '@/components/TagInput';
import { Checkbox, Segmented, Switch } from '@/components/Toggle';
import { PathBrowser } from '@/features/jobs/builder/inspector/PathBrowser';
import { Pill } from '@/features/jobs/builder/pill/Pill';
import { CronField, useCron } from '@/features/schedules/CronField';
import { expressionOf, START } from '@/features/schedules/preset';
import { invoke } from '@/ipc';
import { LOCAL_ZONE, ZONES, zoneName } from '@/lib/zones';
import { Kind, Specimens } from './Specimens';

const PROTOCOLS = [
  { value: 'sftp', label: 'SFTP', note: 'port 22' },
  { value: 'ftps', label: 'FTPS', note: 'port 21' },
  { value: 'ftp', label: 'FTP', note: 'not allowed here', disabled: true },
] as const;
type Protocol = (typeof PROTOCOLS)[number]['value'];
const WIDE = 'w-60';

export function Fields() {
  const [protocol, setProtocol] = useState<Protocol | null>(null);
  const [zone, setZone] = useState(LOCAL_ZONE);
  const [size, setSize] = useState<number | null>(1_000);
  const [names, setNames] = useState<string[]>(['nightly', 'finance']);
  const [side, setSide] = useState<'local' | 'remote'>('local');
  const [filter, setFilter] = useState('');
  const [state, setState] = useState<'any' | 'failed'>('any');
  const [path, setPath] = useState('/data/incoming/2026-11/settlement-report-of-the-day.csv.pgp');
  const [browsing, setBrowsing] = useState(false);
  return (
    <Kind title="Fields">
      <Specimens of="Input">
        <Field label="Name" help="What the list calls it." className={WIDE}>
          <Input placeholder="Partner" />
        </Field>
        <Field label="Host" required error="Enter a host name." className={WIDE}>
          <Input mono defaultValue="sftp partner" aria-invalid />
        </Field>
        <Field label="Made by" className={WIDE}>
          <Input defaultValue="analyst@finance" disabled />
        </Field>
        <Field label="Largest file" className={WIDE}>
          <NumberInput value={size} onChange={setSize} unit="MB" />
        </Field>
        <Field label="Password" className={WIDE}>
          <SecretInput placeholder="Kept in the vault" />
        </Field>
        <Field label="Patterns" help="One a line." className={WIDE}>
          <TextArea mono rows={2} defaultValue={'*.csv\n*.csv.gz'} />
        </Field>
      </Specimens>
      <Specimens of="Date and time">
        <Field label="Day" className={WIDE}>
          <Input type="date" defaultValue="2026-12-01" />
        </Field>
        <Field label="At" className={WIDE}>
          <Input type="time" defaultValue="06:30" />
        </Field>
        <Field label="Once" help="As the clock here shows it." className={WIDE}>
          <Input type="datetime-local" defaultValue="2026-12-01T06:30" />
        </Field>
      </Specimens>
      <Specimens of="Select">
        <Field label="Protocol" className={WIDE}>
          <Select<Protocol> id="design-select" value={protocol} onChange={setProtocol} options={PROTOCOLS} placeholder="Choose a protocol" icon={<Server />} />
        </Field>
        <Field label="Protocol, fixed" className={WIDE}>
          <Select<Protocol> value="sftp" onChange={setProtocol} options={PROTOCOLS} disabled />
        </Field>
      </Specimens>
      <Specimens of="Combobox">
        <Field label="Time zone" className={WIDE}>
          <Combobox id="design-combobox" value={zone} options={ZONES} labelOf={zoneName} onChange={setZone} none="No time zone is called that." />
        </Field>
      </Specimens>
      <Specimens of="Segmented">
        <Segmented
          label="Where"
          value={side}
          onChange={setSide}
          segments={[
            { value: 'local', label: 'This computer', count: 12 },
            { value: 'remote', label: 'A server' },
          ]}
        />
        <Segmented label="Where, fixed" value={side} onChange={setSide} disabled segments={[{ value: 'local', label: 'This computer' }, { value: 'remote', label: 'A server' }]} />
      </Specimens>
      <Specimens of="Switch">
        <Switch aria-label="Off" />
        <Switch aria-label="On" defaultChecked />
        <Switch aria-label="Off, fixed" disabled />
        <Switch aria-label="On, fixed" defaultChecked disabled />
      </Specimens>
      <Specimens of="Checkbox">
        <Checkbox aria-label="Not chosen" />
        <Checkbox aria-label="Chosen" defaultChecked />
        <Checkbox aria-label="Some of them" indeterminate />
        <Checkbox aria-label="Chosen, fixed" defaultChecked disabled />
        <Checkbox aria-label="Some of them, fixed" indeterminate disabled />
        <Checkbox aria-label="Not chosen, fixed" disabled />
      </Specimens>
      <Specimens of="Filters">
        <FilterInput id="design-filter" value={filter} onChange={setFilter} placeholder="Filter by name" />
        <FilterChoice id="design-choice" label="State" value={state} onChange={setState} options={[{ value: 'any', label: 'any' }, { value: 'failed', label: 'failed' }]} />
      </Specimens>
      <Specimens of="Tags">
        <Field label="Tags" className={WIDE}>
          <TagInput id="design-tags" names={names} known={[{ name: 'nightly', color: '#3673e6' }, { name: 'finance', color: null }, { name: 'partner', color: '#1f9d57' }]} onChange={setNames} />
        </Field>
      </Specimens>
      <Specimens of="Path">
        <Field label="Folder" help="Browses this computer; on a server it looks the same." className="w-[496px]">
          <Input mono value={path} onChange={(event) => setPath(event.target.value)} tail={<BrowseButton id="design-browse" label="Browse this computer" onClick={() => setBrowsing(true)} />} />
        </Field>
        <Field label="Folder on a server" className={WIDE}>
          <Input mono placeholder="/in" tail={<BrowseButton label="Browse the server" title="Choose a server first" disabled />} />
        </Field>
      </Specimens>
      <Specimens of="Pill">
        <Pill inner="steps.fetch.files[0].path" />
        <Pill inner="params.day" />
        <Pill inner="now | date('yyyy-MM-dd')" />
        <Pill inner="monitor.files[0].name" />
        <Pill inner="steps.removed.files" gone />
        <Pill inner="loop.item" small />
      </Specimens>
      <Specimens of="Cron">
        <CronSpecimen />
      </Specimens>
      {browsing && (
        <PathBrowser
          title="Folder"
          start=""
          place="local"
          load={(folder) => invoke.localBrowse(folder)}
          onPick={(picked) => {
            setPath(picked);
            setBrowsing(false);
          }}
          onClose={() => setBrowsing(false)}
        />
      )}
    </Kind>
  );
}

function CronSpecimen() {
  const [preset, setPreset] = useState(START);
  const [expression, setExpression] = useState(expressionOf(START) ?? '');
  const cron = useCron(expression, LOCAL_ZONE, null);
  return (
    <div className="flex w-[496px] flex-col gap-3">
      <CronField
        cron={cron}
        preset={preset}
        expression={expression}
        onPreset={(change) => {
          const next = { ...preset, ...change };
          setPreset(next);
          setExpression(expressionOf(next) ?? expression);
        }}
        onExpression={(typed) => {
          setPreset({ ...preset, kind: 'expression' });
          setExpression(typed);
        }}
      />
    </div>
  );
}
