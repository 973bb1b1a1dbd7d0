/** The job builder. */
import { useCrumbs, useNarrowNavigation } from '@/app/chrome';

/** `jobId` is null for a job that was not saved yet. */
export function BuilderPage({ jobId }: { jobId: string | null }) {
  useNarrowNavigation();
  useCrumbs({ label: 'Jobs', to: '/jobs' }, { label: jobId === null ? 'New job' : 'Edit' });
  return <h1 className="sr-only">{jobId === null ? 'New job' : 'Edit job'}</h1>;
}
