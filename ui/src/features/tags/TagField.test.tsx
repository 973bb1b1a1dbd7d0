import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { storyData } from '@/ipc/fake';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';

const namesOn = (data: ReturnType<typeof storyData>, id: string | undefined) => data.tagged.get(id ?? '')?.map((tag) => tag.name) ?? [];
const row = (kind: string, name: string) => document.querySelector<HTMLElement>(`[data-${kind}-row="${name}"]`);
const tagsIn = (kind: string, name: string) => row(kind, name)?.querySelector('[data-tags]')?.getAttribute('title');

describe('tags', () => {
  it('are put on a chain from its head, and found in the list of chains', async () => {
    const data = storyData();
    const chain = data.chains.find(({ name }) => name === 'Morning close');
    const { user, unmount } = await openPage(`/chains/${chain?.id}`, { data });
    await waitFor(() => expect(at('#chain-tags')).toHaveTextContent('Add tags'));
    await user.click(at('#chain-tags'));
    await user.type(await screen.findByRole('combobox', { name: 'Tags' }), 'month end{Enter}Close,');
    await waitFor(() => expect(namesOn(data, chain?.id)).toEqual(['Close', 'Month end']));
    await expectAccessible();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(at('#chain-tags')).toHaveTextContent('Close+1'));
    expect(at('#chain-saved')).toHaveTextContent(/^$/);
    unmount();
    const list = await openPage('/chains', { data });
    await waitFor(() => expect(tagsIn('chain', 'Morning close')).toBe('Close, Month end'));
    await list.user.type(at('#filter'), 'month');
    await waitFor(() => expect(document.querySelectorAll('[data-chain-row]')).toHaveLength(1));
    expect(row('chain', 'Morning close')).toBeInTheDocument();
  });

  it('are saved with a monitor, shown beside its files and found in the list', async () => {
    const data = storyData();
    const monitor = data.monitors.find(({ name }) => name === 'Solent returns');
    const { user, unmount } = await openPage(`/monitors/${monitor?.id}`, { data });
    await user.click(await screen.findByRole('tab', { name: 'Settings' }));
    await user.type(await screen.findByRole('combobox', { name: 'Tags' }), 'PRODUCTION{Enter}returns{Enter}');
    expect(namesOn(data, monitor?.id)).toEqual([]);
    await expectAccessible();
    await user.click(at('#save-monitor'));
    await waitFor(() => expect(namesOn(data, monitor?.id)).toEqual(['Production', 'returns']));
    await waitFor(() => expect(at('#save-monitor')).toBeDisabled());
    await user.click(screen.getByRole('tab', { name: 'Files seen' }));
    expect(await within(await screen.findByRole('complementary', { name: 'About this monitor' })).findByTitle('Production, returns')).toBeInTheDocument();
    unmount();
    const list = await openPage('/monitors', { data });
    await waitFor(() => expect(tagsIn('monitor', 'Solent returns')).toBe('Production, returns'));
    await list.user.type(at('#filter'), 'returns');
    await waitFor(() => expect(document.querySelectorAll('[data-monitor-row]')).toHaveLength(1));
  });

  it('that cannot be put on a monitor leave the rest of it saved', async () => {
    const data = storyData();
    const monitor = data.monitors.find(({ name }) => name === 'Solent returns');
    const { user, host } = await openPage(`/monitors/${monitor?.id}`, { data, failing: { tagsSetNamed: 'store_unavailable' } });
    await user.click(await screen.findByRole('tab', { name: 'Settings' }));
    await user.type(await screen.findByRole('combobox', { name: 'Tags' }), 'returns{Enter}');
    await user.type(at('#monitor-description'), 'Ask the shop.');
    await user.click(at('#save-monitor'));
    expect(await screen.findByText('The tags were not saved')).toBeInTheDocument();
    expect(data.monitors.find(({ id }) => id === monitor?.id)?.description).toBe('Ask the shop.');
    expect(screen.queryByRole('button', { name: 'Remove tag returns' })).toBeNull();
    host.options.failing = {};
    await user.type(screen.getByRole('combobox', { name: 'Tags' }), 'returns{Enter}');
    await user.click(at('#save-monitor'));
    await waitFor(() => expect(namesOn(data, monitor?.id)).toEqual(['returns']));
  });

  it('are put on keys of both kinds in their panel, and found in their lists', async () => {
    const data = storyData();
    const [pgp, ssh] = [data.pgpKeys.find(({ status }) => status === 'active'), data.sshKeys.find(({ status }) => status === 'active')];
    for (const [kind, key] of [['pgp', pgp], ['ssh', ssh]] as const) {
      const { user, unmount } = await openPage(`/keys?key=${key?.id}${kind === 'ssh' ? '&kind=ssh' : ''}`, { data });
      await user.type(await screen.findByRole('combobox', { name: 'Tags' }), 'Production{Enter}');
      await waitFor(() => expect(namesOn(data, key?.id)).toEqual(['Production']));
      await waitFor(() => expect(tagsIn('key', key?.name ?? '')).toBe('Production'));
      await expectAccessible();
      await user.type(at('#filter'), 'production');
      await waitFor(() => expect(document.querySelectorAll('[data-key-row]')).toHaveLength(1));
      await user.click(screen.getByRole('button', { name: 'Remove tag Production' }));
      await waitFor(() => expect(namesOn(data, key?.id)).toEqual([]));
      unmount();
    }
  });

  it('shown on a page follow a change of the tag itself', async () => {
    const data = storyData();
    const [job] = data.jobs;
    const [tag] = data.tags;
    if (!job || !tag) throw new Error('the story has no jobs or tags');
    data.tagged.set(job.id, [tag]);
    const { host } = await openPage('/jobs', { data });
    await waitFor(() => expect(tagsIn('job', job.name)).toBe(tag.name));
    tag.name = 'Renamed';
    host.emit({ entity_type: 'tag', entity_id: tag.id });
    await waitFor(() => expect(tagsIn('job', job.name)).toBe('Renamed'));
  });
});
