import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { storyData } from '@/ipc/fake';
import { at } from '@/test/at';
import { expectAccessible, openPage, type Opened } from '@/test/open';

const [BALTIC, KESTREL, ALDGATE] = ['Baltic prices', 'Kestrel claims', 'Aldgate payments'];
const row = (name: string) => document.querySelector<HTMLElement>(`[data-job-row="${name}"]`);
const shown = () => [...document.querySelectorAll('[data-job-row]')].map((one) => one.getAttribute('data-job-row'));

/** The story, with the tag Month end on two of its jobs and Production on one of them. */
function tagged() {
  const data = storyData();
  const [production, monthEnd] = data.tags;
  const job = (name: string) => {
    const found = data.jobs.find((one) => one.name === name);
    if (!found) throw new Error(`the story has no job ${name}`);
    return found.id;
  };
  if (!production || !monthEnd) throw new Error('the story has no tags');
  data.tagged.set(job(BALTIC), [monthEnd]);
  data.tagged.set(job(KESTREL), [monthEnd, production]);
  const names = (name: string) => data.tagged.get(job(name))?.map((tag) => tag.name) ?? [];
  return { data, production, monthEnd, job, names };
}

async function select({ user }: Opened, ...names: string[]) {
  for (const name of names) await user.click(screen.getByRole('checkbox', { name: `Select ${name}` }));
}

const choice = (name: string) => screen.findByRole('option', { name: new RegExp(`^${name}`) });

