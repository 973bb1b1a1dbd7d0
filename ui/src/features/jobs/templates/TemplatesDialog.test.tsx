import { screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import { emptyData } from '@/ipc/fake/seed';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';

test('a template becomes a new job that is not saved, with nothing of its own missing but what is asked for', async () => {
  const { user, host, path, search } = await openPage('/jobs');
  const before = host.data.jobs.length;
  await user.click(await waitFor(() => at('#from-template')));
  await screen.findByRole('dialog', { name: 'New job from a template' });
  await waitFor(() => expect(at('[data-template=encrypt_and_deliver]')).toHaveTextContent('EncryptDeliver'));
  await expectAccessible();
  await user.click(at('[data-template=encrypt_and_deliver]'));
  await waitFor(() => expect(at('#job-name')).toHaveProperty('value', 'Encrypt and deliver'));
  expect(path()).toBe('/jobs/new');
  expect([...document.querySelectorAll<HTMLElement>('[role=treeitem]')].map(({ dataset }) => dataset.step)).toEqual(['encrypt', 'deliver']);
  expect(host.data.jobs).toHaveLength(before);
  expect(at('#job-version')).toHaveTextContent('Not saved yet');
  expect(search()).toHaveProperty('draft');
});

/** A template, taken, with its folder filled in and saved. */
async function savedFrom(template: string, folder: string) {
  const opened = await openPage('/jobs');
  const { user, host } = opened;
  await user.click(await waitFor(() => at('#from-template')));
  await user.click(await waitFor(() => at(`[data-template=${template}]`)));
  await waitFor(() => expect(at('[data-step=upload]')).toBeInTheDocument());
  host.commands.jobsValidate = async () => [];
  const { jobsSave } = host.commands;
  host.commands.jobsSave = (id, draft, version) => {
    const [first, ...rest] = draft.steps ?? [];
    const configuration = { ...first?.configuration, connection_id: host.data.connections[0]?.id ?? '', remote_path: '/in/' };
    return jobsSave(id, { ...draft, steps: first ? [{ ...first, configuration }, ...rest] : [] }, version);
  };
  await user.click(at('[data-step=upload]'));
  await user.click(at('input[data-field=local_path]'));
  await user.paste(folder);
  await user.click(at('#save-job'));
  await waitFor(() => expect(at('#job-version')).toHaveTextContent('1'));
  return { ...opened, job: host.data.jobs.find((job) => job.steps[0]?.configuration.local_path === folder) };
}

test('with the first version its schedule is made, off, and looked at from there', async () => {
  const { user, host, job } = await savedFrom('nightly_mirror', '/data/');
  await waitFor(() => expect(at('#made-start')).toHaveTextContent('A schedule was made with it: At 02:00, every day. It is off until you switch it on.'));
  expect(host.data.schedules.filter((one) => one.job_id === job?.id).map((one) => one.is_enabled)).toEqual([false]);
  await expectAccessible();
  await user.click(at('#made-look'));
  expect(await screen.findByRole('switch', { name: 'On: At 02:00, every day' })).not.toBeChecked();
  expect(document.querySelector('#made-start')).toBeNull();
});

test('with the first version its monitor is made, off, and looked at on its page', async () => {
  const { user, host, job, path } = await savedFrom('watch_and_upload', '/data/out/');
  await waitFor(() => expect(at('#made-start')).toHaveTextContent('A monitor of /data/out/ was made with it. It is off until you switch it on.'));
  const monitor = host.data.monitors.find((one) => one.bindings.some((binding) => binding.job_id === job?.id));
  expect(monitor?.state).toBe('disabled');
  await user.click(at('#made-look'));
  await waitFor(() => expect(path()).toBe(`/monitors/${monitor?.id}`));
});

test('says why nothing was made', async () => {
  await savedFrom('watch_and_upload', '{{ now }}/');
  expect(await screen.findByText('What starts it was not made')).toBeInTheDocument();
  expect(document.querySelector('#made-start')).toBeNull();
});

test('the templates are there before the first job, and in the palette', async () => {
  const { user, search } = await openPage('/files', { data: emptyData() });
  await user.keyboard('{Control>}k{/Control}template{Enter}');
  expect(await screen.findByRole('dialog', { name: 'New job from a template' })).toBeTruthy();
  await waitFor(() => expect(search()).toEqual({}));
  await user.keyboard('{Escape}');
  await user.click(await waitFor(() => at('#from-template')));
  expect(await screen.findByRole('dialog', { name: 'New job from a template' })).toBeTruthy();
});
