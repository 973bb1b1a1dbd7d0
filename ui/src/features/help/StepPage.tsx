/** The page of a step type: its guide, then what its spec says of fields and outputs. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useCrumbs } from '@/app/chrome';
import { ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { Badge } from '@/components/State';
import { StepIcon } from '@/components/StepIcon';
import { TemplateText } from '@/features/jobs/builder/pill/TemplateText';
import { TYPE_WORDS } from '@/features/jobs/builder/model/scope';
import { locale, t } from '@/i18n';
import { PRESENTATIONS, stepGuidesQuery, stepTypesQuery, type FieldSpec, type GuideExample, type GuideFailure, type Retry, type StepGuide, type StepSpec } from '@/ipc';
import { cn } from '@/lib/cn';
import { NoPage, Reading } from './HelpPages';
import { Marked, markedClass, useMarked } from './parts';
import { exampleOf, FieldFacts, typed } from './StepField';

export function StepPage({ typeKey, field }: { typeKey: string; field: string | null }) {
  const types = useQuery(stepTypesQuery());
  const guides = useQuery(stepGuidesQuery());
  const spec = types.data?.find((one) => one.type_key === typeKey);
  useCrumbs({ label: t('Help'), to: '/help' }, { label: spec?.label ?? typeKey });
  const failed = types.error ?? guides.error;
  if (failed) return <ErrorState error={failed} what={t('The help')} onRetry={() => void Promise.all([types.refetch(), guides.refetch()])} />;
  if (!types.data || !guides.data) return <SkeletonRows label={t('Loading the help')} />;
  const guide = guides.data.find((one) => one.type_key === typeKey);
  if (!spec || !guide) return <NoPage of={typeKey} />;
  return (
    <Reading
      of={typeKey}
      title={spec.label}
      icon={
        <span className="text-muted [&_svg]:size-5">
          <StepIcon name={spec.icon} />
        </span>
      }
      lead={
        <>
          <p className="text-ink">{guide.purpose}</p>
          <p className="mono pt-0.5 text-sm text-faint">{typeKey}</p>
        </>
      }
    >
      <Marked value={field}>
        <Guide spec={spec} guide={guide} types={types.data} />
      </Marked>
    </Reading>
  );
}

function Guide({ spec, guide, types }: { spec: StepSpec; guide: StepGuide; types: readonly StepSpec[] }) {
  const [plain, more] = [spec.fields.filter((field) => !field.advanced), spec.fields.filter((field) => field.advanced)];
  return (
    <>
      <Section title={t('When to use it')}>
        <Sentences texts={guide.when} />
      </Section>
      {guide.facts.length > 0 && (
        <Section title={t('Good to know')}>
          <Sentences texts={guide.facts} />
        </Section>
      )}
      {spec.fields.length > 0 && (
        <Section title={t('Fields')}>
          <Fields fields={plain} guide={guide} />
          {more.length > 0 && (
            <>
              <h3 className="pt-1 text-sm font-medium text-faint">{t('More options')}</h3>
              <Fields fields={more} guide={guide} />
            </>
          )}
        </Section>
      )}
      {spec.outputs.length > 0 && (
        <Section title={t('Gives to later steps')}>
          <dl className="grid grid-cols-[auto_auto_minmax(0,1fr)] gap-x-4 gap-y-1">
            {spec.outputs.map((output) => (
              <div key={output.name} className="contents" data-output={output.name}>
                <dt className="mono text-sm">{output.name}</dt>
                <dd className="text-muted">{TYPE_WORDS[output.output_type] ?? output.output_type}</dd>
                <dd className="text-muted">{output.help}</dd>
              </div>
            ))}
          </dl>
        </Section>
      )}
      {guide.failures.length > 0 && (
        <Section title={t('When it fails')}>
          <dl className="flex flex-col">
            {guide.failures.map((failure) => (
              <Failure key={failure.code} failure={failure} />
            ))}
          </dl>
        </Section>
      )}
      {spec.fields.length > 0 && guide.examples.length > 0 && (
        <Section title={t('Examples', { count: guide.examples.length })}>
          {guide.examples.map((example) => (
            <Example key={example.title} example={example} spec={spec} />
          ))}
        </Section>
      )}
      {guide.related.length > 0 && (
        <Section title={t('Goes with')}>
          <ul className="flex flex-wrap gap-x-4 gap-y-1">
            {guide.related.map((key) => {
              const other = types.find((one) => one.type_key === key);
              return (
                <li key={key}>
                  <Link to="/help/steps/$typeKey" params={{ typeKey: key }} className="inline-flex items-center gap-1.5 text-accent-ink hover:underline [&_svg]:size-3.5">
                    <StepIcon name={other?.icon} />
                    {other?.label ?? key}
                  </Link>
                </li>
              );
            })}
          </ul>
        </Section>
      )}
      <nav aria-label={t('In the window')} className="flex flex-wrap gap-x-4 gap-y-1 border-t border-line pt-3 pb-6">
        <Link to="/jobs" className="text-accent-ink hover:underline">
          {t('Jobs')}
        </Link>
        <Link to="/help/areas/$area" params={{ area: 'expressions' }} className="text-accent-ink hover:underline">
          {t('Help: Expressions and pills')}
        </Link>
        <Link to="/help/areas/$area" params={{ area: 'running' }} className="text-accent-ink hover:underline">
          {t('Help: Runs and failures')}
        </Link>
      </nav>
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-2 border-t border-line pt-4 pb-5">
      <h2 className="font-semibold">{title}</h2>
      {children}
    </section>
  );
}

function Sentences({ texts }: { texts: readonly string[] }) {
  return (
    <ul className="flex list-disc flex-col gap-1 pl-5 marker:text-faint">
      {texts.map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  );
}

function Fields({ fields, guide }: { fields: readonly FieldSpec[]; guide: StepGuide }) {
  return (
    <div className="flex flex-col">
      {fields.map((field) => (
        <FieldLine key={field.name} field={field} example={exampleOf(field, guide)} />
      ))}
    </div>
  );
}

function FieldLine({ field, example }: { field: FieldSpec; example: string | undefined }) {
  const [line, marked] = useMarked<HTMLDivElement>(field.name);
  return (
    <div ref={line} data-help-field={field.name} data-marked={marked || undefined} className={cn('flex flex-col gap-1 border-b border-grid py-2 last:border-b-0', markedClass(marked))}>
      <h3 className="flex items-baseline gap-2">
        <span className="font-medium">{field.label}</span>
        <span className="mono text-xs text-faint">{field.name}</span>
      </h3>
      {field.help !== '' && <p className="text-muted">{field.help}</p>}
      <FieldFacts field={field} example={example} />
    </div>
  );
}

/** What the failure policy makes of it. */
const AGAIN: Record<Retry, string> = {
  later: t('May pass by itself: the failure policy can try again.'),
  after_person: t('Needs a person first; it is not tried again by itself.'),
  never: t('The same would come of it again; it is not tried again by itself.'),
};

