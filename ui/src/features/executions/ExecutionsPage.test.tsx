import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { emptyData, storyData } from '@/ipc/fake';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';

const rows = () => document.querySelectorAll('[data-execution-row]');

describe('the list of runs', () => {
  it('shows runs newest first', async () => {
    await openPage('/executions');
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    expect(rows()[0]).toHaveAttribute('data-execution-row', 'Ledger archive');
    await expectAccessible();
  });

  it('shows a skeleton while it waits', async () => {
    await openPage('/executions', { hanging: ['executionsList'] });
    expect(await screen.findByText('Loading the runs')).toBeInTheDocument();
  });

  it('says what failed and tries again', async () => {
    const { user, host } = await openPage('/executions', { failing: { executionsList: 'store_unavailable' } });
    expect(await screen.findByText('The runs cannot be shown')).toBeInTheDocument();
    host.options.failing = {};
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
  });

  it('teaches where runs come from when there is none', async () => {
    const { user, path } = await openPage('/executions', { data: emptyData('unlocked') });
    expect(await screen.findByText('Nothing has run yet')).toBeInTheDocument();
    await expectAccessible();
    await user.click(screen.getByRole('button', { name: 'Go to the jobs' }));
    await waitFor(() => expect(path()).toBe('/jobs'));
  });

  it('narrows by job, by what started a run and by time', async () => {
    const data = storyData();
    const old = data.executions.filter((run) => Date.now() - Date.parse(run.created_at) > 86_400_000);
    for (const run of [...old.slice(0, 2), ...data.executions.slice(-3)]) run.triggered_by = 'schedule';
    const { user } = await openPage('/executions', { data });
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    await user.type(at('#filter'), 'aldgate');
    await waitFor(() => expect([...rows()].every((row) => row.getAttribute('data-execution-row')?.startsWith('Aldgate'))).toBe(true));
    await user.clear(at('#filter'));
    await user.click(at('#trigger-filter'));
    await user.click(await screen.findByRole('option', { name: 'a schedule' }));
    await waitFor(() => expect(rows()).toHaveLength(5));
    await user.click(at('#span-filter'));
    await user.click(await screen.findByRole('option', { name: 'in 24 hours' }));
    await waitFor(() => expect(rows()).toHaveLength(3));
    await user.type(at('#filter'), 'nothing is called this');
    await user.click(await screen.findByRole('button', { name: 'Show all runs' }));
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
  });

  it('narrows to one job from the address', async () => {
    const { host, user } = await openPage('/jobs');
    await waitFor(() => expect(document.querySelector('[data-more-job="Baltic prices"]')).toBeInTheDocument());
    await user.click(document.querySelector('[data-more-job="Baltic prices"]') as HTMLElement);
    await user.click(await screen.findByRole('menuitem', { name: 'Show runs' }));
    const job = host.data.jobs.find((j) => j.name === 'Baltic prices');
    const own = host.data.executions.filter((run) => run.job_id === job?.id).length;
    await waitFor(() => expect(rows()).toHaveLength(own));
    expect([...rows()].every((r) => r.getAttribute('data-execution-row') === 'Baltic prices')).toBe(true);
  });
});
