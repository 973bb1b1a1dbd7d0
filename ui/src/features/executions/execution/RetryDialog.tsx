/** Doing a finished run again from one of its steps: which version, what is taken over, then the new run. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Files, GitBranch, History, TriangleAlert, type LucideIcon } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Select } from '@/components/Select';
import { Skeleton } from '@/components/Skeleton';
import { MiddlePath } from '@/components/Text';
import { Segmented } from '@/components/Toggle';
import { rich, t } from '@/i18n';
import { invoke, retryPreviewQuery, type ExecutionView, type RetryPreview } from '@/ipc';
import { bytes } from '@/lib/format';
import { canBegin } from './again';

type Version = 'ran' | 'newest';

/** Missing files that are named. */
const NAMED = 3;

export function RetryDialog({ view, step, onClose }: { view: ExecutionView; step: string; onClose: () => void }) {
  const { id, job_version_number } = view.execution;
  const navigate = useNavigate();
  const [alias, setAlias] = useState(step);
  const [version, setVersion] = useState<Version>('ran');
  const from = { step: alias, current: version === 'newest' };
  const preview = useQuery(retryPreviewQuery(id, from));
  // Known even when the step cannot be begun with.
  const newest = useQuery(retryPreviewQuery(id, { step: null, current: true })).data?.current_version ?? job_version_number;
  const retry = useMutation({
    mutationFn: () => invoke.executionsRetry(id, from),
    onSuccess: (executionId) => {
      onClose();
      void navigate({ to: '/executions/$executionId', params: { executionId } });
    },
  });
  const error = retry.error ?? preview.error;
  return (
    <Dialog
      open
      onClose={onClose}
      id="retry-dialog"
      title={t('Run {{job}} again from here?', { job: view.job_name })}
      description={t('This makes a new run. This one stays as it is.')}
      width={500}
      footer={
        <>
          <Button onClick={onClose}>{t('Close')}</Button>
          <Button id="retry-start" variant="primary" busy={retry.isPending} disabled={!preview.isSuccess} onClick={() => retry.mutate()}>
            {t('Start the run')}
          </Button>
        </>
      }
    >
      <Field label={t('Begin with')}>
        <Select
          id="retry-step"
          value={alias}
          onChange={setAlias}
          options={view.steps.filter(canBegin).map((entry) => ({ value: entry.step.alias, label: entry.step.name }))}
        />
      </Field>
      {newest !== job_version_number && (
        <Field label={t('Version')}>
          <Segmented<Version>
            label={t('Version')}
            value={version}
            onChange={setVersion}
            segments={[
              { value: 'ran', label: t('Version {{version}}, as it ran', { version: job_version_number }) },
              { value: 'newest', label: t('Version {{newest}}, the newest', { newest }) },
            ]}
          />
        </Field>
      )}
      {error ? <ErrorNotice error={error} /> : preview.data ? <Told preview={preview.data} /> : <Skeleton className="h-16 w-full" />}
    </Dialog>
  );
}

function Told({ preview }: { preview: RetryPreview }) {
  const { begins_with, taken_over, files, missing, job_version_number } = preview;
  return (
    <ul id="retry-told" className="flex flex-col gap-2 rounded-md border border-line bg-sunken px-3 py-2.5 text-sm">
      <Fact icon={GitBranch}>
        {rich('Version {{version}} begins with {{step}}, with the same parameters.', { version: job_version_number, step: <b className="font-medium">{begins_with}</b> })}
      </Fact>
      <Fact icon={History}>
        {taken_over.length === 0
          ? t('Nothing is taken over: it is the first step.')
          : t('Not done again: {{steps}}. What they handed on is taken over.', { count: taken_over.length, steps: taken_over.join(', ') })}
      </Fact>
      {files > 0 && <Fact icon={Files}>{t("{{count}} files ({{size}}) are copied from this run's folder.", { count: files, size: bytes(preview.bytes) })}</Fact>}
      {missing.length > 0 && (
        <Fact icon={TriangleAlert} tone="text-warn">
          {t('{{count}} files are no longer there. The steps that made them are done again first.', { count: missing.length })}
          {missing.slice(0, NAMED).map((path) => (
            <span key={path} className="mono block text-faint">
              <MiddlePath text={path} />
            </span>
          ))}
          {missing.length > NAMED && <span className="block text-faint">{t('and {{count}} more', { count: missing.length - NAMED })}</span>}
        </Fact>
      )}
    </ul>
  );
}

function Fact({ icon: Icon, tone = 'text-faint', children }: { icon: LucideIcon; tone?: string; children: ReactNode }) {
  return (
    <li className="flex gap-2">
      <Icon className={`mt-0.5 size-3.5 flex-none ${tone}`} aria-hidden />
      <span className="min-w-0">{children}</span>
    </li>
  );
}
