import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { emptyData, storyData, type Data } from '@/ipc/fake';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';
import { monitorsWords, schedulesWords, startsWords } from './starts';

const named = <T extends { name: string }>(all: readonly T[], name: string): T => {
  const found = all.find((one) => one.name === name);
  if (!found) throw new Error(`the story has no ${name}`);
  return found;
};

/** The story, where a monitor starts a chain beside its job. */
function boundData(): Data {
  const data = storyData();
  const monitor = named(data.monitors, 'Ostrava delivery notes');
  const [first] = monitor.bindings;
  if (!first) throw new Error('the monitor starts nothing');
  monitor.bindings = [first, { ...first, id: 'binding-to-the-chain', job_id: null, chain_id: named(data.chains, 'Morning close').id }];
  return data;
}

describe('what starts something, in words', () => {
  const schedule = storyData().schedules.map((one) => ({ ...one, name: 'any', calendar_name: null }));
  const weekdays = schedule.filter(({ cron_expression }) => cron_expression === '0 30 7 ? * MON-FRI');
  const looks = { monitor: { name: 'Notes', state: 'error' as const } };

  it('says the one schedule, and counts several', () => {
    expect(schedulesWords(weekdays.slice(0, 1))).toBe('At 07:30, Monday to Friday');
    expect(schedulesWords(weekdays)).toBe('2 schedules');
  });

  it('does not count what is switched off', () => {
    expect(schedulesWords(weekdays.map((one) => ({ ...one, is_enabled: false })))).toBeNull();
    expect(monitorsWords([{ monitor: { name: 'Notes', state: 'disabled' } }])).toBeNull();
    expect(monitorsWords([looks, { monitor: { name: 'Off', state: 'disabled' } }])).toBe('files of Notes');
    expect(monitorsWords([looks, looks])).toBe('files of 2 monitors');
  });

  it('says it when nothing does', () => {
    expect(startsWords({ schedules: [], monitors: [] })).toBe('Not by itself');
  });
});

describe('a chain', () => {
  it('says by what it starts, and leads to its schedules and monitors', async () => {
    const data = boundData();
    const { user, search, path } = await openPage(`/chains/${named(data.chains, 'Morning close').id}`, { data });
    await waitFor(() => expect(at('#starts-by')).toHaveTextContent('At 07:30, Monday to Friday'));
    expect(at('#starts-by')).toHaveTextContent('Ostrava delivery notes');
    await expectAccessible();
    await user.click(within(at('#starts-by')).getByRole('button', { name: 'At 07:30, Monday to Friday' }));
    await waitFor(() => expect(search()).toEqual({ tab: 'schedules' }));
    await user.click(screen.getByRole('tab', { name: 'Monitors' }));
    await waitFor(() => expect(at('[data-starting-monitor="Ostrava delivery notes"]')).toHaveTextContent('Ostrava Steel'));
    await expectAccessible();
    await user.click(within(at('[data-starting-monitor]')).getByRole('link'));
    await waitFor(() => expect(path()).toBe(`/monitors/${named(data.monitors, 'Ostrava delivery notes').id}`));
  });

  it('says that only people start it, and how a monitor is made for it', async () => {
    const data = storyData();
    const { user, path } = await openPage(`/chains/${named(data.chains, 'Payroll run').id}?tab=monitors`, { data });
    await waitFor(() => expect(at('#starts-by')).toHaveTextContent('Starts byhand only'));
    expect(await screen.findByText('No monitor starts it')).toBeInTheDocument();
    await user.click(at('#add-monitor'));
    await waitFor(() => expect(path()).toBe('/monitors/new'));
  });

  it('says in the list by what it starts', async () => {
    await openPage('/chains', { data: boundData() });
    await waitFor(() => expect(at('[data-chain-row="Morning close"]')).toHaveTextContent('At 07:30, Monday to Friday, and by files of Ostrava delivery notes'));
    expect(at('[data-chain-row="Payroll run"]')).toHaveTextContent('Not by itself');
  });
});

describe('a job', () => {
  it('says in the list that it waits for files', async () => {
    await openPage('/jobs');
    const row = () => at('[data-job-row="Ostrava delivery notes"]');
    await waitFor(() => expect(within(row()).getByText('on files')).toHaveAttribute('title', 'Files of Ostrava delivery notes'));
  });

  it('lists the monitors that start it beside its schedules', async () => {
    const data = storyData();
    const { user } = await openPage(`/jobs/${named(data.jobs, 'Ostrava delivery notes').id}`, { data });
    await waitFor(() => expect(at('#job-schedules')).toHaveAttribute('title', expect.stringContaining('Starts by: Files of Ostrava delivery notes')));
    await user.click(at('#job-schedules'));
    await user.click(await screen.findByRole('tab', { name: /^Monitors/ }));
    await waitFor(() => expect(at('[data-starting-monitor="Ostrava delivery notes"]')).toBeInTheDocument());
    await expectAccessible();
  });

  it('says what failed when the monitors cannot be read', async () => {
    const data = storyData();
    const { user } = await openPage(`/jobs/${named(data.jobs, 'Ostrava delivery notes').id}`, { data, failing: { monitorsList: 'store_unavailable' } });
    await waitFor(() => expect(at('#job-schedules')).toBeInTheDocument());
    await user.click(at('#job-schedules'));
    await user.click(await screen.findByRole('tab', { name: /^Monitors/ }));
    expect(await screen.findByText('The monitors cannot be shown')).toBeInTheDocument();
  });
});

describe('a monitor', () => {
  it('leads from the list to what it starts', async () => {
    const data = boundData();
    const { user, path } = await openPage('/monitors', { data });
    await waitFor(() => expect(at('[data-monitor-row="Ostrava delivery notes"]')).toHaveTextContent('Ostrava delivery notes, Morning close'));
    await user.click(within(at('[data-monitor-row="Ostrava delivery notes"]')).getByRole('link', { name: 'Morning close' }));
    await waitFor(() => expect(path()).toBe(`/chains/${named(data.chains, 'Morning close').id}`));
  });

  it('leads from its page to what it starts, and to the run of a chain', async () => {
    const data = boundData();
    const monitor = named(data.monitors, 'Ostrava delivery notes');
    const [run] = data.chainRuns;
    const [file] = data.monitorFiles;
    const bound = monitor.bindings[1];
    if (!file || !run || !bound) throw new Error('the story is not long enough');
    file.executions = [{ binding_id: bound.id, job_execution_id: null, chain_execution_id: run.id }];
    const { user, path, search } = await openPage(`/monitors/${monitor.id}`, { data });
    const facts = await screen.findByRole('complementary', { name: 'About this monitor' });
    expect(within(facts).getByRole('link', { name: 'Morning close' })).toHaveAttribute('href', `/chains/${bound.chain_id}`);
    await user.click(await screen.findByRole('link', { name: run.id.slice(-8) }));
    await waitFor(() => expect(path()).toBe(`/chains/${bound.chain_id}`));
    expect(search()).toEqual({ run: run.id });
  });
});

it('leads from the dashboard to a chain that starts next', async () => {
  const data = emptyData('unlocked');
  const story = storyData();
  data.jobs = story.jobs;
  data.chains = story.chains;
  data.schedules = story.schedules.filter((one) => one.chain_id !== null);
  await openPage('/', { data });
  const next = await waitFor(() => at('[data-next="Morning close"]'));
  expect(within(next).getByRole('link')).toHaveAttribute('href', `/chains/${named(data.chains, 'Morning close').id}`);
});
