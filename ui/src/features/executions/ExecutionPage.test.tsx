import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import type { JobExecutionState } from '@/ipc';
import type { FakeOptions } from '@/ipc/fake';
import { storyData } from '@/ipc/fake/seed';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';

/** The story's newest run in a state, opened. */
async function open(state: JobExecutionState, options: FakeOptions = {}, job?: string) {
  const data = storyData();
  const execution = data.executions.findLast(
    (candidate) => candidate.state === state && (!job || data.jobs.find((known) => known.id === candidate.job_id)?.name === job),
  );
  if (!execution) throw new Error(`the story has no run that is ${state}`);
  const opened = await openPage(`/executions/${execution.id}`, { data, ...options });
  return { ...opened, execution };
}
const shown = async (state: JobExecutionState) => waitFor(() => expect(at('#execution-state').dataset.state).toBe(state));

describe('a run that goes on', () => {
  test('shows its steps, its progress and what can be done', async () => {
    await open('running', {}, 'Meridian invoices');
    await shown('running');
    expect(at('[data-step=fetch_files]').dataset.state).toBe('completed');
    expect(at('[data-step=decrypt]').dataset.state).toBe('running');
    expect(at('[data-step=unpack]').dataset.state).toBe('pending');
    expect(at('#execution-progress').textContent).toMatch(/%/);
    expect(screen.getByRole('button', { name: 'Pause' })).toBeEnabled();
    expect(screen.queryByRole('button', { name: 'Run again' })).toBeNull();
    await expectAccessible();
  });

  test('is cancelled only after a question that says what happens', async () => {
    const { user, host, execution } = await open('running', {}, 'Meridian invoices');
    await shown('running');
    await user.click(at('#cancel'));
    const dialog = within(await screen.findByRole('alertdialog'));
    expect(dialog.getByText(/Finished files stay/)).toBeVisible();
    await user.click(dialog.getByText('Let it go on'));
    expect(execution.state).toBe('running');
    await user.click(at('#cancel'));
    await user.click(await waitFor(() => at('#confirm-action')));
    await waitFor(() => expect(host.data.executions.find((e) => e.id === execution.id)?.state).toBe('cancelled'));
    await shown('cancelled');
  });

  test('pauses and goes on', async () => {
    const { user } = await open('running', {}, 'Meridian invoices');
    await shown('running');
    await user.click(at('#pause'));
    await shown('paused');
    await user.click(at('#resume'));
    await waitFor(() => expect(at('#execution-state').dataset.state).not.toBe('paused'));
  });
});

describe('a run that failed', () => {
  test('says in plain words why, and where the next action is', async () => {
    const { execution } = await open('failed', {}, 'Kestrel claims');
    await shown('failed');
    const banner = within(at('#failure'));
    expect(banner.getByText(/^Fetch files: /)).toBeVisible();
    expect(at('#failure-message').textContent).toContain(execution.error_message ?? '?');
    expect(banner.getByRole('link', { name: 'Open the connection' }).getAttribute('href')).toMatch(/^\/connections\/.+/);
    expect(screen.getByRole('button', { name: 'Retry from here' })).toBeEnabled();
    await expectAccessible();
  });

  test('runs again as a new run, which is then shown', async () => {
    const { user, execution, path } = await open('failed', {}, 'Kestrel claims');
    await shown('failed');
    await user.click(at('#run-again'));
    await waitFor(() => expect(path()).not.toBe(`/executions/${execution.id}`));
    await shown('queued');
    expect(screen.getByRole('link', { name: 'Repeats an earlier run' }).getAttribute('href')).toBe(`/executions/${execution.id}`);
  });
});

describe('a run that is through', () => {
  test('lists each file with its receipt, and what the steps handed on', async () => {
    const { user } = await open('completed', {}, 'Aldgate statements');
    await shown('completed');
    expect(document.querySelector('#failure')).toBeNull();
    const receipt = await waitFor(() => at('[data-receipt]'));
    expect(receipt.textContent).toMatch(/Fetched|Sent/);
    expect(receipt.querySelector<HTMLElement>('[data-sha256]')?.dataset.sha256).toMatch(/^[0-9a-f]+$/);
    await user.click(at('[data-tab=outputs]'));
    expect(within(at('[data-outputs=fetch_files]')).getByText('file_count')).toBeVisible();
    await user.click(at('[data-tab=parameters]'));
    expect(screen.getByText('This run was started without parameters.')).toBeVisible();
  });

  test('lets one look into archives that it made or moved', async () => {
    const data = storyData();
    const execution = data.executions.findLast((e) => e.state === 'completed' && data.jobs.find((job) => job.id === e.job_id)?.name === 'Archive sent files');
    const [attempt] = data.attempts.get(execution?.id ?? '') ?? [];
    if (!execution || !attempt) throw new Error('the story has no such run');
    attempt.output_data = JSON.stringify({ archive: { path: '/data/archive/2026-11-22.zip', size: 34_100 }, file_count: 1206, log: { path: '/data/archive/pack.log' } });
    const { user } = await openPage(`/executions/${execution.id}`, { data });
    await shown('completed');
    await user.click(at('[data-tab=outputs]'));
    expect(screen.getAllByRole('button', { name: /^Look inside/ })).toHaveLength(1);
    await user.click(screen.getByRole('button', { name: 'Look inside 2026-11-22.zip' }));
    expect(await screen.findByText(/^zip · 4 entries/)).toBeVisible();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  test('has its log, which a step and a word narrow', async () => {
    const { user } = await open('completed', {}, 'Aldgate statements');
    await waitFor(() => expect(document.querySelectorAll('[data-log]')).toHaveLength(3));
    await user.click(at('[data-step=decrypt]'));
    await waitFor(() => expect(document.querySelectorAll('[data-log]')).toHaveLength(1));
    await user.click(screen.getByTitle('Show every step'));
    await user.type(at('#log-filter'), 'version');
    await waitFor(() => expect(document.querySelectorAll('[data-log]')).toHaveLength(1));
    await user.type(at('#log-filter'), ' nowhere');
    expect(await screen.findByText('No line matches.')).toBeVisible();
  });
});

test('a run that cannot be read says so and can be asked for again', async () => {
  const { user, host } = await open('completed', { failing: { executionsGet: 'store_unavailable' } });
  expect(await screen.findByText('This run cannot be shown')).toBeVisible();
  host.options.failing = {};
  await user.click(at('#retry'));
  await shown('completed');
});

test('while it is read, its place is held', async () => {
  await open('completed', { hanging: ['executionsGet'] });
  await waitFor(() => expect(at('[data-skeleton]')).toBeVisible());
});
