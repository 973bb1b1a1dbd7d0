import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { emptyData, storyData, type Data, type FakeOptions } from '@/ipc/fake';
import { at } from '@/test/at';
import { expectAccessible, openPage, type Opened } from '@/test/open';

const NOTES = 'Ostrava delivery notes';
const row = (name: string) => document.querySelector<HTMLElement>(`[data-monitor-row="${name}"]`);
const seen = () => [...document.querySelectorAll<HTMLElement>('[data-seen-file]')];
const monitorOf = (data: Data, name: string) => {
  const found = data.monitors.find((monitor) => monitor.name === name);
  if (!found) throw new Error(`the story has no monitor ${name}`);
  return found;
};

async function openMonitor(name: string, options: FakeOptions = {}): Promise<Opened> {
  const data = options.data ?? storyData();
  const opened = await openPage(`/monitors/${monitorOf(data, name).id}`, { ...options, data });
  await screen.findByRole('heading', { level: 1, name });
  return opened;
}

describe('the list of monitors', () => {
  it('says where each looks, how it is, what it starts and when it last did', async () => {
    await openPage('/monitors');
    await waitFor(() => expect(row(NOTES)).toBeInTheDocument());
    expect(row(NOTES)).toHaveTextContent('Ostrava Steel');
    expect(row(NOTES)).toHaveTextContent('Active');
    expect(row('Solent returns')).toHaveTextContent('Error, 5 failures in a row');
    await waitFor(() => expect(row(NOTES)?.querySelector('time')).toBeInTheDocument());
    expect(row(NOTES)).toHaveTextContent('200+');
    expect(at('[data-nav=monitors]')).toHaveTextContent('1 in error');
    await expectAccessible();
  });

  it('is filtered, opened and steered', async () => {
    const { user, host, path } = await openPage('/monitors');
    await waitFor(() => expect(row(NOTES)).toBeInTheDocument());
    await user.keyboard('/');
    await user.keyboard('solent');
    await waitFor(() => expect(row(NOTES)).toBeNull());
    await user.click(screen.getByRole('button', { name: 'Acknowledge Solent returns' }));
    await waitFor(() => expect(monitorOf(host.data, 'Solent returns').state).toBe('active'));
    await user.click(screen.getByRole('button', { name: 'More for Solent returns' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Delete' }));
    expect(await screen.findByText('Solent returns deleted')).toBeInTheDocument();
    await waitFor(() => expect(row('Solent returns')).toBeNull());
    await user.click(screen.getByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(row('Solent returns')).toBeInTheDocument());
    await user.click(row('Solent returns') as HTMLElement);
    await waitFor(() => expect(path()).toBe(`/monitors/${monitorOf(host.data, 'Solent returns').id}`));
  });

  it('holds its place, can be asked for again, and teaches the first one', async () => {
    const waiting = await openPage('/monitors', { hanging: ['monitorsList'] });
    expect(await screen.findByText('Loading the monitors')).toBeInTheDocument();
    waiting.unmount();
    const failed = await openPage('/monitors', { failing: { monitorsList: 'store_unavailable' } });
    expect(await screen.findByText('The monitors cannot be shown')).toBeInTheDocument();
    failed.host.options.failing = {};
    await failed.user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(row(NOTES)).toBeInTheDocument());
    failed.unmount();
    const { user, path } = await openPage('/monitors', { data: emptyData('unlocked') });
    expect(await screen.findByText('No monitors yet')).toBeInTheDocument();
    await expectAccessible();
    await user.click(at('#new-monitor'));
    await waitFor(() => expect(path()).toBe('/monitors/new'));
  });
});

describe('a monitor', () => {
  it('lists the files it has seen, and forgets some after a question', async () => {
    const { user, host } = await openMonitor(NOTES);
    await waitFor(() => expect(seen().length).toBeGreaterThan(5));
    expect(seen().length).toBeLessThan(100);
    expect(seen()[0]).toHaveTextContent('New');
    await expectAccessible();
    const file = seen()[0]?.dataset.seenFile ?? '';
    await user.click(within(seen()[0] as HTMLElement).getByRole('button', { name: `Forget ${file}` }));
    const question = await screen.findByRole('alertdialog');
    expect(question).toHaveTextContent('starts something for it once more');
    await user.click(within(question).getByRole('button', { name: 'Forget the file' }));
    await waitFor(() => expect(host.data.monitorFiles.some((one) => one.file_path === file)).toBe(false));
    await waitFor(() => expect(seen()[0]?.dataset.seenFile).not.toBe(file));
  });

  it('is paused, resumed, disabled and deleted with a way back', async () => {
    const { user, host, path } = await openMonitor(NOTES);
    const state = () => monitorOf(host.data, NOTES).state;
    await user.click(at('#steer-monitor'));
    await waitFor(() => expect(at('#monitor-state').dataset.state).toBe('paused'));
    await user.click(await screen.findByRole('button', { name: 'Resume' }));
    await waitFor(() => expect(state()).toBe('active'));
    await user.click(screen.getByRole('button', { name: 'More' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Disable' }));
    await waitFor(() => expect(at('#monitor-state').dataset.state).toBe('disabled'));
    await user.click(screen.getByRole('button', { name: 'Activate' }));
    await waitFor(() => expect(state()).toBe('active'));
    await user.click(screen.getByRole('button', { name: 'More' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Delete' }));
    await waitFor(() => expect(path()).toBe('/monitors'));
    await user.click(await screen.findByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(row(NOTES)).toBeInTheDocument());
  });

  it('says why it is in error', async () => {
    await openMonitor('Solent returns');
    expect(screen.getByText('It no longer looks into its folder')).toBeInTheDocument();
    expect(screen.getByText(/the drive is not mounted/)).toBeInTheDocument();
    expect(await screen.findByText('No file has come yet')).toBeInTheDocument();
    await expectAccessible();
  });

  it('tries its patterns on the folder and on names, and saves them', async () => {
    const { user, host } = await openMonitor(NOTES);
    await user.click(screen.getByRole('tab', { name: 'Settings' }));
    const lab = await screen.findByRole('region', { name: 'Pattern lab' });
    await waitFor(() => expect(lab.dataset).toMatchObject({ lab: '0', tried: '5' }));
    expect(lab).toHaveTextContent('3 folders inside: not looked into.');
    await expectAccessible();
    const include = at('#monitor-include');
    await user.clear(include);
    await user.type(include, '*.csv{enter}INV-*-DE*');
    await waitFor(() => expect(lab.dataset.lab).toBe('2'));
    await user.click(screen.getByRole('radio', { name: 'Names' }));
    fireEvent.change(at('#lab-pasted'), { target: { value: 'a.csv\nA.CSV\na.csv.part\nold/b.csv\nx_draft.csv' } });
    await waitFor(() => expect(lab.dataset).toMatchObject({ lab: '1', tried: '5' }));
    for (const why of ['*.part is left out by default', 'Fits *.csv but for upper and lower case', 'Folders inside are not looked into', 'Left out by *_draft.csv']) expect(within(lab).getByText(why)).toBeInTheDocument();
    await user.click(at('#save-monitor'));
    await waitFor(() => expect(monitorOf(host.data, NOTES).file_patterns).toEqual(['*.csv', 'INV-*-DE*']));
  });

  it('says what is wrong while it is written', async () => {
    const { user } = await openMonitor(NOTES);
    await user.click(screen.getByRole('tab', { name: 'Settings' }));
    await user.clear(await screen.findByRole('textbox', { name: 'Every' }));
    await user.type(screen.getByRole('textbox', { name: 'Every' }), '3');
    expect(await screen.findByText('Enter a number from 10 to 86400.')).toBeInTheDocument();
    fireEvent.change(at('#monitor-exclude'), { target: { value: '{a,b' } });
    expect(await screen.findByText(/^Pattern 1: error parsing glob/)).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Discard' }));
    await waitFor(() => expect(screen.queryByText(/^Pattern 1/)).toBeNull());
  });
});

describe('a new monitor', () => {
  it('asks for what is missing only when it is saved, and is saved with what it starts', async () => {
    const data = storyData();
    const job = data.jobs.find(({ name }) => name === 'Kestrel claims');
    if (!job) throw new Error('the story has no such job');
    job.parameters = [{ name: 'files', type: 'text', default: null, required: true, description: null }];
    const { user, host, path } = await openPage('/monitors/new', { data });
    await user.type(await screen.findByRole('textbox', { name: /^Name/ }), 'Claims by drop');
    expect(screen.queryByText('Name the folder to watch.')).toBeNull();
    await expectAccessible();
    await user.click(at('#save-monitor'));
    expect(await screen.findByText('Name the folder to watch.')).toBeInTheDocument();

    await user.click(at('#monitor-browse'));
    const browser = await screen.findByRole('dialog', { name: 'The folder to watch' });
    const file = await within(browser).findByRole('option', { name: /^manifest\.csv/ });
    expect(file).toBeDisabled();
    await user.dblClick(file);
    await user.click(await within(browser).findByRole('option', { name: /^in/ }));
    expect(at('#path-use')).toHaveTextContent('Use this folder');
    await user.click(at('#path-use'));
    await waitFor(() => expect(at('#monitor-path')).toHaveValue('/in'));
    await user.click(at('#binding-0'));
    await user.click(await screen.findByRole('option', { name: 'Kestrel claims' }));
    await waitFor(() => expect(document.querySelector('[data-parameter=files]')).toBeInTheDocument());
    await user.click(at('#save-monitor'));
    expect(await screen.findByText('The parameter `files` needs a value.')).toBeInTheDocument();
    fireEvent.change(at('[data-parameter=files]'), { target: { value: '{{ monitor.files }}' } });
    await user.click(at('#save-monitor'));
    await waitFor(() => expect(host.data.monitors.some(({ name }) => name === 'Claims by drop')).toBe(true));
    const saved = monitorOf(host.data, 'Claims by drop');
    expect(saved).toMatchObject({ watch_target: { type: 'local', path: '/in' }, state: 'active', bindings: [{ job_id: job.id, parameters: { files: '{{ monitor.files }}' } }] });
    await waitFor(() => expect(path()).toBe(`/monitors/${saved.id}`));
  });

  it('looks at a server', async () => {
    const { user, client, host } = await openPage('/monitors/new');
    const server = host.data.connections.find(({ name }) => name === 'Ostrava Steel')?.id;
    await screen.findByRole('textbox', { name: /^Name/ });
    await user.click(screen.getByRole('radio', { name: 'A server' }));
    expect(at('#monitor-browse')).toBeDisabled();
    await user.click(at('#monitor-connection'));
    await user.click(await screen.findByRole('option', { name: /^Ostrava Steel/ }));
    await user.type(at('#monitor-path'), '/outgoing');
    await waitFor(() => expect(at('[data-lab]').dataset.tried).toBe('5'));
    // A folder that was listed elsewhere is listed here all the same.
    client.setQueryData(['browse', server, '/outgoing'], { entries: [], refused: [] });
    await user.click(at('#monitor-browse'));
    expect(await within(await screen.findByRole('dialog')).findByRole('option', { name: /^INV-20261120-AT/ })).toBeInTheDocument();
  });
});

describe('expected files', () => {
  it('are shown with how they stand, what is missing and what the last deadlines found', async () => {
    await openMonitor(NOTES);
    expect(await screen.findByText('Expected files are missing')).toBeInTheDocument();
    await waitFor(() => expect(at('#expected-standing')).toHaveTextContent(/^\d+ of 8 by 17:00, due in /));
    expect(at('#expected-standing')).toHaveTextContent('Mon to Fri, except on the days of Czech holidays');
    const last = await screen.findByRole('region', { name: 'Last deadlines' });
    expect(within(last).getAllByRole('listitem').map((item) => item.lastElementChild?.textContent)).toEqual(['6 of 8, missing', '11 of 8', '5 of 8, came later', '8 of 8']);
    await expectAccessible();
  });

  it('are asked for in the form, and need something to start', async () => {
    const { user, host } = await openMonitor('Solent returns');
    await user.click(screen.getByRole('tab', { name: 'Settings' }));
    await user.click(await screen.findByRole('switch', { name: 'Tell people when files do not come in time' }));
    const count = at('#expected-count');
    await user.clear(count);
    await user.type(count, '3');
    fireEvent.change(at('#expected-by'), { target: { value: '07:30' } });
    await user.type(at('#expected-pattern'), 'ret*.zip');
    await user.click(screen.getByRole('checkbox', { name: 'Sat' }));
    await user.click(at('#save-monitor'));
    expect(await screen.findByText('Solent returns saved')).toBeInTheDocument();
    const clock = monitorOf(host.data, 'Solent returns').expected_files;
    expect(clock).toMatchObject({ min_count: 3, by: '07:30', file_pattern: 'ret*.zip', since: null, weekdays: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] });
    await expectAccessible();
    await user.click(screen.getByRole('switch', { name: 'Tell people when files do not come in time' }));
    await user.click(at('#save-monitor'));
    await waitFor(() => expect(monitorOf(host.data, 'Solent returns').expected_files).toBeNull());
  });
});