describe('the tags of jobs', () => {
  it('stand in the list and narrow it, by the address', async () => {
    const { data, monthEnd, production } = tagged();
    const { user, search, host } = await openPage(`/jobs?tag=${monthEnd.id}`, { data });
    await waitFor(() => expect(shown()).toEqual([BALTIC, KESTREL]));
    expect(within(row(KESTREL) as HTMLElement).getByTitle('Month end, Production')).toHaveTextContent('Month end+1');
    expect(screen.getByRole('combobox', { name: 'Tag' })).toHaveTextContent('Month end');
    await expectAccessible();
    await user.click(screen.getByRole('combobox', { name: 'Tag' }));
    await user.click(await screen.findByRole('option', { name: 'Production' }));
    await waitFor(() => expect(shown()).toEqual([KESTREL]));
    expect(search()).toEqual({ tag: production.id });
    production.is_deleted = true;
    host.emit({ entity_type: 'tag', entity_id: production.id });
    await user.click(await screen.findByRole('button', { name: 'Show all jobs' }));
    await waitFor(() => expect(row(ALDGATE)).toBeInTheDocument());
    expect(search()).toEqual({});
  });

  it('are put on all that are selected, and Undo takes them only off those that had it not', async () => {
    const { data, names } = tagged();
    const opened = await openPage('/jobs', { data });
    const { user } = opened;
    await waitFor(() => expect(row(ALDGATE)).toBeInTheDocument());
    await select(opened, ALDGATE, BALTIC, KESTREL);
    await user.keyboard('t');
    expect(await choice('Month end')).toHaveTextContent('on 2 of 3');
    await expectAccessible();
    await user.type(screen.getByPlaceholderText('Find a tag, or name a new one'), 'prod{Enter}');
    expect(await screen.findByText('Production put on 2 jobs')).toBeInTheDocument();
    expect([names(ALDGATE), names(BALTIC), names(KESTREL)]).toEqual([['Production'], ['Month end', 'Production'], ['Month end', 'Production']]);
    await waitFor(() => expect(row(ALDGATE)).toHaveTextContent('Production'));
    await user.click(screen.getByRole('button', { name: 'Undo' }));
    await waitFor(() => expect([names(ALDGATE), names(BALTIC), names(KESTREL)]).toEqual([[], ['Month end'], ['Month end', 'Production']]));
    await waitFor(() => expect(row(ALDGATE)).not.toHaveTextContent('Production'));
  });

  it('are taken off where all that are selected have it', async () => {
    const { data, names } = tagged();
    const opened = await openPage('/jobs', { data });
    await waitFor(() => expect(row(BALTIC)).toBeInTheDocument());
    await select(opened, BALTIC, KESTREL);
    await opened.user.click(at('#tag-jobs'));
    expect(await choice('Month end')).toHaveTextContent('on all');
    await opened.user.click(await choice('Month end'));
    expect(await screen.findByText('Month end taken off 2 jobs')).toBeInTheDocument();
    expect([names(BALTIC), names(KESTREL)]).toEqual([[], ['Production']]);
    await opened.user.click(screen.getByRole('button', { name: 'Undo' }));
    await waitFor(() => expect([names(BALTIC), names(KESTREL)]).toEqual([['Month end'], ['Month end', 'Production']]));
  });

  it('are made by a new name, and go with Undo unless something else has it by then', async () => {
    const { data, names, job } = tagged();
    const opened = await openPage('/jobs', { data });
    const make = async (name: string) => {
      await opened.user.click(at('#tag-jobs'));
      await opened.user.type(await screen.findByPlaceholderText('Find a tag, or name a new one'), name);
      await opened.user.click(await choice(`Make “${name}”`));
      expect(await screen.findByText(`${name} put on ${ALDGATE}`)).toBeInTheDocument();
      return data.tags.find((tag) => tag.name === name);
    };
    await waitFor(() => expect(row(ALDGATE)).toBeInTheDocument());
    await select(opened, ALDGATE);
    const partner = await make('Partner X');
    expect(names(ALDGATE)).toEqual(['Partner X']);
    await opened.user.click(screen.getByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(partner?.is_deleted).toBe(true));
    expect(names(ALDGATE)).toEqual([]);

    const kept = await make('Kept');
    if (kept) data.tagged.set(job(BALTIC), [kept]);
    await opened.user.click(screen.getByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(names(ALDGATE)).toEqual([]));
    expect(kept?.is_deleted).toBe(false);
  });

  it('say so when they cannot be put on', async () => {
    const { data, names } = tagged();
    const opened = await openPage('/jobs', { data, failing: { tagsAddBulk: 'store_unavailable' } });
    await waitFor(() => expect(row(ALDGATE)).toBeInTheDocument());
    await select(opened, ALDGATE);
    await opened.user.click(at('#tag-jobs'));
    await opened.user.click(await choice('Production'));
    expect(await screen.findByText('The tags stay as they were')).toBeInTheDocument();
    expect(names(ALDGATE)).toEqual([]);
  });

  it('are changed in the job’s settings at once, without a version', async () => {
    const { data, job, names } = tagged();
    const { user } = await openPage(`/jobs/${job(KESTREL)}`, { data });
    await waitFor(() => expect(at('#job-name')).toHaveValue(KESTREL));
    expect(at('[data-builder] [data-tags]')).toHaveAttribute('title', 'Month end, Production');
    const version = at('#job-version').textContent;
    await user.click(at('#job-settings'));
    await user.type(await screen.findByRole('combobox', { name: 'Tags' }), 'Partner X{Enter}');
    await waitFor(() => expect(names(KESTREL)).toEqual(['Month end', 'Partner X', 'Production']));
    await user.click(screen.getByRole('button', { name: 'Remove tag Production' }));
    await waitFor(() => expect(names(KESTREL)).toEqual(['Month end', 'Partner X']));
    await expectAccessible();
    await user.click(at('#settings-done'));
    await waitFor(() => expect(at('[data-builder] [data-tags]')).toHaveAttribute('title', 'Month end, Partner X'));
    expect(at('#job-version').textContent).toBe(version);
    expect(at('#save-job')).toBeDisabled();
  });

  it('stay as they were where the store refuses, and are asked for only once the job is saved', async () => {
    const { data, job, names } = tagged();
    const { user, unmount } = await openPage(`/jobs/${job(KESTREL)}`, { data, failing: { tagsSetNamed: 'store_unavailable' } });
    await waitFor(() => expect(at('#job-name')).toHaveValue(KESTREL));
    await user.click(at('#job-settings'));
    await user.click(await screen.findByRole('button', { name: 'Remove tag Production' }));
    expect(await screen.findByText('The tags stay as they were')).toBeInTheDocument();
    expect(await screen.findByRole('button', { name: 'Remove tag Production' })).toBeInTheDocument();
    expect(names(KESTREL)).toEqual(['Month end', 'Production']);
    unmount();
    const fresh = await openPage('/jobs/new');
    await waitFor(() => expect(at('#job-settings')).toBeInTheDocument());
    await fresh.user.click(at('#job-settings'));
    expect(await screen.findByRole('textbox', { name: 'Description' })).toBeInTheDocument();
    expect(screen.queryByRole('combobox', { name: 'Tags' })).toBeNull();
  });
});
