import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { keyNames } from '@/lib/shortcuts';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';

/** The keys under a title, with what they do. */
async function keysOf(title: string): Promise<Record<string, string>> {
  const section = within(await screen.findByRole('dialog', { name: 'Keys' })).getByRole('region', { name: title });
  return Object.fromEntries([...section.querySelectorAll<HTMLElement>('[data-key]')].map((line) => [line.dataset.key ?? '', line.querySelector('dd')?.textContent ?? '']));
}

describe('the help of keys', () => {
  it('lists those of the page, of its list, and of every page', async () => {
    const { user } = await openPage('/jobs');
    await waitFor(() => expect(screen.getByRole('grid')).toBeInTheDocument());
    await user.keyboard('?');
    expect(await keysOf('On this page')).toEqual({
      '/': 'Go to the filter', N: 'New job', 'Shift N': 'New job from a template', R: 'Run the jobs that are selected, or the one under the cursor', Del: 'Delete them', Esc: 'Select none',
    });
    expect(await keysOf('In the list')).toMatchObject({ '↑ ↓': 'Row by row', Enter: 'Open the row under the cursor', Space: 'Select it, or no longer' });
    expect(await keysOf('Everywhere')).toEqual({ 'Ctrl K': 'Search or run a command', 'Ctrl B': 'Narrow or widen the navigation', F1: 'Help on where you are', '?': 'Show these keys' });
    await expectAccessible();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('forgets those of a page that is left', async () => {
    const { user } = await openPage('/jobs');
    await waitFor(() => expect(screen.getByRole('grid')).toBeInTheDocument());
    await user.click(screen.getByRole('link', { name: /^Monitors/ }));
    await waitFor(() => expect(screen.getByRole('grid', { name: 'Monitors' })).toBeInTheDocument());
    await user.keyboard('?');
    expect(await keysOf('On this page')).toEqual({ '/': 'Go to the filter', N: 'New monitor' });
  });

  it('has the keys of the steps in the builder, where its button opens it too', async () => {
    const { user } = await openPage('/jobs/new');
    await user.click(await screen.findByRole('button', { name: 'All keys' }));
    expect(await keysOf('Steps')).toMatchObject({ 'Ctrl D': 'Duplicate', 'Alt ↑ ↓': 'Move up or down' });
    expect(await keysOf('On this page')).toMatchObject({ 'Ctrl S': 'Save a version', '/': 'Find a step to add', 'Ctrl Z': 'Undo' });
  });

  it('is opened from the palette, and not while somebody types', async () => {
    const { user } = await openPage('/jobs');
    await waitFor(() => expect(screen.getByRole('grid')).toBeInTheDocument());
    await user.type(at('#filter'), '?');
    expect(at('#filter')).toHaveValue('?');
    expect(screen.queryByRole('dialog')).toBeNull();
    await user.keyboard('{Control>}k{/Control}');
    await user.click(await screen.findByText('Show the keys'));
    expect(await keysOf('Everywhere')).toHaveProperty('?');
  });

  it('names keys as keyboards do', () => {
    expect(['mod+shift+z', 'Delete', 'Escape', 'n', '/', 'alt+ArrowUp', 'Enter'].map(keyNames)).toEqual(['Ctrl Shift Z', 'Del', 'Esc', 'N', '/', 'Alt ↑', 'Enter']);
  });
});
