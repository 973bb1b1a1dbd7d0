/** What leads straight to the doing of each first step. */
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { FileKey2, Import, LayoutTemplate, Play, Plus, Server, type LucideIcon } from 'lucide-react';
import { useChrome } from '@/app/chrome';
import { useRunJob } from '@/features/jobs/useRunJob';
import { useSample } from '@/features/jobs/useSample';
import { jobsQuery, type FirstStepKey, type FirstSteps } from '@/ipc';
import { useQuery } from '@tanstack/react-query';
import { t } from '@/i18n';

export interface StepAction {
  id: string;
  label: string;
  icon: LucideIcon;
  busy?: boolean;
  act: () => void;
}

interface StepActions {
  /** The most likely one first. */
  of: (key: FirstStepKey) => readonly StepAction[];
  /** The job that is tried without writing now. */
  rehearsed: { id: string; name: string } | null;
  endRehearsal: () => void;
}

export function useStepActions({ connection_id, job_id, waits_for_secrets }: Pick<FirstSteps, 'connection_id' | 'job_id' | 'waits_for_secrets'>): StepActions {
  const navigate = useNavigate();
  const sample = useSample((jobId) => void navigate({ to: '/jobs/$jobId', params: { jobId } }));
  const run = useRunJob();
  const { data: jobs } = useQuery(jobsQuery());
  const job = jobs?.find(({ id }) => id === job_id);
  const [rehearsed, setRehearsed] = useState<{ id: string; name: string } | null>(null);
  const openConnection = (id: string) => void navigate({ to: '/connections/$connectionId', params: { connectionId: id } });
  const enter: StepAction = { id: 'new-connection', label: t('New connection'), icon: Plus, act: () => openConnection('new') };
  const imported: StepAction = { id: 'import-connections', label: t('Import connections'), icon: Import, act: () => useChrome.getState().setImport(true) };
  const of = (key: FirstStepKey): readonly StepAction[] => {
    switch (key) {
      case 'vault':
        return [{ id: 'set-up-vault', label: t('Set up the vault'), icon: FileKey2, act: () => useChrome.getState().setVault(true) }];
      case 'connection':
        return waits_for_secrets && connection_id !== null
          ? [{ id: 'open-connection', label: t('Open the connection'), icon: Server, act: () => openConnection(connection_id) }, imported, enter]
          : [{ id: 'try-sample', label: t('Try the sample'), icon: Play, busy: sample.isPending, act: () => sample.mutate() }, imported, enter];
      case 'test':
        return connection_id === null ? [] : [{ id: 'open-connection', label: t('Open the connection'), icon: Server, act: () => openConnection(connection_id) }];
      case 'keys':
        return [{ id: 'open-keys', label: t('Open the keys'), icon: FileKey2, act: () => void navigate({ to: '/keys' }) }];
      case 'job':
        return [
          { id: 'from-template', label: t('From a template'), icon: LayoutTemplate, act: () => void navigate({ to: '/jobs', search: { make: 'template' } }) },
          { id: 'new-job', label: t('New job'), icon: Plus, act: () => void navigate({ to: '/jobs/new' }) },
        ];
      case 'dry_run':
        return job ? [{ id: 'first-dry-run', label: t('Dry run'), icon: Play, act: () => setRehearsed(job) }] : [];
      case 'run':
        return job ? [{ id: 'first-run', label: t('Run {{name}}', { name: job.name }), icon: Play, busy: run.isPending, act: () => run.mutate(job) }] : [];
    }
  };
  return { of, rehearsed, endRehearsal: () => setRehearsed(null) };
}
