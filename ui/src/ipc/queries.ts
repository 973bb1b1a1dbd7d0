/** What pages ask for, with its key: one definition for every page that shows the same thing. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { ExecutionFilter, RetryFrom } from './bindings';
import { invoke } from './invoke';
import { keys } from './keys';

export const statusQuery = () => queryOptions({ queryKey: keys.status, queryFn: () => invoke.appStatus() });
export const stepTypesQuery = () => queryOptions({ queryKey: keys.stepTypes, queryFn: () => invoke.stepTypes() });

export const jobsQuery = () => queryOptions({ queryKey: keys.jobList, queryFn: () => invoke.jobsList() });
export const jobQuery = (id: string) => queryOptions({ queryKey: keys.job(id), queryFn: () => invoke.jobsGet(id) });
export const jobVersionsQuery = (id: string) =>
  queryOptions({ queryKey: keys.jobVersions(id), queryFn: () => invoke.jobsVersions(id) });

export const executionsQuery = (filter: Omit<ExecutionFilter, 'after'>) =>
  infiniteQueryOptions({
    queryKey: keys.executionList(filter),
    queryFn: ({ pageParam }) => invoke.executionsList({ ...filter, after: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
export const activityQuery = () =>
  queryOptions({ queryKey: keys.activity, queryFn: () => invoke.executionsActivity() });
/** Asked for again by itself, since no event tells that a node fell silent. */
export const nodesQuery = () => queryOptions({ queryKey: keys.nodes, queryFn: () => invoke.nodesList(), refetchInterval: 5_000 });
export const retryPreviewQuery = (id: string, from: RetryFrom) =>
  queryOptions({ queryKey: keys.retryPreview(id, from), queryFn: () => invoke.executionsRetryPreview(id, from), staleTime: 0 });
export const executionQuery = (id: string) =>
  queryOptions({ queryKey: keys.execution(id), queryFn: () => invoke.executionsGet(id) });

export const connectionsQuery = () =>
  queryOptions({ queryKey: keys.connectionList, queryFn: () => invoke.connectionsList() });
export const connectionQuery = (id: string) =>
  queryOptions({ queryKey: keys.connection(id), queryFn: () => invoke.connectionsGet(id) });
export const browseQuery = (id: string, path: string) =>
  queryOptions({ queryKey: keys.browse(id, path), queryFn: () => invoke.connectionsBrowse(id, path), staleTime: 0 });

export const tagsQuery = () => queryOptions({ queryKey: keys.tags, queryFn: () => invoke.tagsList() });

export const sshAlgorithmsQuery = () =>
  queryOptions({ queryKey: keys.sshAlgorithms, queryFn: () => invoke.sshAlgorithms(), staleTime: Infinity });

export const pgpKeysQuery = () => queryOptions({ queryKey: keys.pgpKeys, queryFn: () => invoke.pgpKeysList() });
export const sshKeysQuery = () => queryOptions({ queryKey: keys.sshKeys, queryFn: () => invoke.sshKeysList() });
/** Uses of a key are noted without a change of the key, so it is asked for whenever it is shown. */
export const keyHistoryQuery = (id: string) =>
  queryOptions({ queryKey: keys.keyHistory(id), queryFn: () => invoke.keysHistory(id), staleTime: 0 });
export const keyUsesQuery = (id: string) =>
  queryOptions({ queryKey: keys.keyUses(id), queryFn: () => invoke.keysWhereUsed(id) });
export const movePreviewQuery = (id: string) =>
  queryOptions({ queryKey: keys.movePreview(id), queryFn: () => invoke.pgpKeysMovePreview(id) });

/** Read anew each time, since files change without telling; and not kept, since its password is in the key. */
export const archiveQuery = (path: string, password: string | null) =>
  queryOptions({ queryKey: keys.archive(path, password), queryFn: () => invoke.archivesList(path, password), staleTime: 0, gcTime: 0 });
