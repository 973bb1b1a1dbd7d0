/** One parameter of a step: its label, the widget that its spec asks for, and what is wrong with it. */
import type { ReactNode } from 'react';
import { AboutButton } from '@/components/About';
import { Field } from '@/components/Field';
import { NumberInput } from '@/components/Input';
import { Select } from '@/components/Select';
import { Segmented, Switch } from '@/components/Toggle';
import { t } from '@/i18n';
import type { FieldSpec } from '@/ipc';
import type { Value } from '../model/doc';
import { TemplateInput } from '../pill/TemplateInput';
import { ListField } from './ListField';
import { PathField } from './PathField';
import { ConnectionField, JobField, KeyField, KeysField } from './ReferenceField';
import { SecretField } from './SecretField';
import { ValuesField } from './ValuesField';
import type { WidgetProps } from './widget';

/** `about` is what there is to read about the field. */
export function FieldControl({ about, ...props }: WidgetProps & { about: ReactNode }) {
  const { spec, shown } = props;
  const error = shown[0]?.message ?? null;
  if (spec.widget === 'switch' || (spec.widget === 'choice' && spec.choices.length === 2)) {
    return (
      <div className="flex flex-col gap-1" title={spec.help}>
        <div className="flex min-h-7 items-center gap-2">
          <span className="flex min-w-0 flex-1 items-center gap-1 text-sm font-medium text-muted">
            {spec.label}
            <AboutButton name={spec.label}>{about}</AboutButton>
          </span>
          <Widget {...props} />
        </div>
        {error && (
          <span role="alert" className="text-sm text-fail">
            {error}
          </span>
        )}
      </div>
    );
  }
  return (
    <Field label={spec.label} required={spec.required} help={spec.help} error={error} about={about}>
      <Widget {...props} />
    </Field>
  );
}

function Widget(props: WidgetProps): ReactNode {
  const { spec, value, onChange, onLeave } = props;
  switch (spec.widget) {
    case 'connection':
      return <ConnectionField {...props} />;
    case 'job':
      return <JobField {...props} />;
    case 'pgp_key':
      return <KeyField {...props} />;
    case 'pgp_keys':
      return <KeysField {...props} />;
    case 'remote_path':
    case 'local_path':
      return <PathField {...props} />;
    case 'globs':
      return <ListField {...props} />;
    case 'secret':
      return <SecretField {...props} />;
    case 'switch':
      return (
        <Switch
          data-field={spec.name}
          aria-label={spec.label}
          checked={value === undefined ? spec.default === true : value === true}
          onCheckedChange={(on) => onChange(on === (spec.default === true) ? undefined : on)}
        />
      );
    case 'number':
      return typeof value === 'string' ? (
        <TextWidget {...props} />
      ) : (
        <NumberInput
          data-field={spec.name}
          aria-label={spec.label}
          value={typeof value === 'number' ? value : null}
          placeholder={spec.default === null ? t('Not set') : String(spec.default)}
          onChange={(number) => onChange(number === null || number === spec.default ? undefined : number)}
          onBlur={onLeave}
        />
      );
    case 'choice':
      return <ChoiceWidget {...props} />;
    case 'values':
      return <ValuesField {...props} />;
    case 'template':
      return <TextWidget {...props} />;
  }
}

/** What is no text is shown as JSON; a list that is typed becomes one. */
function TextWidget({ spec, value, onChange, onLeave, scope, problems, shown }: WidgetProps) {
  const take = (text: string): Value | undefined => {
    if (text === '') return undefined;
    if (spec.field_type !== 'list' || !text.trim().startsWith('[')) return text;
    try {
      const parsed: unknown = JSON.parse(text);
      return Array.isArray(parsed) ? (parsed as Value) : text;
    } catch {
      return text;
    }
  };
  return (
    <TemplateInput
      value={typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value)}
      onChange={(text) => onChange(take(text))}
      onLeave={onLeave}
      field={spec.name}
      label={spec.label}
      scope={scope}
      problems={problems}
      invalid={shown.length > 0}
      placeholder={typeof spec.default === 'string' ? spec.default : undefined}
    />
  );
}

/** As many as the inspector's width takes. */
const fits = (spec: FieldSpec) => spec.choices.length <= 5 && spec.choices.map((choice) => choice.label).join('').length <= 32;

function ChoiceWidget({ spec, value, onChange }: WidgetProps) {
  const chosen = typeof value === 'string' ? value : typeof spec.default === 'string' ? spec.default : null;
  const set = (next: string) => onChange(next === spec.default ? undefined : next);
  return (
    <div data-field={spec.name} className={spec.choices.length === 2 ? 'flex-none' : undefined}>
      {fits(spec) && chosen !== null ? (
        <Segmented full={spec.choices.length > 2} label={spec.label} value={chosen} onChange={set} segments={spec.choices} />
      ) : (
        <Select label={spec.label} value={chosen} onChange={set} options={spec.choices} />
      )}
    </div>
  );
}
