/** A run's log, read on from where it was. */
import { queryOptions, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { invoke, keys, type LogLine } from '@/ipc';

const logQuery = (client: QueryClient, id: string) =>
  queryOptions({
    queryKey: keys.executionLog(id),
    queryFn: async () => {
      const lines = [...(client.getQueryData<LogLine[]>(keys.executionLog(id)) ?? [])];
      // The host hands out pages; an empty one is the end for now.
      for (;;) {
        const more = await invoke.executionsLog(id, lines.at(-1)?.sequence ?? null);
        if (more.length === 0) return lines;
        lines.push(...more);
      }
    },
  });

export function useExecutionLog(id: string, running: boolean) {
  const client = useQueryClient();
  return useQuery({ ...logQuery(client, id), refetchInterval: running ? 1_000 : false });
}
