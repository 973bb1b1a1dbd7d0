import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { emptyData, storyData } from '@/ipc/fake';
import { activityOf } from '@/ipc/fake/activity';
import { expectAccessible, openPage } from '@/test/open';
import { buckets } from './day';

describe('the dashboard', () => {
  it('leads with what needs attention, then what runs, then what ended', async () => {
    await openPage('/');
    const attention = await screen.findByRole('region', { name: 'Needs attention' });
    expect(within(attention).getByText('Kestrel claims failed: log-in refused')).toBeInTheDocument();
    expect(within(attention).getByText('still failing, 3 times')).toBeInTheDocument();
    expect(within(attention).getByText('PGP key expires in 9 days: Halden Finance 2024')).toBeInTheDocument();
    expect(within(screen.getByRole('region', { name: 'Running now' })).getByText('Meridian invoices')).toBeInTheDocument();
    expect(await screen.findByText('Queued, waiting for Ledger archive')).toBeInTheDocument();
    expect(within(screen.getByRole('region', { name: 'Just finished' })).getByText('Aldgate statements')).toBeInTheDocument();
    await expectAccessible();
  });

  it('goes from a changed host key to its connection', async () => {
    const { user, host, path } = await openPage('/');
    await screen.findByRole('region', { name: 'Needs attention' });
    const item = document.querySelector('[data-attention="Baltic prices failed: host key changed"]') as HTMLElement;
    await user.click(within(item).getByRole('button', { name: 'Compare keys' }));
    const grain = host.data.connections.find((c) => c.name === 'Baltic Grain');
    await waitFor(() => expect(path()).toBe(`/connections/${grain?.id}`));
  });

  it('tells of monitors in error and of missed schedules, which are put away', async () => {
    const { user, host } = await openPage('/');
    const attention = await screen.findByRole('region', { name: 'Needs attention' });
    expect(within(attention).getByText('Monitor in error: Solent returns')).toBeInTheDocument();
    expect(within(attention).getByText('5 failures in a row')).toBeInTheDocument();
    expect(within(attention).getByText('Schedule missed: Ledger archive')).toBeInTheDocument();
    expect(within(attention).getByText('caught up once')).toBeInTheDocument();
    expect(within(attention).getByText('4 times were missed while Courier was off or asleep. Ran once afterwards.')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Dismiss: Schedule missed: Ledger archive' }));
    expect(screen.queryByText('Schedule missed: Ledger archive')).not.toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Acknowledge, so that Solent returns looks again' }));
    await waitFor(() => expect(screen.queryByText('Monitor in error: Solent returns')).not.toBeInTheDocument());
    expect(host.data.monitors.find(({ name }) => name === 'Solent returns')?.state).toBe('active');
  });

  it('tells of files that did not come by their deadline', async () => {
    const { user, host, path } = await openPage('/');
    const attention = await screen.findByRole('region', { name: 'Needs attention' });
    expect(within(attention).getByText('Expected files are missing: Ostrava delivery notes')).toBeInTheDocument();
    expect(within(attention).getByText('6 of 8')).toBeInTheDocument();
    const item = document.querySelector('[data-attention="Expected files are missing: Ostrava delivery notes"]') as HTMLElement;
    await user.click(within(item).getByRole('button', { name: 'Open monitor' }));
    await waitFor(() => expect(path()).toBe(`/monitors/${host.data.monitors.find(({ name }) => name === 'Ostrava delivery notes')?.id}`));
  });

  it('counts down to what starts next', async () => {
    const data = storyData();
    // Whatever time it is: the others come later.
    for (const one of data.schedules) if (one.is_enabled) one.next_fire_at = new Date(Date.now() + 86_400_000).toISOString();
    const schedule = data.schedules.find((one) => one.is_enabled && one.job_id !== null);
    if (schedule) schedule.next_fire_at = new Date(Date.now() + 90_500).toISOString();
    await openPage('/', { data });
    const next = await screen.findByRole('region', { name: 'Next' });
    expect(within(next).getAllByRole('listitem')).toHaveLength(5);
    expect(within(next).getAllByRole('listitem')[0]).toHaveTextContent(/Meridian invoicesin (8|9)\d s/);
  });

  it('shows a skeleton while it waits', async () => {
    await openPage('/', { hanging: ['executionsActivity'] });
    expect(await screen.findByText('Loading the dashboard')).toBeInTheDocument();
  });

  it('says what failed and tries again', async () => {
    const { user, host } = await openPage('/', { failing: { jobsList: 'store_unavailable' } });
    expect(await screen.findByText('The dashboard cannot be shown')).toBeInTheDocument();
    host.options.failing = {};
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('region', { name: 'Needs attention' })).toBeInTheDocument();
  });

  it('says that a locked vault keeps runs waiting and opens it', async () => {
    const data = storyData();
    data.vault = 'locked';
    const { user, host } = await openPage('/', { data });
    expect(await screen.findByText('The vault is locked')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Unlock' }));
    const dialog = await screen.findByRole('dialog', { name: 'Unlock the vault' });
    await user.click(within(dialog).getByRole('radio', { name: 'Passphrase' }));
    await user.type(within(dialog).getByLabelText(/^Passphrase/, { selector: 'input' }), 'wrong');
    await user.click(within(dialog).getByRole('button', { name: 'Unlock' }));
    expect(await within(dialog).findByText('That does not open the vault')).toBeInTheDocument();
    await user.clear(within(dialog).getByLabelText(/^Passphrase/, { selector: 'input' }));
    await user.type(within(dialog).getByLabelText(/^Passphrase/, { selector: 'input' }), 'right');
    await user.click(within(dialog).getByRole('button', { name: 'Unlock' }));
    await waitFor(() => expect(host.data.vault).toBe('unlocked'));
    await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  });
});

describe('the first run', () => {
  it('sets up the vault, shows the recovery code once, then makes the sample', async () => {
    const { user, host, path } = await openPage('/', { data: emptyData() });
    expect(await screen.findByText('Welcome to Courier')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Try the sample' })).not.toBeInTheDocument();
    await expectAccessible();
    await user.click(screen.getByRole('button', { name: 'Set up the vault' }));
    expect(await screen.findByText('KXQM-7V2D-RT9P-4HJC-WZ83-NLFB')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Go on' })).toBeDisabled();
    await user.click(screen.getByRole('checkbox', { name: 'I have kept the recovery code' }));
    await user.click(screen.getByRole('button', { name: 'Go on' }));
    await user.click(await screen.findByRole('button', { name: 'Try the sample' }));
    await waitFor(() => expect(path()).toBe(`/jobs/${host.data.jobs[0]?.id}`));
    expect(screen.queryByText('KXQM-7V2D-RT9P-4HJC-WZ83-NLFB')).not.toBeInTheDocument();
  });

  it('refuses a passphrase that was not typed the same twice', async () => {
    const { user } = await openPage('/', { data: emptyData() });
    await user.click(await screen.findByRole('radio', { name: 'Passphrase' }));
    await user.type(screen.getByLabelText(/^Passphrase/, { selector: 'input' }), 'one two three');
    await user.type(screen.getByLabelText(/^The same again/), 'one two');
    expect(await screen.findByText('The two are not the same.')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Set up the vault' })).toBeDisabled();
  });
});

describe('counting runs', () => {
  // A week up to 23:59 here.
  const hours = Array.from({ length: 168 }, (_, index) => ({
    from: new Date(new Date(2026, 10, 16).getTime() + index * 3_600_000).toISOString(),
    runs: { completed: 1, failed: index === 167 ? 2 : 0, cancelled: 1, unfinished: 0 },
  }));

  it('shows the last 24 hours one by one', () => {
    const day = buckets(hours, 'hour');
    expect(day).toHaveLength(24);
    expect(day.at(-1)).toEqual({ from: new Date(2026, 10, 22, 23).getTime(), good: 2, failed: 2 });
    expect(day[0]).toEqual({ from: new Date(2026, 10, 22).getTime(), good: 2, failed: 0 });
  });

  it('shows a week by days', () => {
    const week = buckets(hours, 'day');
    expect(week.map((day) => day.good)).toEqual(Array.from({ length: 7 }, () => 48));
    expect(week.at(-1)?.failed).toBe(2);
  });

  it('keeps to seven days when the week begins within one', () => {
    const later = hours.map((hour) => ({ ...hour, from: new Date(Date.parse(hour.from) + 5 * 3_600_000).toISOString() }));
    expect(buckets(later, 'day')).toHaveLength(7);
  });

  it('leads with what the host has counted, however many runs there are', async () => {
    const data = storyData();
    await openPage('/', { data });
    const numbers = await screen.findByRole('region', { name: 'Last 24 hours' });
    const day = activityOf(data).day;
    const runs = day.completed + day.failed + day.cancelled + day.unfinished;
    expect(runs).toBeGreaterThan(0);
    expect(within(numbers).getByText('runs in 24 hours').previousSibling).toHaveTextContent(`${runs}`);
  });
});
