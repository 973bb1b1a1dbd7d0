import { act, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { Page } from '@/ipc';
import { storyData } from '@/ipc/fake/seed';
import { openPage } from '@/test/open';
import { addressOf } from './asked-pages';

const page = (entity_type: Page['entity_type'], entity_id: string, chain_id: string | null = null): Page => ({ entity_type, entity_id, chain_id });

describe('pages that are asked for outside the window', () => {
  it('opens them one after the other', async () => {
    const { host, path, search } = await openPage('/settings');
    const run = host.data.executions[0]?.id ?? '';
    act(() => host.askPage(page('job_execution', run)));
    await waitFor(() => expect(path()).toBe(`/executions/${run}`));
    const chain = host.data.chains[0]?.id ?? '';
    act(() => host.askPage(page('chain_execution', 'run-of-chain', chain)));
    await waitFor(() => expect(path()).toBe(`/chains/${chain}`));
    expect(search()).toMatchObject({ run: 'run-of-chain' });
  });

  it('opens what was asked for before the window was there, once', async () => {
    const data = storyData();
    const monitor = data.monitors[0]?.id ?? '';
    data.asked = page('file_monitor', monitor);
    const { host, path } = await openPage('/jobs', { data });
    await waitFor(() => expect(path()).toBe(`/monitors/${monitor}`));
    expect(host.data.asked).toBeNull();
  });

  it('knows where keys and connections are', () => {
    expect(addressOf(page('pgp_key', 'k'))).toEqual({ to: '/keys', search: { key: 'k' } });
    expect(addressOf(page('ssh_key', 'k'))).toEqual({ to: '/keys', search: { kind: 'ssh', key: 'k' } });
    expect(addressOf(page('connection', 'c'))).toEqual({ to: '/connections/$connectionId', params: { connectionId: 'c' } });
  });
});
