/** What a job waits for, and what waits for it. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Hourglass, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '@/components/Button';
import { ErrorNotice, ErrorState } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Select } from '@/components/Select';
import { SkeletonRows } from '@/components/Skeleton';
import { toast } from '@/components/toast';
import { Switch } from '@/components/Toggle';
import { t } from '@/i18n';
import { asAppError, dependenciesQuery, invoke, jobsQuery, type DependencyRow } from '@/ipc';

export function Dependencies({ job }: { job: { id: string; name: string } }) {
  const edges = useQuery(dependenciesQuery(job.id));
  if (edges.isPending) return <SkeletonRows rows={3} label={t('Loading the dependencies')} />;
  if (edges.isError) return <ErrorState error={edges.error} what={t('The dependencies')} onRetry={() => void edges.refetch()} />;
  const before = edges.data.filter((edge) => edge.downstream_job_id === job.id);
  const after = edges.data.filter((edge) => edge.upstream_job_id === job.id);
  return (
    <div className="flex flex-col gap-4 py-3">
      <section aria-label={t('Waits for')} className="flex flex-col gap-1.5">
        <h3 className="font-medium">{t('Waits for')}</h3>
        {before.length === 0 && <p className="text-sm text-muted">{t('No other job. A job that waits for another stays queued until the other has been done since its own last start.')}</p>}
        <ul>
          {before.map((edge) => (
            <Line key={edge.id} edge={edge} other={{ id: edge.upstream_job_id, name: edge.upstream_job_name }} />
          ))}
        </ul>
        <Add job={job} known={before.map((edge) => edge.upstream_job_id)} />
      </section>
      {after.length > 0 && (
        <section aria-label={t('Wait for this job')} className="flex flex-col gap-1.5">
          <h3 className="font-medium">{t('Wait for this job')}</h3>
          <ul>
            {after.map((edge) => (
              <Line key={edge.id} edge={edge} other={{ id: edge.downstream_job_id, name: edge.downstream_job_name }} />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function Line({ edge, other }: { edge: DependencyRow; other: { id: string; name: string } }) {
  const onError = (error: unknown) => toast.failed(error);
  const again = () =>
    void invoke
      .dependenciesAdd(edge.downstream_job_id, { upstream_job_id: edge.upstream_job_id, run_on_failure: edge.run_on_failure, trigger_downstream: edge.trigger_downstream })
      .catch(onError);
  const remove = useMutation({
    mutationFn: () => invoke.dependenciesRemove(edge.id),
    onError,
    onSuccess: () => toast.done(t('{{job}} no longer waits for {{other}}', { job: edge.downstream_job_name, other: edge.upstream_job_name }), undefined, { label: t('Undo'), onClick: again }),
  });
  const how = [edge.run_on_failure ? t('also after a failure') : t('only once it is completed'), ...(edge.trigger_downstream ? [t('started when it ends')] : [])].join(', ');
  return (
    <li data-dependency={other.name} className="flex h-8 items-center gap-2 border-b border-grid">
      <Hourglass className="size-3.5 flex-none text-faint" aria-hidden />
      <Link to="/jobs/$jobId" params={{ jobId: other.id }} className="min-w-0 truncate text-accent-ink hover:underline" title={other.name}>
        {other.name}
      </Link>
      <span className="flex-none text-sm text-muted">{how}</span>
      <IconButton label={t('Remove the dependency: {{name}}', { name: other.name })} size="sm" className="ml-auto" busy={remove.isPending} onClick={() => remove.mutate()}>
        <Trash2 />
      </IconButton>
    </li>
  );
}

function Add({ job, known }: { job: { id: string; name: string }; known: readonly string[] }) {
  const { data: jobs } = useQuery(jobsQuery());
  const [upstream, setUpstream] = useState<string | null>(null);
  const [onFailure, setOnFailure] = useState(false);
  const [triggers, setTriggers] = useState(false);
  const add = useMutation({
    mutationFn: (upstream_job_id: string) => invoke.dependenciesAdd(job.id, { upstream_job_id, run_on_failure: onFailure, trigger_downstream: triggers }),
    onSuccess: () => {
      setUpstream(null);
      setOnFailure(false);
      setTriggers(false);
    },
  });
  const refused = add.error ? asAppError(add.error).problems.find((problem) => problem.path === 'upstream_job_id')?.message : undefined;
  return (
    <div className="flex flex-col gap-2 pt-1">
      {add.error && refused === undefined ? <ErrorNotice error={add.error} /> : null}
      <div className="flex items-end gap-2">
        <Field label={t('Another job to wait for')} error={refused} className="flex-1">
          <Select
            id="dependency-job"
            value={upstream}
            placeholder={t('Choose a job')}
            options={(jobs ?? []).filter((one) => one.id !== job.id && !known.includes(one.id)).map((one) => ({ value: one.id, label: one.name }))}
            onChange={(id) => {
              setUpstream(id);
              add.reset();
            }}
          />
        </Field>
        <Button id="add-dependency" className={refused === undefined ? '' : 'mb-[21px]'} disabled={upstream === null} title={upstream === null ? t('Choose a job first') : undefined} busy={add.isPending} onClick={() => upstream !== null && add.mutate(upstream)}>
          <Plus />
          {t('Add')}
        </Button>
      </div>
      {upstream !== null && (
        <div className="flex gap-5 text-sm">
          <span className="flex items-center gap-1.5">
            <Switch aria-label={t('Also after a failure')} checked={onFailure} onCheckedChange={setOnFailure} />
            {t('Also after a failure')}
          </span>
          <span className="flex items-center gap-1.5">
            <Switch aria-label={t('Start this job when it ends')} checked={triggers} onCheckedChange={setTriggers} />
            {t('Start this job when it ends')}
          </span>
        </div>
      )}
    </div>
  );
}
