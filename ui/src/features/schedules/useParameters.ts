/** The parameters that what is started takes: those of the job, or of every job of the chain, each name once. */
import { useQueries, useQuery } from '@tanstack/react-query';
import { chainQuery, jobQuery, type JobParameter, type ScheduleOwner } from '@/ipc';

export type Parameter = Required<JobParameter>;

export function useParameters(owner: ScheduleOwner | null): readonly Parameter[] {
  const chain = useQuery({ ...chainQuery(owner?.id ?? ''), enabled: owner?.type === 'chain' });
  const ids = owner === null ? [] : owner.type === 'job' ? [owner.id] : (chain.data?.jobs ?? []).map((job) => job.id);
  const jobs = useQueries({ queries: ids.map((id) => jobQuery(id)) });
  const all = jobs.flatMap((job) => job.data?.job.parameters ?? []);
  return all
    .filter((parameter, index) => all.findIndex((other) => other.name === parameter.name) === index)
    .map(({ name, type = 'text', default: given = null, required = false, description = null }) => ({ name, type, default: given, required, description }));
}
