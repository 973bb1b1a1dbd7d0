/**
 * The query client. Answers stay fresh until an event says otherwise: the host is on this computer, so nothing waits
 * for a network and nothing is asked again just because the window got the focus.
 */
import { QueryClient } from '@tanstack/react-query';

export function createClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { networkMode: 'always', staleTime: Infinity, refetchOnWindowFocus: false, retry: false },
      mutations: { networkMode: 'always' },
    },
  });
}
