/** What a field of a step type is, drawn from its spec: for the button beside it and for the page of the step type. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { t } from '@/i18n';
import { stepGuidesQuery, type FieldSpec, type FieldType, type StepGuide } from '@/ipc';
import { closeFloating, Explained, linkClass } from './HelpTopic';
import { Code } from './parts';

export const KINDS: Record<FieldType, string> = {
  text: t('text'),
  integer: 'number',
  boolean: t('yes or no'),
  choice: 'choice',
  path_list: t('path or paths'),
  text_list: t('texts, one a line'),
  name_template: t('name, made for each file'),
  values: t('values under names'),
  value: t('any value'),
  list: 'list',
  condition: 'expression',
  connection_id: 'connection',
  job_id: 'job',
  pgp_key_id: t('PGP key'),
  pgp_key_id_list: t('PGP keys'),
  secret: t('secret, kept in the vault'),
};

export function defaultWords({ default: value, choices }: FieldSpec): string | null {
  if (value === null) return null;
  const chosen = choices.find((choice) => choice.value === value);
  if (chosen) return chosen.label;
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A value of an example as it would be typed. */
export const typed = (value: unknown): string => (typeof value === 'string' ? value : Array.isArray(value) ? value.map(typed).join('\n') : JSON.stringify(value));

/** A value of the field in an example; where there is a choice, its members say more. */
export function exampleOf(field: FieldSpec, guide: StepGuide): string | undefined {
  if (field.choices.length > 0 || field.field_type === 'secret') return undefined;
  const value = guide.examples.map(({ configuration }) => configuration[field.name]).find((one) => one !== undefined && typeof one !== 'boolean');
  return value === undefined ? undefined : typed(value);
}

/** `example` stands for a value of the field in an example of its step type. */
export function FieldFacts({ field, example }: { field: FieldSpec; example?: string | undefined }) {
  const usual = defaultWords(field);
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5 text-sm text-muted">
      <dt>{t('Kind')}</dt>
      <dd>{field.required ? t('{{field_type}}, required', { field_type: KINDS[field.field_type] }) : KINDS[field.field_type]}</dd>
      {usual !== null && (
        <>
          <dt>{t('At first')}</dt>
          <dd className="text-ink">{usual}</dd>
        </>
      )}
      {field.choices.length > 0 && (
        <>
          <dt>{t('Choices')}</dt>
          <dd>{field.choices.map((choice) => choice.label).join(', ')}</dd>
        </>
      )}
      {example !== undefined && (
        <>
          <dt>{t('Such as')}</dt>
          <dd className="[overflow-wrap:anywhere] whitespace-pre-line">
            <Code>{example}</Code>
          </dd>
        </>
      )}
    </dl>
  );
}

export function StepFieldNote({ typeKey, field }: { typeKey: string; field: FieldSpec }) {
  const guide = useQuery(stepGuidesQuery()).data?.find((one) => one.type_key === typeKey);
  const shown = guide && exampleOf(field, guide);
  return (
    <Explained
      name={field.label}
      link={
        <Link to="/help/steps/$typeKey" params={{ typeKey }} search={{ field: field.name }} onClick={closeFloating} data-to-help className={linkClass}>
          {t('All about this step type')}
        </Link>
      }
    >
      {field.help !== '' && <p>{field.help}</p>}
      <FieldFacts field={field} example={shown} />
    </Explained>
  );
}
