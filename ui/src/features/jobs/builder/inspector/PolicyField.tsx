/** What happens on failure: of a step (or as the job has it), and of the job. */
import { NumberInput } from '@/components/Input';
import { Select } from '@/components/Select';
import { t } from '@/i18n';
import { duration } from '@/lib/format';
import { STOP, type Policy } from '../model/doc';

type Kind = Policy['type'];
const WORDS: Record<Kind, string> = {
  stop: t('Stop'),
  retry_step: t('Try the step again'),
  retry_job: t('Try the whole job again'),
  skip_and_continue: t('Skip it and go on'),
};

/** `Stop`, `3 tries`. */
export function policyWords(policy: Policy): string {
  const { type, max_retries: count } = policy;
  if (type === 'retry_job') return t('{{count}} retries of the job', { count });
  return type === 'retry_step' ? t('{{count}} retries', { count }) : WORDS[type];
}

const AS_JOB = 'as_job';

export function PolicyField({
  value,
  job,
  onChange,
  id,
}: {
  /** `null`: as the job has it. */
  value: Policy | null;
  /** The job's policy when a step may leave it to the job. */
  job: Policy | null;
  onChange: (policy: Policy | null) => void;
  id: string;
}) {
  const retries = value?.type === 'retry_step' || value?.type === 'retry_job';
  const kinds = Object.keys(WORDS) as Kind[];
  return (
    <div className="flex flex-col gap-2">
      <Select<Kind | typeof AS_JOB>
        id={id}
        label={t('If this fails')}
        value={value?.type ?? AS_JOB}
        onChange={(type) => onChange(type === AS_JOB ? null : { ...(value ?? STOP), type })}
        options={[
          ...(job ? [{ value: AS_JOB as typeof AS_JOB, label: t('As the job: {{policy}}', { policy: policyWords(job) }) }] : []),
          ...kinds.map((kind) => ({ value: kind, label: WORDS[kind] })),
        ]}
      />
      {value && retries && (
        <>
          <div className="grid grid-cols-3 gap-2">
            <Small label={t('Retries')} value={value.max_retries} onChange={(max_retries) => onChange({ ...value, max_retries })} id={`${id}-retries`} />
            <Small label={t('First wait')} unit={t('s')} value={value.backoff_base_seconds} onChange={(n) => onChange({ ...value, backoff_base_seconds: n })} id={`${id}-base`} />
            <Small label={t('Longest wait')} unit={t('s')} value={value.backoff_max_seconds} onChange={(n) => onChange({ ...value, backoff_max_seconds: n })} id={`${id}-max`} />
          </div>
          <p className="text-sm text-faint">
            {t('The wait doubles each time, from {{first}} up to {{longest}}.', { first: duration(value.backoff_base_seconds * 1000), longest: duration(value.backoff_max_seconds * 1000) })}
          </p>
        </>
      )}
    </div>
  );
}

function Small({ label, value, onChange, unit, id }: { label: string; value: number; onChange: (value: number) => void; unit?: string; id: string }) {
  return (
    <label className="flex flex-col gap-1 text-sm text-muted">
      {label}
      <NumberInput id={id} small value={value} unit={unit} onChange={(number) => onChange(number ?? 0)} />
    </label>
  );
}
