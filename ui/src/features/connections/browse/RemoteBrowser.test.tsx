import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { nameOf } from '@/lib/paths';
import { expectAccessible, openConnection } from '@/test/open';
import { inFolder, parentOf } from './paths';

const row = (name: string) => document.querySelector<HTMLElement>(`[data-remote-row="${name}"]`);
const moved = (name: string) => document.querySelector<HTMLElement>(`[data-hand-transfer="${name}"]`);

async function browse() {
  const opened = await openConnection('Meridian Freight');
  await opened.user.click(screen.getByRole('tab', { name: 'Browse' }));
  await waitFor(() => expect(row('manifest.csv')).toBeInTheDocument());
  return opened;
}

describe('the remote browser', () => {
  it('goes into folders and up again', async () => {
    const { user } = await browse();
    await expectAccessible();
    await user.click(row('out') as HTMLElement);
    await waitFor(() => expect(screen.getByRole('textbox', { name: 'Folder' })).toHaveValue('out'));
    await user.click(screen.getByRole('button', { name: 'One folder up' }));
    await waitFor(() => expect(screen.getByRole('textbox', { name: 'Folder' })).toHaveValue(''));
  });

  it('tells which names it leaves out', async () => {
    const { user } = await browse();
    expect(screen.queryByText(/left out/)).not.toBeInTheDocument();
    await user.click(row('archive') as HTMLElement);
    expect(await screen.findByText(/1 name left out/)).toHaveTextContent('bad\\nname, it contains control characters');
    await expectAccessible();
  });

  it('makes, renames and deletes', async () => {
    const { user } = await browse();
    await user.click(screen.getByRole('button', { name: 'New folder' }));
    await user.type(await screen.findByRole('textbox', { name: 'Name' }), 'done{Enter}');
    await waitFor(() => expect(row('done')).toBeInTheDocument());
    await user.click(within(row('manifest.csv') as HTMLElement).getByRole('button', { name: 'Rename manifest.csv' }));
    const name = await screen.findByRole('textbox', { name: 'New name' });
    await user.clear(name);
    await user.type(name, 'a/b');
    expect(await screen.findByText('A name has no slash.')).toBeInTheDocument();
    await user.clear(name);
    await user.type(name, 'done');
    await user.click(screen.getByRole('button', { name: 'Rename' }));
    expect(await screen.findByText(/is there already/)).toBeInTheDocument();
    await user.clear(name);
    await user.type(name, 'list.csv{Enter}');
    await waitFor(() => expect(row('list.csv')).toBeInTheDocument());
    expect(row('manifest.csv')).not.toBeInTheDocument();
    await user.click(within(row('done') as HTMLElement).getByRole('button', { name: 'Delete done' }));
    const question = await screen.findByRole('alertdialog');
    expect(question).toHaveTextContent('goes with all that is in it');
    await expectAccessible();
    await user.click(within(question).getByRole('button', { name: 'Delete folder' }));
    await waitFor(() => expect(row('done')).not.toBeInTheDocument());
  });

  it('renames and deletes what the keys point at', async () => {
    const { user } = await browse();
    screen.getByRole('grid', { name: 'Files on the server' }).focus();
    await user.keyboard('{End}{F2}');
    expect(await screen.findByRole('dialog', { name: 'Rename manifest.csv' })).toBeInTheDocument();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
    screen.getByRole('grid', { name: 'Files on the server' }).focus();
    await user.keyboard('{Delete}');
    expect(await screen.findByRole('alertdialog', { name: 'Delete manifest.csv?' })).toBeInTheDocument();
  });

  it('downloads a file and shows its proof, also after looking elsewhere', async () => {
    const { user, host } = await browse();
    vi.spyOn(host.commands, 'localPick').mockResolvedValue('/home/me');
    await user.click(within(row('manifest.csv') as HTMLElement).getByRole('button', { name: 'Download manifest.csv' }));
    await waitFor(() => expect(moved('manifest.csv')).toHaveAttribute('data-hand-state', 'done'));
    expect(moved('manifest.csv')).toHaveTextContent('ab12ab12');
    await user.click(screen.getByRole('tab', { name: 'Settings' }));
    await user.click(screen.getByRole('tab', { name: 'Browse' }));
    expect(moved('manifest.csv')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Clear' }));
    expect(moved('manifest.csv')).not.toBeInTheDocument();
  });

  it('uploads a file, and replaces one only when asked to', async () => {
    const { user, host } = await browse();
    vi.spyOn(host.commands, 'localPick').mockResolvedValueOnce('/home/me/new.csv').mockResolvedValueOnce('/home/me/new.csv');
    await user.click(screen.getByRole('button', { name: 'Upload' }));
    await waitFor(() => expect(row('new.csv')).toBeInTheDocument());
    await user.click(screen.getByRole('button', { name: 'Upload' }));
    await waitFor(() => expect(moved('new.csv')).toHaveAttribute('data-hand-state', 'failed'));
    await expectAccessible();
    await user.click(within(moved('new.csv') as HTMLElement).getByRole('button', { name: 'Replace' }));
    await waitFor(() => expect(moved('new.csv')).toHaveAttribute('data-hand-state', 'done'));
    expect(document.querySelectorAll('[data-hand-transfer]')).toHaveLength(1);
  });

  it('stops a transfer that is under way', async () => {
    const { user, host } = await browse();
    vi.spyOn(host.commands, 'localPick').mockResolvedValue('/home/me/slow.bin');
    await user.click(screen.getByRole('button', { name: 'Upload' }));
    await waitFor(() => expect(moved('slow.bin')).toHaveTextContent('512 KB of 1.02 MB'));
    await user.click(screen.getByRole('button', { name: 'Stop slow.bin' }));
    await waitFor(() => expect(moved('slow.bin')).toHaveAttribute('data-hand-state', 'stopped'));
    expect(row('slow.bin')).not.toBeInTheDocument();
  });
});

describe('paths', () => {
  it('are joined and taken apart as servers do', () => {
    expect([inFolder('.', 'a'), inFolder('.', ''), inFolder('/', 'a'), inFolder('/in/', 'a'), inFolder('/in', '')]).toEqual(['a', './', '/a', '/in/a', '/in/']);
    expect([parentOf('/in/a'), parentOf('/in'), parentOf('in/a'), parentOf('in')]).toEqual(['/in', '/', 'in', '.']);
    expect([nameOf('/a/b.csv'), nameOf('C:\\a\\b.csv')]).toEqual(['b.csv', 'b.csv']);
  });
});
