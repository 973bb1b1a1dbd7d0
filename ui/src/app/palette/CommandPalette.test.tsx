import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { expectAccessible, openPage, type Opened } from '@/test/open';
import { keys } from '@/ipc';
import { addJob, storyData } from '@/ipc/fake/seed';
import { MOST_IN_GROUP } from './ranking';

const palette = () => screen.findByRole('dialog', { name: 'Search or run a command' });
const selected = () => document.querySelector('#palette [role=option][aria-selected=true]');
const row = (text: string | RegExp) => within(document.querySelector('#palette') as HTMLElement).findByText(text);

async function ask({ user }: Opened, text: string): Promise<void> {
  await user.keyboard('{Control>}k{/Control}');
  await palette();
  if (text !== '') await user.keyboard(text);
}

describe('the palette', () => {
  it('has its lists before it is opened, and asks for them no more', async () => {
    const { client, user } = await openPage('/files');
    const lists = [keys.jobList, keys.chainList, keys.monitorList, keys.connectionList, keys.pgpKeys, keys.sshKeys, keys.tagList, keys.ruleList];
    const readAt = () => lists.map((queryKey) => client.getQueryState(queryKey)?.dataUpdatedAt ?? 0);
    await waitFor(() => expect(readAt()).not.toContain(0));
    const before = readAt();
    await user.keyboard('{Control>}k{/Control}');
    await row('Go to Outbox');
    expect(client.isFetching()).toBe(0);
    expect(readAt()).toEqual(before);
  });

  it('goes to a part of the settings, makes a tag and a key in place', async () => {
    const opened = await openPage('/jobs');
    await ask(opened, 'nodes{Enter}');
    await waitFor(() => expect(opened.path()).toBe('/settings'));
    await ask(opened, 'new tag{Enter}');
    expect(await screen.findByRole('dialog', { name: 'New tag' })).toBeInTheDocument();
    expect(opened.path()).toBe('/settings/tags');
    expect(opened.search()).toEqual({});
    await opened.user.keyboard('{Escape}');
    await ask(opened, 'generate ssh{Enter}');
    expect(await screen.findByRole('dialog', { name: /Generate an SSH key/ })).toBeInTheDocument();
    expect(opened.search()).toEqual({ kind: 'ssh' });
  });

  it('makes a calendar', async () => {
    const opened = await openPage('/jobs');
    await ask(opened, 'new calendar{Enter}');
    expect(await screen.findByRole('dialog', { name: 'New calendar' })).toBeInTheDocument();
    await waitFor(() => expect(opened.search()).toEqual({}));
  });

  it('opens on what was chosen last', async () => {
    const opened = await openPage('/jobs');
    await ask(opened, 'outbox{Enter}');
    await waitFor(() => expect(opened.path()).toBe('/settings/notifications'));
    await ask(opened, '');
    const options = within(await palette()).getAllByRole('option');
    expect(options[0]).toHaveTextContent('Go to Outbox');
    expect(options.filter((option) => option.textContent?.includes('Go to Outbox'))).toHaveLength(1);
    await expectAccessible();
  });

  it('finds files and runs in the store', async () => {
    const opened = await openPage('/jobs');
    const [file] = await opened.host.commands.filesSearch('', 1);
    await ask(opened, file?.name ?? '');
    const found = await waitFor(() => {
      const place = document.querySelector(`#palette [data-entry="file:${file?.sha256}"]`);
      expect(place).toBeInTheDocument();
      return place as HTMLElement;
    });
    expect(found).toHaveTextContent('File');
    await opened.user.click(found);
    await waitFor(() => expect(opened.search()).toEqual({ q: file?.name, file: file?.sha256 }));
    // The name of what is not held in the page is kept.
    await ask(opened, '');
    expect(within(await palette()).getAllByRole('option')[0]).toHaveTextContent(file?.name ?? 'a name');
    await opened.user.keyboard('vantage');
    await waitFor(() => expect(document.querySelector('#palette [data-entry^="execution:"]')).toHaveTextContent(/Run$/));
  });

  it('switches things on and off, and says what is off and cannot be run', async () => {
    const opened = await openPage('/keys');
    const job = opened.host.data.jobs.find(({ name }) => name === 'Vantage payroll');
    await ask(opened, 'disable vantage payroll');
    await row('Disable Vantage payroll');
    await opened.user.keyboard('{Enter}');
    expect(await screen.findByText('Vantage payroll disabled')).toBeInTheDocument();
    expect(job?.is_enabled).toBe(false);
    await ask(opened, 'run vantage payroll');
    const run = (await row('Run Vantage payroll')).closest('[role=option]');
    expect(run).toHaveAttribute('aria-disabled', 'true');
    expect(run).toHaveTextContent('The job is disabled');
    await opened.user.keyboard('{Control>}a{/Control}vantage payroll');
    await waitFor(() => expect(selected()).toHaveTextContent(/Vantage payroll.*Disabled.*Job/));
    await expectAccessible();
  });

  it('pauses all monitors and lets those go on', async () => {
    const opened = await openPage('/jobs');
    const states = () => opened.host.data.monitors.filter(({ is_deleted }) => !is_deleted).map(({ state }) => state);
    const before = states();
    await ask(opened, 'pause all{Enter}');
    expect(await screen.findByText(/monitors? paused/)).toBeInTheDocument();
    expect(states()).not.toContain('active');
    await ask(opened, 'pause all monitors');
    expect((await row('No monitor is active')).closest('[role=option]')).toHaveAttribute('aria-disabled', 'true');
    await opened.user.keyboard('{Control>}a{/Control}resume all{Enter}');
    await waitFor(() => expect(states()).toEqual(before));
  });

  it('disables a connection as it is stored', async () => {
    const opened = await openPage('/jobs');
    const [connection] = opened.host.data.connections.filter(({ status }) => status === 'active');
    if (!connection) throw new Error('The story has no active connection');
    const { name, host, ssh_algorithms } = connection;
    await ask(opened, `disable ${name}`);
    await row(`Disable ${name}`);
    await opened.user.keyboard('{Enter}');
    expect(await screen.findByText(`${name} disabled`)).toBeInTheDocument();
    expect(opened.host.data.connections.find(({ id }) => id === connection.id)).toMatchObject({ name, host, ssh_algorithms, status: 'disabled' });
  });

  it('mounts a glance of a thousand jobs and finds each of them', async () => {
    const data = storyData();
    for (let n = 0; n < 1000; n += 1) addJob(data, `Partner ${n} orders`, 1, []);
    const opened = await openPage('/', { data });
    await ask(opened, 'partner');
    await waitFor(() => expect(document.querySelector('#palette')).toHaveTextContent('Jobs · 6 of 1,000'));
    expect(document.querySelectorAll('#palette [data-entry^="job:"]')).toHaveLength(MOST_IN_GROUP);
    expect(document.querySelectorAll('#palette [role=option]').length).toBeLessThan(60);
    await opened.user.keyboard('{Control>}a{/Control}partner 777');
    await waitFor(() => expect(selected()).toHaveTextContent('Partner 777 orders'));
  });

  it('says when nothing is like it', async () => {
    const opened = await openPage('/jobs');
    await ask(opened, 'zzzz');
    expect(await screen.findByText('Nothing is like “zzzz”.')).toBeInTheDocument();
  });
});
