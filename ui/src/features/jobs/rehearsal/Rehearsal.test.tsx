import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, test } from 'vitest';
import { storyData } from '@/ipc/fake/seed';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';

beforeEach(() => localStorage.clear());

function story() {
  const data = storyData();
  const job = data.jobs.find((candidate) => candidate.name === 'Meridian invoices');
  if (!job) throw new Error('the story has no such job');
  data.executions = data.executions.filter((execution) => execution.job_id !== job.id);
  return { data, job };
}

const dialog = () => screen.findByRole('dialog', { name: /^Dry run of/ });
const verdicts = () => [...document.querySelectorAll<HTMLElement>('[data-rehearsed]')].map((step) => step.dataset.verdict);
const outcome = () => at('[data-rehearsal]').dataset.rehearsal;

describe('the dry run in the builder', () => {
  async function open() {
    const { data, job } = story();
    const opened = await openPage(`/jobs/${job.id}`, { data });
    await waitFor(() => expect(document.querySelectorAll('[role=treeitem]')).toHaveLength(4));
    return { ...opened, job };
  }

  test('tells every step with its files and what stands in the way, in a dialog and on the blocks', async () => {
    const { user, host } = await open();
    const runs = host.data.executions.length;
    await user.click(at('#rehearse-job'));
    const shown = within(await dialog());
    await waitFor(() => expect(outcome()).toBe('cannot'));
    expect(verdicts()).toEqual(['would_do', 'cannot', 'would_do', 'unknown']);
    expect(shown.getByText('The job would fail.')).toBeTruthy();
    expect(shown.getByText('2 would do, 1 cannot, 1 cannot tell')).toBeTruthy();
    expect(at('[data-rehearsed=fetch_files]').textContent).toContain('6 files, 48 MB');
    expect(at('[data-rehearsed=fetch_files]').textContent).toContain('on first use');
    expect(at('[data-rehearsed=fetch_files]').textContent).toContain('and 1 more file');
    expect(at('[data-problem=key_unusable]').textContent).toContain('expired on 2026-10-31');
    expect(at('[data-problem=key_unusable]').textContent).toContain('Choose an active key');
    await expectAccessible();
    await user.click(shown.getAllByRole('button', { name: 'Close' })[1] ?? at('#rehearsal'));
    await waitFor(() => expect(at('#rehearsal-strip').dataset.verdict).toBe('cannot'));
    expect(at('[data-step=decrypt]').dataset.verdict).toBe('cannot');
    expect(at('[data-step=decrypt]').textContent).toContain('Cannot, key not usable');
    expect(at('[data-step=put_away]').textContent).toContain('Cannot tell');
    expect(host.data.executions).toHaveLength(runs);
    await expectAccessible();
    await user.click(at('#rehearsal-show'));
    await dialog();
    expect(verdicts()).toHaveLength(4);
  });

  test('is about the draft with its unsaved changes, and goes when the draft changes', async () => {
    const { user, host, job } = await open();
    await user.click(at('[data-step=decrypt]'));
    await user.keyboard('d');
    await user.click(at('#rehearse-job'));
    await dialog();
    await waitFor(() => expect(outcome()).toBe('unknown'));
    expect(verdicts()).toEqual(['would_do', 'skipped', 'would_do', 'unknown']);
    await user.keyboard('{Escape}');
    await waitFor(() => expect(at('[data-step=decrypt]').dataset.verdict).toBe('skipped'));
    expect(host.data.jobs.find((one) => one.id === job.id)?.current_version).toBe(14);
    await user.click(at('[data-step=decrypt]'));
    await user.keyboard('d');
    await waitFor(() => expect(document.querySelector('#rehearsal-strip')).toBeNull());
    expect(at('[data-step=decrypt]').dataset.verdict).toBeUndefined();
  });

  test('asks for parameters before it begins', async () => {
    const { data, job } = story();
    job.parameters = [{ name: 'day', type: 'text', default: null, required: true, description: null }];
    const { user, host } = await openPage(`/jobs/${job.id}`, { data });
    await waitFor(() => expect(document.querySelectorAll('[role=treeitem]')).toHaveLength(4));
    const given: unknown[] = [];
    const rehearse = host.commands.jobsRehearse;
    host.commands.jobsRehearse = (request, channel) => {
      given.push(request.parameters);
      return rehearse(request, channel);
    };
    await user.click(at('#rehearse-job'));
    await dialog();
    expect(outcome()).toBe('asking');
    await user.click(at('#rehearsal-start'));
    expect(await screen.findByText(/Give a value for this parameter/)).toBeTruthy();
    await user.keyboard('{Escape}');
    await user.click(at('#rehearse-job'));
    await dialog();
    await user.type(at('[data-parameter=day]'), 'monday');
    await user.click(at('#rehearsal-start'));
    await waitFor(() => expect(outcome()).toBe('cannot'));
    expect(given.at(-1)).toEqual({ day: 'monday' });
  });

  test('can be cancelled while it goes, and closing it stops it', async () => {
    const { user, host } = await open();
    const stopped: string[] = [];
    host.commands.jobsRehearseStop = async (name) => {
      stopped.push(name);
      return null;
    };
    host.commands.jobsRehearse = () => new Promise(() => undefined);
    await user.click(at('#rehearse-job'));
    await dialog();
    expect(outcome()).toBe('running');
    await user.click(at('#rehearsal-stop'));
    expect(await screen.findByText('The dry run was cancelled.')).toBeTruthy();
    expect(stopped).toHaveLength(1);
    await user.click(at('#rehearsal-start'));
    expect(outcome()).toBe('running');
    await user.keyboard('{Escape}');
    await waitFor(() => expect(stopped).toHaveLength(2));
    expect(new Set(stopped).size).toBe(2);
  });

  test('says what failed when it cannot be made at all', async () => {
    const { data, job } = story();
    const { user } = await openPage(`/jobs/${job.id}`, { data, failing: { jobsRehearse: 'store_unavailable' } });
    await waitFor(() => expect(document.querySelectorAll('[role=treeitem]')).toHaveLength(4));
    await user.click(at('#rehearse-job'));
    expect(await screen.findByText('The data cannot be reached')).toBeTruthy();
    await expectAccessible();
  });
});

describe('the dry run in the list of jobs', () => {
  test('is in the menu of a row', async () => {
    const { data } = story();
    const { user } = await openPage('/jobs', { data });
    await waitFor(() => expect(document.querySelector('[data-more-job="Meridian invoices"]')).not.toBeNull());
    await user.click(at('[data-more-job="Meridian invoices"]'));
    await user.click(await screen.findByRole('menuitem', { name: 'Dry run' }));
    expect(await screen.findByRole('dialog', { name: 'Dry run of Meridian invoices' })).toBeTruthy();
    await waitFor(() => expect(outcome()).toBe('cannot'));
    expect(verdicts()).toEqual(['would_do', 'cannot', 'would_do', 'unknown']);
  });

  test('leads to the job where a parameter is missing', async () => {
    const { data, job } = story();
    job.parameters = [{ name: 'day', type: 'text', default: null, required: true, description: null }];
    const { user, path } = await openPage('/jobs', { data });
    await waitFor(() => expect(document.querySelector('[data-more-job="Meridian invoices"]')).not.toBeNull());
    await user.click(at('[data-more-job="Meridian invoices"]'));
    await user.click(await screen.findByRole('menuitem', { name: 'Dry run' }));
    await user.click(await screen.findByRole('button', { name: 'Open the job and start the dry run there' }));
    await waitFor(() => expect(path()).toBe(`/jobs/${job.id}`));
  });
});
