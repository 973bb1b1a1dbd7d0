import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import type { JobExecutionState } from '@/ipc';
import { addLoopRun, emptyData, type FakeOptions } from '@/ipc/fake';
import { storyData } from '@/ipc/fake/seed';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';

/** The story's newest run in a state, opened. */
async function open(state: JobExecutionState, options: FakeOptions = {}, job?: string) {
  const data = options.data ?? storyData();
  const execution = data.executions.findLast(
    (candidate) => candidate.state === state && (!job || data.jobs.find((known) => known.id === candidate.job_id)?.name === job),
  );
  if (!execution) throw new Error(`the story has no run that is ${state}`);
  const opened = await openPage(`/executions/${execution.id}`, { ...options, data });
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
    expect(at('#failure').dataset.cause).toBe('authentication');
    expect(banner.getByText('Authentication')).toBeVisible();
    expect(screen.getByRole('button', { name: 'Resume' })).toBeEnabled();
    await expectAccessible();
  });

  test('is done again from the failed step, after saying what happens', async () => {
    const { user, host, execution, path } = await open('failed', {}, 'Kestrel claims');
    await shown('failed');
    await user.click(await waitFor(() => at('#failure-retry')));
    await waitFor(() => expect(at('#retry-told').textContent).toContain('begins with Fetch files'));
    expect(at('#retry-told').textContent).toContain('Nothing is taken over');
    await expectAccessible();
    await user.click(at('#retry-start'));
    await waitFor(() => expect(path()).not.toBe(`/executions/${execution.id}`));
    expect(host.data.retries).toMatchObject([{ from: { step: 'fetch_files', current: false } }]);
    await waitFor(() => expect(document.querySelector('#retry-dialog')).toBeNull());
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

describe('doing a run again from a step', () => {
  test('names what is taken over, what is missing, and the newest version', async () => {
    const data = storyData();
    const job = data.jobs.find((candidate) => candidate.name === 'Aldgate statements');
    const run = data.executions.findLast((candidate) => candidate.job_id === job?.id && candidate.state === 'completed');
    if (!job || !run) throw new Error('the story has no such run');
    job.current_version += 2;
    data.missing.set(run.id, ['/srv/work/a.pgp']);
    const { user, host } = await openPage(`/executions/${run.id}`, { data });
    await shown('completed');
    await user.click(at('[data-retry-from=decrypt]'));
    await waitFor(() => expect(at('#retry-told').textContent).toContain('Not done again: Fetch files'));
    expect(at('#retry-told').textContent).toMatch(/3 files \(4\.1 MB\) are copied/);
    expect(at('#retry-told').textContent).toContain('1 file is no longer there');
    await user.click(await waitFor(() => at('[data-segment=newest]')));
    await waitFor(() => expect(at('#retry-told').textContent).toContain(`Version ${job.current_version} begins`));
    await user.click(at('#retry-start'));
    await waitFor(() => expect(host.data.retries).toMatchObject([{ from: { step: 'decrypt', current: true } }]));
  });

  test('cannot begin with a step whose earlier ones have no results', async () => {
    const { user } = await open('cancelled', { data: cancelledStory() });
    await shown('cancelled');
    await user.click(at('[data-retry-from=unpack]'));
    expect(await screen.findByText(/has no results in that run/)).toBeVisible();
    expect(at('#retry-start')).toBeDisabled();
  });

  test('is there for the keyboard, and not while the run goes on', async () => {
    const running = await open('running', {}, 'Meridian invoices');
    await shown('running');
    expect(document.querySelector('[data-retry-from]')).toBeNull();
    running.unmount();
    const { user } = await open('failed', {}, 'Kestrel claims');
    await shown('failed');
    screen.getByRole('treegrid', { name: 'Steps of the run' }).focus();
    await user.keyboard('{ArrowDown}r');
    expect(await screen.findByRole('dialog')).toBeVisible();
  });

  function cancelledStory() {
    const data = storyData();
    const run = data.executions.findLast((candidate) => candidate.state === 'running' && data.jobs.find((job) => job.id === candidate.job_id)?.name === 'Meridian invoices');
    if (run) Object.assign(run, { state: 'cancelled', completed_at: new Date().toISOString() });
    return data;
  }
});

describe('a run with a loop', () => {
  async function openLoop(run: Parameters<typeof addLoopRun>[1], options: FakeOptions = {}) {
    const data = emptyData('unlocked');
    const execution = addLoopRun(data, run);
    const opened = await openPage(`/executions/${execution.id}`, { data, ...options });
    await shown(run.state);
    return { ...opened, execution };
  }
  const line = (path: string) => document.querySelector<HTMLElement>(`[data-iteration="${path}"]`);

  test('counts its iterations, lists those that failed first and opens one', async () => {
    const { user } = await openLoop({ state: 'failed', iterations: 300, of: 300, failing: [41, 299] });
    const loop = at('[data-step=for_each_file]');
    expect(loop.textContent).toContain('2 failed');
    expect(loop.textContent).toContain('298 of 300');
    expect(document.querySelector('[data-step=decrypt]')).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Open For each file' }));
    await waitFor(() => expect(line('41')?.dataset.state).toBe('failed'));
    expect(document.querySelectorAll('[data-iteration]')).toHaveLength(2);
    await expectAccessible();
    await user.click(line('41') as HTMLElement);
    await waitFor(() => expect(at('[data-step=decrypt]').dataset.state).toBe('failed'));
    expect(at('[data-step=fetch]').dataset.state).toBe('completed');
    await user.click(at('[data-show=all]'));
    await waitFor(() => expect(line('0')).toBeVisible());
    // Only what is seen is drawn, and only what is near is read.
    expect(document.querySelectorAll('[data-iteration]').length).toBeLessThan(100);
  });

  test('is walked and opened with the keyboard', async () => {
    const { user } = await openLoop({ state: 'completed', iterations: 3, of: 3 });
    const grid = screen.getByRole('treegrid', { name: 'Steps of the run' });
    grid.focus();
    await user.keyboard('{ArrowDown}{ArrowDown}{ArrowRight}');
    await waitFor(() => expect(line('2')).toBeVisible());
    await user.keyboard('{ArrowRight}{ArrowRight}');
    await waitFor(() => expect(at('[data-step=fetch]')).toBeVisible());
    await user.keyboard('{ArrowLeft}');
    await waitFor(() => expect(document.querySelector('[data-step=fetch]')).toBeNull());
    await user.keyboard('{ArrowLeft}{ArrowLeft}');
    await waitFor(() => expect(line('2')).toBeNull());
  });

  test('shows how far it is while it goes on', async () => {
    await openLoop({ state: 'running', iterations: 24, of: 60, failing: [3] });
    expect(at('[data-step=for_each_file]').textContent).toContain('22 of 60');
    expect(at('#execution-progress').textContent).toMatch(/46 %/);
  });

  test('says when its iterations cannot be read', async () => {
    const { user } = await openLoop({ state: 'completed', iterations: 3, of: 3 }, { failing: { executionsIterations: 'store_unavailable' } });
    await user.click(screen.getByRole('button', { name: 'Open For each file' }));
    expect(await screen.findByText('The iterations cannot be read.')).toBeVisible();
  });
});

describe('a log of a hundred thousand lines', () => {
  async function openLog() {
    const data = emptyData('unlocked');
    const execution = addLoopRun(data, { state: 'completed', iterations: 1, of: 1 });
    const lines = Array.from({ length: 100_000 }, (_, n) => ({
      sequence: n + 1, at: execution.created_at, level: n % 1_000 === 999 ? 'error' : 'info', step_alias: n % 2 ? 'fetch' : null, file: `part-${n}.csv`, message: `Line ${n}`,
    }));
    data.logs.set(execution.id, lines);
    return openPage(`/executions/${execution.id}`, { data });
  }

  test('is read where it is seen, and narrowed by the host', async () => {
    const { user, host } = await openLog();
    await waitFor(() => expect(at('#log-total').textContent).toBe((100_000).toLocaleString()));
    await waitFor(() => expect(document.querySelectorAll('[data-log]').length).toBeGreaterThan(5));
    expect(document.querySelectorAll('[data-log]').length).toBeLessThan(200);
    await user.click(at('#log-errors'));
    await waitFor(() => expect(at('#log-total').textContent).toBe('100'));
    await waitFor(() => expect(document.querySelectorAll('[data-log=error]').length).toBeGreaterThan(5));
    await user.type(at('#log-filter'), 'part-50999.csv');
    await waitFor(() => expect(at('#log-total').textContent).toBe('1'));
    expect(await screen.findByText('Line 50999')).toBeVisible();
    host.options.failing = { executionsLog: 'store_unavailable' };
    await user.click(at('#log-warnings'));
    expect(await screen.findByText('The log cannot be shown')).toBeVisible();
    host.options.failing = {};
    await user.click(at('#retry'));
    expect(await screen.findByText('Line 50999')).toBeVisible();
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
