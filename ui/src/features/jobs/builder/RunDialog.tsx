/** Before a run: what must be saved first, and the values of the job's parameters. */
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { Switch } from '@/components/Toggle';
import { useBuilder } from './context';
import type { Parameter, Value } from './model/doc';
import { isChanged } from './model/store';

export function RunDialog({ busy, onRun, onClose }: { busy: boolean; onRun: (values: Record<string, Value>) => void; onClose: () => void }) {
  const changed = useBuilder(isChanged);
  const isNew = useBuilder((state) => state.jobId === null);
  const version = useBuilder((state) => state.version);
  const parameters = useBuilder((state) => state.doc.parameters);
  const [values, setValues] = useState<Record<string, Value>>({});
  const save = changed || isNew;
  return (
    <Dialog
      open
      onClose={onClose}
      id="run-dialog"
      title={save ? `Save version ${version + 1} and run it?` : 'Run this job'}
      description={save ? 'A run follows a saved version, so that it can be looked at and repeated later.' : undefined}
      width={440}
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button id="run-confirm" variant="primary" busy={busy} autoFocus={parameters.length === 0} onClick={() => onRun(values)}>
            {save ? 'Save and run' : 'Run'}
          </Button>
        </>
      }
    >
      {parameters.length > 0 && (
        <div role="group" aria-label="Parameters" className="flex flex-col gap-3" data-own-undo onKeyDown={(event) => event.key === 'Enter' && onRun(values)}>
          {parameters.map((parameter) => (
            <ParameterField
              key={parameter.name}
              parameter={parameter}
              value={values[parameter.name]}
              onChange={(value) => setValues((before) => withValue(before, parameter.name, value))}
            />
          ))}
        </div>
      )}
    </Dialog>
  );
}

/** What is left empty is left to the parameter's default. */
function withValue(before: Record<string, Value>, name: string, value: Value | undefined): Record<string, Value> {
  const { [name]: _, ...rest } = before;
  return value === undefined ? rest : { ...rest, [name]: value };
}

const words = (value: Value): string => (Array.isArray(value) ? value.join(', ') : value === null ? '' : String(value));

function ParameterField({ parameter, value, onChange }: { parameter: Parameter; value: Value | undefined; onChange: (value: Value | undefined) => void }) {
  const label = parameter.name;
  if (parameter.type === 'boolean') {
    return (
      <div className="flex items-center gap-2">
        <span className="flex-1 text-sm font-medium text-muted" title={parameter.description ?? undefined}>
          {label}
        </span>
        <Switch aria-label={label} data-parameter={label} checked={(value ?? parameter.default) === true} onCheckedChange={onChange} />
      </div>
    );
  }
  const read = (text: string): Value | undefined => {
    if (text === '') return undefined;
    if (parameter.type === 'list') return text.split(',').map((part) => part.trim());
    return parameter.type === 'number' && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
  };
  return (
    <Field label={label} required={parameter.required && parameter.default === null} help={parameter.description}>
      <Input
        data-parameter={label}
        type={parameter.type === 'date' ? 'date' : 'text'}
        defaultValue={value === undefined ? '' : words(value)}
        placeholder={parameter.default === null ? (parameter.type === 'list' ? 'one, two, three' : undefined) : words(parameter.default)}
        onChange={(event) => onChange(read(event.target.value))}
      />
    </Field>
  );
}
