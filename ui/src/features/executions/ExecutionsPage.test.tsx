import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { emptyData } from '@/ipc/fake';
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
