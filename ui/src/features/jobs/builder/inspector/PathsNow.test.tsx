import { waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, test } from 'vitest';
import type { AppError } from '@/ipc';
import { appError } from '@/ipc/fake/error';
import { storyData } from '@/ipc/fake/seed';
import { at } from '@/test/at';
import { openPage, type Opened } from '@/test/open';

const line = () => document.querySelector<HTMLElement>('[data-paths-now]');

/** The story's download, with these paths to fetch; the first look fails if it shall. */
async function fetching(path: string, failure?: AppError): Promise<Opened & { asked: unknown[] }> {
  const data = storyData();
  const job = data.jobs.find((candidate) => candidate.name === 'Meridian invoices');
  const fetch = job?.steps.find((step) => step.alias === 'fetch_files');
  if (!job || !fetch) throw new Error('the story has no such step');
  fetch.configuration.remote_path = path;
  const opened = await openPage(`/jobs/${job.id}`, { data });
  const asked: unknown[] = [];
  const { pathsMatch } = opened.host.commands;
  opened.host.commands.pathsMatch = async (look, about) => {
    asked.push(about.configuration);
    if (failure && asked.length === 1) throw failure;
    return pathsMatch(look, about);
  };
  await waitFor(() => expect(document.querySelector('[data-step=fetch_files]')).toBeTruthy());
  await opened.user.click(at('[data-step=fetch_files]'));
  return { ...opened, asked };
}

beforeEach(() => localStorage.clear());

describe('a path field', () => {
  test('says what it matches now, and names the first of it', async () => {
    await fetching('/out/*.pgp');
    await waitFor(() => expect(line()).toHaveTextContent('Matches 4 files, 1 GB now'));
    expect(line()?.title.split('\n')[0]).toBe('INV-20261120-AT.zip.pgp');
  });

  test('tells no match from no folder', async () => {
    const { user } = await fetching('/out/*.pdf');
    await waitFor(() => expect(line()).toHaveTextContent('No file matches now'));
    await user.clear(at('input[data-field=remote_path]'));
    await user.type(at('input[data-field=remote_path]'), '/none/*.pdf');
    await waitFor(() => expect(line()).toHaveTextContent('The folder does not exist'));
  });

  test('asks once for what is typed, and again only for what decides it', async () => {
    const { user, asked } = await fetching('/out/*.pgp');
    await waitFor(() => expect(line()?.dataset.pathsNow).toBe('found'));
    await user.type(at('input[data-field=local_path]'), '/data/in/');
    await user.type(at('input[data-field=remote_path]'), 'x');
    await waitFor(() => expect(line()?.dataset.pathsNow).toBe('none'));
    expect(asked.map((configuration) => (configuration as { remote_path: string }).remote_path)).toEqual(['/out/*.pgp', '/out/*.pgpx']);
    expect(Object.keys(asked[0] as object).sort()).toEqual(['connection_id', 'remote_path']);
  });

  test('says nothing of what only a run can tell', async () => {
    const { asked, user } = await fetching('{{ steps.list.files }}');
    await waitFor(() => expect(asked).toHaveLength(1));
    await user.click(at('[data-step=put_away]'));
    expect(line()).toBeNull();
  });

  test('says in words why the server cannot be looked at, and looks again when asked', async () => {
    const { user } = await fetching('/out/*.pgp', appError('host_key_changed', 'The server shows another host key than before'));
    await waitFor(() => expect(line()).toHaveTextContent('Cannot be looked at now: The server shows another host key than before.'));
    await user.click(at('[data-paths-now] button'));
    await waitFor(() => expect(line()?.dataset.pathsNow).toBe('found'));
  });
});
