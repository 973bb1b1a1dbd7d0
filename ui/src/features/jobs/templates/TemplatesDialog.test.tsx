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

test('the templates are there before the first job, and in the palette', async () => {
  const { user, search } = await openPage('/files', { data: emptyData() });
  await user.keyboard('{Control>}k{/Control}template{Enter}');
  expect(await screen.findByRole('dialog', { name: 'New job from a template' })).toBeTruthy();
  await waitFor(() => expect(search()).toEqual({}));
  await user.keyboard('{Escape}');
  await user.click(await waitFor(() => at('#from-template')));
  expect(await screen.findByRole('dialog', { name: 'New job from a template' })).toBeTruthy();
});
