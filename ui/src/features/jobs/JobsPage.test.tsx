import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { emptyData } from '@/ipc/fake';
import { expectAccessible, openPage } from '@/test/open';

const row = (name: string) => document.querySelector<HTMLElement>(`[data-job-row="${name}"]`);
const loaded = () => waitFor(() => expect(row('Aldgate payments')).toBeInTheDocument());

describe('the list of jobs', () => {
  it('shows each job with its last result in words', async () => {
    await openPage('/jobs');
    await loaded();
    expect(row('Baltic prices')).toHaveTextContent('Failed, host key changed');
    expect(row('Archive sent files')).toHaveTextContent('Completed, with skips');
    expect(row('Supplier onboarding pack')).toHaveTextContent('Disabled');
    expect(row('Ledger restore test')).toHaveTextContent('Not run yet');
    await expectAccessible();
  });

  it('shows a skeleton while it waits', async () => {
    await openPage('/jobs', { hanging: ['jobsList'] });
    await waitFor(() => expect(screen.getByText('Loading the jobs')).toBeInTheDocument());
    await expectAccessible();
  });

  it('says what failed and tries again', async () => {
    const { user, host } = await openPage('/jobs', { failing: { jobsList: 'store_unavailable' } });
    expect(await screen.findByText('The jobs cannot be shown')).toBeInTheDocument();
    expect(screen.getByText('The data file cannot be opened.')).toBeInTheDocument();
    await expectAccessible();
    host.options.failing = {};
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await loaded();
  });

  it('teaches the first action when there is none, and the sample opens as a job', async () => {
    const { user, path, host } = await openPage('/jobs', { data: emptyData('unlocked') });
    expect(await screen.findByText('No jobs yet')).toBeInTheDocument();
    await expectAccessible();
    await user.click(screen.getByRole('button', { name: 'Try the sample' }));
    await waitFor(() => expect(path()).toBe(`/jobs/${host.data.jobs[0]?.id}`));
  });

  it('narrows by name from the keyboard', async () => {
    const { user } = await openPage('/jobs');
    await loaded();
    await user.keyboard('/');
    expect(screen.getByRole('searchbox', { name: 'Filter by name' })).toHaveFocus();
    await user.keyboard('kestrel');
    expect(row('Kestrel claims')).toBeInTheDocument();
    expect(row('Aldgate payments')).not.toBeInTheDocument();
    await user.keyboard('nothing at all');
    await user.click(screen.getByRole('button', { name: 'Show all jobs' }));
    await loaded();
  });

  it('sorts by a column and back', async () => {
    const { user } = await openPage('/jobs');
    await loaded();
    const names = () => [...document.querySelectorAll('[data-job-row]')].map((r) => r.getAttribute('data-job-row'));
    const before = names();
    await user.click(screen.getByRole('button', { name: 'Name' }));
    await waitFor(() => expect(names()).toEqual([...before].reverse()));
    expect(screen.getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'descending');
  });

  it('runs the job under the cursor with R', async () => {
    const { user, host } = await openPage('/jobs');
    await loaded();
    const runs = host.data.executions.length;
    screen.getByRole('grid', { name: 'Jobs' }).focus();
    await user.keyboard('{ArrowDown}r');
    expect(await screen.findByText('Aldgate payments is on its way')).toBeInTheDocument();
    expect(host.data.executions).toHaveLength(runs + 1);
  });

  it('opens a job with Enter and a new one with N', async () => {
    const { user, path, host } = await openPage('/jobs');
    await loaded();
    screen.getByRole('grid', { name: 'Jobs' }).focus();
    await user.keyboard('{ArrowDown}{Enter}');
    const first = host.data.jobs.find((job) => job.name === 'Aldgate payments');
    await waitFor(() => expect(path()).toBe(`/jobs/${first?.id}`));
  });

  it('deletes the selected jobs only after a question that names them', async () => {
    const { user, host } = await openPage('/jobs');
    await loaded();
    await user.click(screen.getByRole('checkbox', { name: 'Select Baltic prices' }));
    await user.click(screen.getByRole('checkbox', { name: 'Select Kestrel claims' }));
    const bar = screen.getByRole('toolbar', { name: 'Selected jobs' });
    expect(bar).toHaveTextContent('2 selected');
    await user.click(within(bar).getByRole('button', { name: 'Delete' }));
    const question = await screen.findByRole('alertdialog');
    expect(question).toHaveTextContent('Delete 2 jobs?');
    expect(question).toHaveTextContent('Baltic prices');
    expect(within(question).getByRole('button', { name: 'Keep them' })).toHaveFocus();
    await expectAccessible();
    await user.click(within(question).getByRole('button', { name: 'Delete 2 jobs' }));
    await waitFor(() => expect(row('Baltic prices')).not.toBeInTheDocument());
    expect(host.data.jobs.map((job) => job.name)).not.toContain('Kestrel claims');
  });

  it('shows a change that came from elsewhere', async () => {
    const { host } = await openPage('/jobs');
    await loaded();
    const job = host.data.jobs.find((j) => j.name === 'Aldgate payments');
    if (job) job.name = 'Aldgate payments, renamed';
    host.emit({ entity_type: 'job', entity_id: job?.id ?? '' });
    await waitFor(() => expect(row('Aldgate payments, renamed')).toBeInTheDocument());
  });
});
