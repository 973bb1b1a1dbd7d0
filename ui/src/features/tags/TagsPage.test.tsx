import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { emptyData, storyData } from '@/ipc/fake';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';
import { usesWords } from './words';

const row = (name: string) => document.querySelector<HTMLElement>(`[data-tag-row="${name}"]`);
const panel = (name: string) => document.querySelector<HTMLElement>(`[data-tag-panel="${name}"]`);

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(1000);
});

/** The story, with a tag on two jobs and a monitor. */
function tagged() {
  const data = storyData();
  const tag = data.tags.find(({ name }) => name === 'Month end');
  const [first, second] = data.jobs;
  const [monitor] = data.monitors;
  if (!tag || !first || !second || !monitor) throw new Error('the story has no tag, jobs or monitor');
  for (const thing of [first, second, monitor]) data.tagged.set(thing.id, [tag]);
  return { data, tag, first, second, monitor };
}

describe('the tags', () => {
  it('say how much carries each, and lead to it', async () => {
    const { data, first, second, monitor, tag } = tagged();
    const { user, path, search } = await openPage('/settings/tags', { data });
    await waitFor(() => expect(row('Month end')).toBeInTheDocument());
    expect(row('Month end')).toHaveTextContent('2 jobs and 1 monitor');
    await expectAccessible();
    await user.click(row('Month end') as HTMLElement);
    await waitFor(() => expect(panel('Month end')).toHaveTextContent('On3'));
    expect(search()).toEqual({ tag: tag.id });
    for (const { name } of [first, second, monitor]) expect(within(panel('Month end') as HTMLElement).getByRole('link', { name })).toBeInTheDocument();
    await expectAccessible();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(panel('Month end')).toBeNull());
    await user.click(row('Month end') as HTMLElement);
    await user.click(await screen.findByRole('link', { name: 'Show its 2 jobs in the list' }));
    await waitFor(() => expect(path()).toBe('/jobs'));
    expect(search()).toEqual({ tag: tag.id });
  });

  it('count anew when something is tagged elsewhere', async () => {
    const { data, tag } = tagged();
    const { host } = await openPage('/settings/tags', { data });
    await waitFor(() => expect(row('Month end')).toHaveTextContent('2 jobs and 1 monitor'));
    const third = data.jobs[2];
    data.tagged.set(third?.id ?? '', [tag]);
    host.emit({ entity_type: 'job', entity_id: third?.id ?? '' });
    await waitFor(() => expect(row('Month end')).toHaveTextContent('3 jobs and 1 monitor'));
  });

  it('are filtered, and found again', async () => {
    const { user } = await openPage('/settings/tags');
    await waitFor(() => expect(row('Production')).toBeInTheDocument());
    await user.type(at('#filter'), 'month');
    await waitFor(() => expect(row('Production')).toBeNull());
    expect(row('Month end')).toBeInTheDocument();
    await user.type(at('#filter'), 'x');
    await user.click(await screen.findByRole('button', { name: 'Show all tags' }));
    await waitFor(() => expect(row('Production')).toBeInTheDocument());
  });

  it('are made, with a colour of the row or another', async () => {
    const { user, host } = await openPage('/settings/tags', { data: emptyData('unlocked') });
    expect(await screen.findByText('No tags yet')).toBeInTheDocument();
    await user.click(at('#new-tag'));
    const dialog = await screen.findByRole('dialog');
    await user.click(at('#save-tag'));
    expect(await within(dialog).findByText('Enter a name.')).toBeInTheDocument();
    await user.type(at('#tag-name'), 'partner-x');
    await waitFor(() => expect(within(dialog).queryByText('Enter a name.')).toBeNull());
    await user.click(within(dialog).getByRole('radio', { name: 'Green' }));
    expect(at('#tag-color')).toHaveValue('#16A34A');
    await user.clear(at('#tag-color'));
    expect(within(dialog).getByRole('radio', { name: 'No colour' })).toBeChecked();
    await user.type(at('#tag-color'), 'red');
    await user.click(at('#save-tag'));
    expect(await within(dialog).findByText('Enter a colour such as #2563EB.')).toBeInTheDocument();
    await user.clear(at('#tag-color'));
    await user.type(at('#tag-color'), '#ff5733');
    await user.type(at('#tag-category'), 'Partner');
    await expectAccessible();
    await user.click(at('#save-tag'));
    await waitFor(() => expect(panel('partner-x')).toHaveTextContent('#FF5733'));
    expect(host.data.tags).toMatchObject([{ name: 'partner-x', color: '#FF5733', category: 'Partner', description: null }]);
  });

  it('are renamed and recoloured, and refused what another has or has changed', async () => {
    const { data, tag } = tagged();
    const { user } = await openPage(`/settings/tags?tag=${tag.id}`, { data });
    await waitFor(() => expect(panel('Month end')).toBeInTheDocument());
    await user.click(at('#edit-tag'));
    await user.clear(at('#tag-name'));
    await user.type(at('#tag-name'), 'production');
    await user.click(at('#save-tag'));
    expect(await screen.findByText(/^There is already a tag named `production`/)).toBeInTheDocument();
    await user.clear(at('#tag-name'));
    await user.type(at('#tag-name'), 'Closing{Enter}');
    await waitFor(() => expect(panel('Closing')).toBeInTheDocument());
    expect(row('Closing')).toHaveTextContent('2 jobs and 1 monitor');
    await user.click(at('#edit-tag'));
    tag.updated_at = '2027-01-01T00:00:00Z';
    await user.click(screen.getByRole('radio', { name: 'Red' }));
    await user.click(at('#save-tag'));
    expect(await screen.findByText(/The tag was changed in the meantime\./)).toBeInTheDocument();
  });

  it('are deleted after saying what they are on and who is told of less, and come back', async () => {
    const { data, tag, first } = tagged();
    const rule = data.outbox.rules[0]?.rule;
    if (rule) rule.tags = [tag.id];
    const { user } = await openPage('/settings/tags', { data });
    await waitFor(() => expect(row('Month end')).toBeInTheDocument());
    await user.click(screen.getByRole('button', { name: 'Delete Month end' }));
    const question = await screen.findByRole('alertdialog');
    await waitFor(() => expect(question).toHaveTextContent(first.name));
    expect(question).toHaveTextContent('It is taken off 2 jobs and 1 monitor');
    expect(question).toHaveTextContent(`The notification rule ${rule?.name} is about it`);
    await expectAccessible();
    await user.click(within(question).getByRole('button', { name: 'Delete the tag' }));
    await waitFor(() => expect(row('Month end')).toBeNull());
    await user.click(await screen.findByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(row('Month end')).toHaveTextContent('2 jobs and 1 monitor'));
  });

  it('hold their place while they are read, and can be asked for again', async () => {
    const loading = await openPage('/settings/tags', { hanging: ['tagsList'] });
    expect(screen.getByText('Loading the tags')).toBeInTheDocument();
    loading.unmount();
    const { host, user } = await openPage('/settings/tags', { failing: { tagsList: 'store_unavailable' } });
    expect(await screen.findByText('The tags cannot be shown')).toBeInTheDocument();
    host.options.failing = {};
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(row('Production')).toBeInTheDocument());
  });

  it('are found from the settings', async () => {
    const { user, path } = await openPage('/settings');
    await user.click(await waitFor(() => at('#settings-tags')));
    await waitFor(() => expect(path()).toBe('/settings/tags'));
  });
});

describe('words', () => {
  it('count what carries a tag', () => {
    expect(usesWords({})).toBe('');
    expect(usesWords({ job: 3, connection: 1, ssh_key: 2 })).toBe('3 jobs, 1 connection and 2 SSH keys');
  });
});
