import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import { storyData } from '@/ipc/fake/seed';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';

/** The builder of a job whose step "Unpack" was renamed and whose step "Put away" was added by its newest version. */
async function open() {
  const data = storyData();
  const job = data.jobs.find(({ name }) => name === 'Meridian invoices');
  if (!job) throw new Error('the story has no such job');
  data.executions = data.executions.filter(({ job_id }) => job_id !== job.id);
  const versions = data.versions.get(job.id) ?? [];
  const before = versions.at(-2);
  if (!before) throw new Error('the job has one version only');
  before.steps = structuredClone(job.steps.slice(0, 3)).map((step) => (step.alias === 'unpack' ? { ...step, name: 'Open' } : step));
  const opened = await openPage(`/jobs/${job.id}`, { data });
  await waitFor(() => expect(document.querySelectorAll('[role=treeitem]')).toHaveLength(4));
  await opened.user.click(at('#job-version'));
  await screen.findByRole('dialog', { name: `Versions of ${job.name}` });
  return { ...opened, job, newest: job.current_version };
}

describe('the versions of a job', () => {
  test('show what changed since one of them, and what one changed', async () => {
    const { user, newest } = await open();
    const list = within(await screen.findByRole('listbox', { name: 'Versions' }));
    expect(list.getByRole('option', { selected: true })).toHaveTextContent(`Version ${newest - 1}`);
    await waitFor(() => expect(at('#versions-words')).toHaveTextContent(`Since version ${newest - 1}: 1 step added and 1 step changed.`));
    expect(at('[data-compared=put_away]').dataset.fate).toBe('added');
    expect(at('[data-compared=unpack]')).toHaveTextContent(/Name.*Open.*Unpack/);
    expect(at('[data-compared=decrypt]').dataset.fate).toBe('same');
    await expectAccessible();
    list.getByRole('option', { selected: true }).focus();
    await user.keyboard('{ArrowUp}');
    await waitFor(() => expect(at('#versions-words')).toHaveTextContent(`By version ${newest}: 1 step added`));
    expect(at('#restore-version')).toHaveAttribute('title', 'This is the current version');
    await user.keyboard('{End}');
    await waitFor(() => expect(list.getByRole('option', { selected: true })).toHaveTextContent('Version 1'));
    await user.click(screen.getByRole('radio', { name: 'Changed by version 1' }));
    await waitFor(() => expect(at('#versions-words')).toHaveTextContent('The first version.'));
  });

  test('can be restored, which makes a new one', async () => {
    const { user, host, job, newest } = await open();
    await waitFor(() => expect(at('#restore-version')).toBeEnabled());
    await user.click(at('#restore-version'));
    expect(await screen.findByText(`Version ${newest - 1} restored`)).toBeTruthy();
    expect(host.data.jobs.find(({ id }) => id === job.id)?.current_version).toBe(newest + 1);
    await waitFor(() => expect(document.querySelectorAll('[role=treeitem]')).toHaveLength(3));
    expect(at('#job-version').textContent).toBe(`Version ${newest + 1}`);
  });

  test('are not restored over a version that somebody else saved meanwhile', async () => {
    const { user, host, job, newest } = await open();
    await waitFor(() => expect(at('#restore-version')).toBeEnabled());
    const stored = host.data.jobs.find(({ id }) => id === job.id);
    if (stored) stored.current_version += 1;
    await user.click(at('#restore-version'));
    expect(await screen.findByRole('alert')).toHaveTextContent('Somebody else saved this job meanwhile.');
    expect(stored?.current_version).toBe(newest + 1);
  });

  test('wait until what is not saved is saved or taken back', async () => {
    const { user } = await open();
    await user.keyboard('{Escape}');
    await user.click(at('[data-step=unpack]'));
    await user.keyboard('d');
    await user.click(at('#job-version'));
    await waitFor(() => expect(at('#restore-version')).toHaveAttribute('title', expect.stringContaining('Save your changes first')));
    expect(at('#restore-version')).toBeDisabled();
  });
});
