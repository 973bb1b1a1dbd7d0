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
import { invoke, retryPreviewQuery, type ExecutionView, type RetryPreview } from '@/ipc';
import { bytes, count } from '@/lib/format';
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
      title={`Run ${view.job_name} again from here?`}
      description="This makes a new run. This one stays as it is."
      width={500}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button id="retry-start" variant="primary" busy={retry.isPending} disabled={!preview.isSuccess} onClick={() => retry.mutate()}>
            Start the run
          </Button>
        </>
      }
    >
      <Field label="Begin with">
        <Select
          id="retry-step"
          value={alias}
          onChange={setAlias}
          options={view.steps.filter(canBegin).map((entry) => ({ value: entry.step.alias, label: entry.step.name }))}
        />
      </Field>
      {newest !== job_version_number && (
        <Field label="Version">
          <Segmented<Version>
            label="Version"
            value={version}
            onChange={setVersion}
            segments={[
              { value: 'ran', label: `Version ${job_version_number}, as it ran` },
              { value: 'newest', label: `Version ${newest}, the newest` },
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
        Version {job_version_number} begins with <b className="font-medium">{begins_with}</b>, with the same parameters.
      </Fact>
      <Fact icon={History}>
        {taken_over.length === 0
          ? 'Nothing is taken over: it is the first step.'
          : `Not done again: ${taken_over.join(', ')}. What ${taken_over.length === 1 ? 'it' : 'they'} handed on is taken over.`}
      </Fact>
      {files > 0 && <Fact icon={Files}>{`${count(files, 'file')} (${bytes(preview.bytes)}) ${files === 1 ? 'is' : 'are'} copied from this run's folder.`}</Fact>}
      {missing.length > 0 && (
        <Fact icon={TriangleAlert} tone="text-warn">
          {`${count(missing.length, 'file')} ${missing.length === 1 ? 'is' : 'are'} no longer there. The steps that made them are done again first.`}
          {missing.slice(0, NAMED).map((path) => (
            <span key={path} className="mono block text-faint">
              <MiddlePath text={path} />
            </span>
          ))}
          {missing.length > NAMED && <span className="block text-faint">{`and ${(missing.length - NAMED).toLocaleString()} more`}</span>}
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