function Failure({ failure: { code, cause, remedy, retry } }: { failure: GuideFailure }) {
  return (
    <div data-failure={code} className="flex flex-col gap-0.5 border-b border-grid py-2 last:border-b-0">
      <dt className="flex items-center gap-2 font-medium">
        {PRESENTATIONS[code].title}
        {retry === 'later' && <Badge tone="run">{t('Tried again')}</Badge>}
      </dt>
      <dd>{cause}</dd>
      <dd className="text-muted">{remedy}</dd>
      <dd className="text-sm text-faint">{AGAIN[retry]}</dd>
    </div>
  );
}

function Example({ example: { title, configuration }, spec }: { example: GuideExample; spec: StepSpec }) {
  return (
    <figure className="rounded-md border border-line" data-example={title}>
      <figcaption className="border-b border-line bg-sunken px-3 py-1.5 font-medium">{title}</figcaption>
      <dl className="grid grid-cols-[minmax(0,190px)_minmax(0,1fr)] gap-x-4 gap-y-1 px-3 py-2">
        {spec.fields
          .filter((field) => field.name in configuration)
          .map((field) => (
            <div key={field.name} className="contents">
              <dt className="text-muted">{field.label}</dt>
              <dd className="selectable min-w-0 [overflow-wrap:anywhere]">
                <ExampleValue field={field} value={configuration[field.name]} />
              </dd>
            </div>
          ))}
      </dl>
    </figure>
  );
}

function ExampleValue({ field, value }: { field: FieldSpec; value: unknown }) {
  const chosen = field.choices.find((choice) => choice.value === value);
  if (chosen) return chosen.label;
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (field.field_type === 'secret') return <span className="text-muted">{t('kept in the vault')}</span>;
  if (typeof value === 'number') return <span className="num">{value.toLocaleString(locale)}</span>;
  if (Array.isArray(value)) return value.map((one, index) => <Text key={index} text={typed(one)} />);
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).map(([name, one]) => (
      <span key={name} className="flex min-w-0 gap-2">
        <span className="mono flex-none text-muted">{name}</span>
        <Text text={typed(one)} />
      </span>
    ));
  }
  return <Text text={typed(value)} />;
}

function Text({ text }: { text: string }) {
  return <TemplateText text={text} problems={[]} className="flex-wrap" />;
}
