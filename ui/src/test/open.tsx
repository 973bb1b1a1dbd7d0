/** Opens a page of the whole window, frame and all, with a host in memory. */
import { QueryClientProvider, type QueryClient } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import axe from 'axe-core';
import { expect } from 'vitest';
import { useChrome } from '@/app/chrome';
import { createClient } from '@/app/client';
import { createAppRouter } from '@/app/router';
import { useSeenNotices } from '@/app/seen';
import { useTransfers } from '@/features/connections/browse/transfers';
import { useShowing } from '@/features/first-steps/useFirstSteps';
import { useTests } from '@/features/connections/tests';
import { useTrials } from '@/features/notifications/trials';
import { followChanges, installHost } from '@/ipc';
import { createFakeHost, type FakeHost, type FakeOptions } from '@/ipc/fake';

export interface Opened {
  host: FakeHost;
  user: UserEvent;
  client: QueryClient;
  /** The address of the page that is shown. */
  path: () => string;
  /** What stands after the path of the address, by its names. */
  search: () => Record<string, unknown>;
  /** Takes the window away. */
  unmount: () => void;
}

export async function openPage(address: string, options: FakeOptions = {}): Promise<Opened> {
  const host = createFakeHost({ live: false, ...options });
  installHost(host);
  useChrome.setState({ paletteOpen: false, keysOpen: false, vaultOpen: false, importOpen: false, recoveryCode: null, crumbs: [], collapsed: null, narrowWanted: 0 });
  useTests.setState({ runs: {} });
  useShowing.setState({ later: false, hidden: false });
  useTrials.setState({ trials: {} });
  useSeenNotices.setState({ until: 0 });
  useTransfers.setState({ all: [] });
  const client = createClient();
  followChanges(client);
  const router = createAppRouter(createMemoryHistory({ initialEntries: [address] }));
  const { unmount } = render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  await waitFor(() => expect(document.querySelector('main')?.childElementCount).toBeGreaterThan(0));
  return { host, user: userEvent.setup(), client, path: () => router.state.location.pathname, search: () => ({ ...router.state.location.search }), unmount };
}

/** Opens the page of one connection. */
export async function openConnection(name: string, options: FakeOptions = {}): Promise<Opened> {
  const opened = await openPage('/connections', options);
  const row = () => document.querySelector<HTMLElement>(`[data-connection-row="${name}"]`);
  await waitFor(() => expect(row()).toBeInTheDocument());
  await opened.user.click(row() as HTMLElement);
  await screen.findByRole('heading', { level: 1, name });
  return opened;
}

/** Fails on what shuts people out: every serious or critical finding, with where it is. */
export async function expectAccessible(): Promise<void> {
  const { violations } = await axe.run(document.body, {
    // Without layout colours cannot be judged here; the tokens are checked by their own test.
    rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
  });
  const grave = violations.filter((found) => found.impact === 'serious' || found.impact === 'critical');
  expect(grave.map((found) => `${found.id}: ${found.nodes.map((node) => node.html).join(' | ')}`)).toEqual([]);
}
