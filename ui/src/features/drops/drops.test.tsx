/** Files that are carried over the window and dropped on it. */
import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { kept } from '@/features/jobs/builder/model/autosave';
import { expectAccessible, openPage } from '@/test/open';
import { pointAt } from '@/test/pointer';

const shown = (selector: string) =>
  waitFor(() => {
    const found = document.querySelector<HTMLElement>(selector);
    if (found === null) throw new Error(`${selector} is not shown`);
    return found;
  });
const overlay = () => document.querySelector<HTMLElement>('[data-drop-overlay]');

beforeEach(() => pointAt(null));

describe('files over the window', () => {
  it('say what can be done with them, until they are away', async () => {
    const { host } = await openPage('/jobs');
    host.drag({ phase: 'entered', paths: ['/in/a.csv', '/in/b.csv'], x: 1, y: 1 });
    expect(await screen.findByText('Drop to send, watch or encrypt 2 files')).toBeInTheDocument();
    host.drag({ phase: 'left' });
    await waitFor(() => expect(overlay()).toBeNull());
  });

  it('are nobody’s while a dialog is about something else', async () => {
    const { host, user } = await openPage('/keys');
    await user.click(await screen.findByRole('button', { name: 'Generate key' }));
    await screen.findByRole('dialog');
    host.drag({ phase: 'entered', paths: ['/in/a.asc'], x: 1, y: 1 });
    host.drop(['/in/a.asc']);
    expect(overlay()).toBeNull();
    expect(screen.getAllByRole('dialog')).toHaveLength(1);
  });

  it('fill the path field that they are dropped on, which is marked before', async () => {
    const { host } = await openPage('/monitors/new');
    const input = await screen.findByLabelText(/^Path/);
    pointAt(input);
    host.drag({ phase: 'entered', paths: ['/data/in/a.csv'], x: 1, y: 1 });
    expect(await screen.findByText('Drop to fill in “Path”')).toBeInTheDocument();
    const field = input.closest('[data-drop-field]');
    expect(field).toHaveAttribute('data-drop-over');
    host.drag({ phase: 'dropped', paths: ['/data/in/a.csv'], x: 1, y: 1 });
    await waitFor(() => expect(input).toHaveValue('/data/in'));
    expect(field).not.toHaveAttribute('data-drop-over');
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('leave a field for one path alone when they are more', async () => {
    const { host } = await openPage('/monitors/new');
    const input = await screen.findByLabelText(/^Path/);
    pointAt(input);
    const paths = ['/data/in/a.csv', '/data/in/b.csv'];
    host.drag({ phase: 'entered', paths, x: 1, y: 1 });
    expect(await screen.findByText('“Path” takes one path')).toBeInTheDocument();
    host.drag({ phase: 'dropped', paths, x: 1, y: 1 });
    await waitFor(() => expect(overlay()).toBeNull());
    expect(input).toHaveValue('');
  });

  it('are lines of a step’s field that takes several', async () => {
    const { host, user } = await openPage('/jobs/new');
    await user.click(await screen.findByText('PGP encrypt'));
    await waitFor(() => expect(document.querySelector('[data-drop-field="What to encrypt"]')).toBeInTheDocument());
    pointAt(document.querySelector('[data-drop-field="What to encrypt"]'));
    host.drop(['/in/a.csv', '/in/b.csv']);
    await waitFor(() => expect(document.querySelectorAll('[data-drop-field="What to encrypt"]')).toHaveLength(2));
    expect(document.querySelector('[data-builder]')).toHaveTextContent('/in/b.csv');
  });
});

describe('files that are dropped elsewhere', () => {
  const drop = async (...paths: string[]) => {
    const opened = await openPage('/jobs');
    opened.host.drop(paths);
    return { ...opened, dialog: within(await screen.findByRole('dialog')) };
  };

  it('become a job that sends them, opened unsaved', async () => {
    const { dialog, user, path, host } = await drop('/in/a.csv', '/in/b.csv');
    const jobs = host.data.jobs.length;
    const open = dialog.getByRole('button', { name: 'Open as a new job' });
    expect(open).toBeDisabled();
    await waitFor(() => expect(dialog.getByRole('list', { name: 'Dropped' })).toHaveTextContent('a.csv'));
    await expectAccessible();
    await user.click(dialog.getByRole('combobox', { name: /^Server/ }));
    await user.click((await screen.findAllByRole('option'))[0] as HTMLElement);
    await user.type(dialog.getByLabelText('Folder on the server'), '/inbox');
    await user.click(open);
    await waitFor(() => expect(path()).toBe('/jobs/new'));
    await waitFor(() => expect(document.querySelector<HTMLInputElement>('#job-name')?.value).toBe('Send 2 files'));
    expect(document.querySelectorAll('[role=treeitem]')).toHaveLength(1);
    expect(document.querySelector('[data-builder]')).toHaveTextContent('/inbox/');
    expect(host.data.jobs).toHaveLength(jobs);
    await waitFor(() => expect(kept(null)?.doc.name).toBe('Send 2 files'));
  });

  it('become a job that encrypts them to the chosen key', async () => {
    const { dialog, user, path } = await drop('/in/a.csv');
    await user.click(await shown('#drop-encrypt'));
    await user.click(dialog.getByRole('combobox', { name: /^For/ }));
    await user.click((await screen.findAllByRole('option'))[0] as HTMLElement);
    await user.click(dialog.getByRole('button', { name: 'Open as a new job' }));
    await waitFor(() => expect(path()).toBe('/jobs/new'));
    await waitFor(() => expect(document.querySelector<HTMLInputElement>('#job-name')?.value).toBe('Encrypt a.csv'));
  });

  it('become a monitor of their folder, opened unsaved', async () => {
    const { dialog, user, path, host } = await drop('/data/in/a.csv');
    const monitors = host.data.monitors.length;
    await user.click(await shown('#drop-watch'));
    expect(await dialog.findByText('*.csv')).toBeInTheDocument();
    await user.click(dialog.getByRole('button', { name: 'Open as a new monitor' }));
    await waitFor(() => expect(path()).toBe('/monitors/new'));
    expect(await screen.findByLabelText(/^Path/)).toHaveValue('/data/in');
    expect(await shown('#monitor-name')).toHaveValue('Watch in');
    expect(host.data.monitors).toHaveLength(monitors);
  });

  it('cannot be watched together from different places', async () => {
    const { dialog, user } = await drop('/in/a.csv', '/out/b.csv');
    await user.click(await shown('#drop-watch'));
    expect(await dialog.findByText('These lie in different places. A monitor watches one folder.')).toBeInTheDocument();
    expect(dialog.getByRole('button', { name: 'Open as a new monitor' })).toBeDisabled();
  });

  it('that are gone already are said to be', async () => {
    const { dialog } = await drop('/in/gone.csv');
    expect(await dialog.findByText(/There is no \/in\/gone\.csv/)).toBeInTheDocument();
    expect(dialog.getByRole('button', { name: 'Open as a new job' })).toBeDisabled();
  });

  it('take the place of an unsaved new job only after saying so', async () => {
    const { host, user } = await openPage('/jobs/new');
    await user.type(await shown('#job-name'), 'Half done');
    await waitFor(() => expect(kept(null)?.doc.name).toBe('Half done'));
    host.drop(['/in/a.csv']);
    const dialog = within(await screen.findByRole('dialog'));
    expect(dialog.getByText('A new job is waiting to be saved')).toBeInTheDocument();
    await user.click(await shown('#drop-encrypt'));
    await user.click(dialog.getByRole('combobox', { name: /^For/ }));
    await user.click((await screen.findAllByRole('option'))[0] as HTMLElement);
    await user.click(dialog.getByRole('button', { name: 'Open as a new job' }));
    await waitFor(() => expect(document.querySelector<HTMLInputElement>('#job-name')?.value).toBe('Encrypt a.csv'));
  });
});

describe('a file of this computer', () => {
  it('is shown in the file manager, or said to be gone', async () => {
    const { host, user } = await openPage('/monitors');
    const local = host.data.monitors.find((monitor) => monitor.watch_target.type === 'local');
    await user.click(await shown(`[data-monitor-row="${local?.name}"]`));
    const where = await shown('[aria-label="About this monitor"] [data-reveal]');
    await user.click(where);
    await waitFor(() => expect(host.data.revealed).toEqual([local?.watch_target.path]));
  });
});
