/** The values of a job's parameters for one run or dry run. */
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { Switch } from '@/components/Toggle';
import { t } from '@/i18n';
import type { Parameter, Value } from './model/doc';

export type Values = Record<string, Value>;

export function ParameterFields({ parameters, values, onChange, onEnter }: { parameters: readonly Parameter[]; values: Values; onChange: (values: Values) => void; onEnter: () => void }) {
  return (
    <div role="group" aria-label={t('Parameters')} className="flex flex-col gap-3" data-own-undo onKeyDown={(event) => event.key === 'Enter' && onEnter()}>
      {parameters.map((parameter) => (
        <ParameterField
          key={parameter.name}
          parameter={parameter}
          value={values[parameter.name]}
          onChange={(value) => onChange(withValue(values, parameter.name, value))}
        />
      ))}
    </div>
  );
}

/** What is left empty is left to the parameter's default. */
function withValue(before: Record<string, Value>, name: string, value: Value | undefined): Record<string, Value> {
  const { [name]: _, ...rest } = before;
  return value === undefined ? rest : { ...rest, [name]: value };
}

/** A value as it is typed. */
export const words = (value: Value): string => (Array.isArray(value) ? value.join(', ') : value === null ? '' : String(value));

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
    <Field label={label} required={parameter.required && parameter.default === null} help={parameter.description} about={false}>
      <Input
        data-parameter={label}
        type={parameter.type === 'date' ? 'date' : 'text'}
        defaultValue={value === undefined ? '' : words(value)}
        placeholder={parameter.default === null ? (parameter.type === 'list' ? t('one, two, three') : undefined) : words(parameter.default)}
        onChange={(event) => onChange(read(event.target.value))}
      />
    </Field>
  );
}
