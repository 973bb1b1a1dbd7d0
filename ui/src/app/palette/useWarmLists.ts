/** Reads what the palette lists while the window is idle, so that its first opening does not wait for the store. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { chainsQuery, connectionsQuery, jobsQuery, monitorsQuery, pgpKeysQuery, rulesQuery, sshKeysQuery, tagsQuery } from '@/ipc';
import { whenIdle } from '@/lib/whenIdle';

export function useWarmLists(): void {
  const client = useQueryClient();
  useEffect(
    () =>
      whenIdle(() => {
        // Kept for as long as the window is there; what changes meanwhile is read anew when the palette is open.
        const kept = { gcTime: Infinity };
        void client.prefetchQuery({ ...jobsQuery(), ...kept });
        void client.prefetchQuery({ ...chainsQuery(), ...kept });
        void client.prefetchQuery({ ...monitorsQuery(), ...kept });
        void client.prefetchQuery({ ...connectionsQuery(), ...kept });
        void client.prefetchQuery({ ...pgpKeysQuery(), ...kept });
        void client.prefetchQuery({ ...sshKeysQuery(), ...kept });
        void client.prefetchQuery({ ...tagsQuery(), ...kept });
        void client.prefetchQuery({ ...rulesQuery(), ...kept });
      }),
    [client],
  );
}
