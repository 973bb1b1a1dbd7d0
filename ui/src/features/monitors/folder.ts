/** What lies in the folder that a monitor looks into. */
import { queryOptions } from '@tanstack/react-query';
import { invoke, keys, type Entry, type WatchTarget } from '@/ipc';

export async function entriesOf({ type, path, connection_id }: WatchTarget): Promise<Entry[]> {
  if (type === 'local') return invoke.localBrowse(path);
  return connection_id ? (await invoke.connectionsBrowse(connection_id, path)).entries : [];
}

export const folderQuery = (target: WatchTarget) =>
  queryOptions({
    queryKey: keys.folder(target.connection_id ?? 'local', target.path),
    queryFn: () => entriesOf(target),
    enabled: target.path.trim() !== '' && (target.type === 'local' || Boolean(target.connection_id)),
    staleTime: 0,
    retry: false,
  });
