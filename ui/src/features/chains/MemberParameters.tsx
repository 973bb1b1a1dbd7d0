/** Values for the parameters that a member's job declares; templates may use what earlier members hand on. */
import { useQueries, useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { Button } from '@/components/Button';
import { Skeleton } from '@/components/Skeleton';
import { words } from '@/features/jobs/builder/ParameterFields';
import { monitorGroup, outputsOf, TYPE_WORDS, type ScopeGroup } from '@/features/jobs/builder/model/scope';
import { TemplateInput } from '@/features/jobs/builder/pill/TemplateInput';
import { t } from '@/i18n';
import { jobQuery, stepTypesQuery, type Value } from '@/ipc';
import { useChain, useChainStore } from './context';
import { slug, upstreamsOf, type Member } from './model/doc';
import { ofMember } from './model/problems';

const shown = (value: Value | undefined): string => (value === undefined ? '' : typeof value === 'object' && value !== null && !Array.isArray(value) ? JSON.stringify(value) : words(value));

export function MemberParameters({ member }: { member: Member }) {
  const store = useChainStore();
  const doc = useChain((state) => state.doc);
  const problems = useChain((state) => state.problems);
  const job = useQuery(jobQuery(member.job_id));
  const scope = useMemberScope(member.key);
  if (job.isPending) return <Skeleton className="w-40" />;
  const declared = job.data?.job.parameters ?? [];
  const gone = Object.keys(member.parameters).filter((name) => !declared.some((parameter) => parameter.name === name));
  if (declared.length === 0 && gone.length === 0) return <p className="text-sm text-muted">{t('The job has no parameters.')}</p>;
  return (
    <div className="flex flex-col gap-3">
      {declared.map((parameter) => {
        const field = `parameters.${parameter.name}`;
        const wrong = ofMember(problems, doc, member, field);
        const required = parameter.required === true && (parameter.default ?? null) === null;
        return (
          <div key={parameter.name} className="flex flex-col gap-1" data-parameter={parameter.name}>
            <span className="flex gap-1 text-sm font-medium text-muted">
              {parameter.name}
              <span className="font-normal text-faint">{parameter.type ?? t('text')}</span>
            </span>
            <TemplateInput
              value={shown(member.parameters[parameter.name])}
              onChange={(text) => store.getState().setParameter(member.key, parameter.name, text === '' ? undefined : text)}
              field={field}
              label={t('Parameter {{name}}', { name: parameter.name })}
              scope={scope}
              problems={wrong}
              invalid={wrong.length > 0}
              placeholder={parameter.default === null || parameter.default === undefined ? (required ? t('Given when the chain is run') : t('Nothing')) : words(parameter.default)}
            />
            {wrong.length > 0 ? <p role="alert" className="text-sm text-fail">{wrong[0]?.message}</p> : parameter.description && <p className="text-sm text-faint">{parameter.description}</p>}
          </div>
        );
      })}
      {gone.map((name) => (
        <div key={name} className="flex items-center gap-2 text-sm text-fail" data-parameter={name}>
          <span className="min-w-0 flex-1 truncate">{t('The job has no parameter {{name}}.', { name })}</span>
          <Button size="sm" data-field={`parameters.${name}`} onClick={() => store.getState().setParameter(member.key, name, undefined)}>
            <X />
            {t('Remove it')}
          </Button>
        </div>
      ))}
    </div>
  );
}

/** What earlier members hand on, the values of the chain's run, and its date. */
function useMemberScope(key: string): () => ScopeGroup[] {
  const doc = useChain((state) => state.doc);
  const types = useQuery(stepTypesQuery()).data;
  const earlier = upstreamsOf(doc, key);
  const jobs = useQueries({ queries: earlier.map((member) => jobQuery(member.job_id)) });
  return () => [
    ...earlier.map((member, index): ScopeGroup => {
      const of = `chain.${slug(member.name)}`;
      const steps = (jobs[index]?.data?.job.steps ?? []).filter((step) => step.enabled);
      return {
        title: member.name || t('No name'),
        icon: 'job',
        items: [
          ...steps.flatMap((step) => {
            const spec = types?.find((type) => type.type_key === step.type_key);
            if (!spec) return [];
            return outputsOf({ ...step, key: step.id, failure_policy: null }, spec).map((output) => ({
              inner: `${of}.steps.${step.alias}.${output.name}`, label: `${step.name} › ${output.name}`, type: TYPE_WORDS[output.output_type] ?? output.output_type, note: null,
            }));
          }),
          { inner: `${of}.state`, label: t('state'), type: t('text'), note: t('completed or failed') },
        ],
      };
    }),
    monitorGroup(),
    { title: t('Start of the member'), icon: 'date', items: ['%Y-%m-%d', '%Y-%m'].map((format) => ({ inner: `now | date('${format}')`, label: t('now'), type: t('date'), note: format })) },
  ];
}
