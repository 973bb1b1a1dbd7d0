import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test, vi } from 'vitest';
import type { AppError, FileEvent, Passport } from '@/ipc';
import { appError, emptyData, storyData, type Data } from '@/ipc/fake';
import { at } from '@/test/at';
import { expectAccessible, openPage, type Opened } from '@/test/open';
import { wordsOf } from './words';

const rows = () => [...document.querySelectorAll<HTMLElement>('[data-file-row]')];
const row = (name: RegExp) => rows().find((one) => name.test(one.dataset.fileRow ?? ''));
const fates = () => [...document.querySelectorAll<HTMLElement>('[data-event]')].map((event) => event.dataset.event);
const search = () => screen.getByRole('searchbox', { name: 'Name, path or SHA-256' });
const hash = (digit: string) => digit.repeat(64);

/** Opens the page on what fits `q`, and the passport of the first file with such a name. */
async function passportOf(q: string, name: RegExp, data: Data = storyData()): Promise<Opened> {
  const opened = await openPage(`/files?q=${q}`, { data });
  await waitFor(() => expect(row(name)).toBeInTheDocument());
  await opened.user.click(row(name) as HTMLElement);
  await waitFor(() => expect(at('[data-passport]')).toBeVisible());
  return opened;
}

describe('the list of files', () => {
  test('shows the newest, and only those that are seen', async () => {
    await openPage('/files');
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    expect(rows().length).toBeLessThan(100);
    expect(screen.getByText('The newest 200 files; search for others')).toBeVisible();
    expect(rows()[0]?.textContent).toMatch(/[0-9a-f]{4}…[0-9a-f]{4}/);
    await expectAccessible();
  });

  test('is searched, and keeps what was searched in the address', async () => {
    const { user, search: address } = await openPage('/files');
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    await user.keyboard('/');
    expect(search()).toHaveFocus();
    await user.keyboard('aldgate-statements');
    await waitFor(() => expect(address()).toEqual({ q: 'aldgate-statements' }));
    await waitFor(() => expect(rows().every((one) => one.dataset.fileRow?.startsWith('ALDGATE-STATEMENTS'))).toBe(true));
    await user.clear(search());
    await waitFor(() => expect(address()).toEqual({}));
    await waitFor(() => expect(row(/^VANTAGE/)).toBeInTheDocument());
  });

  test('is opened with what the address says, also in digits', async () => {
    await openPage('/files?q=20261');
    await waitFor(() => expect(search()).toHaveValue('20261'));
  });

  test('follows an address that is changed from elsewhere', async () => {
    const { user } = await openPage('/files?q=statements');
    await waitFor(() => expect(row(/STATEMENTS/)).toBeInTheDocument());
    await user.keyboard('{Control>}k{/Control}');
    await user.keyboard('go to files{Enter}');
    await waitFor(() => expect(search()).toHaveValue(''));
    await waitFor(() => expect(row(/^VANTAGE/)).toBeInTheDocument());
  });

  test('finds a file by its SHA-256', async () => {
    const data = storyData();
    const { host, user } = await openPage('/files', { data });
    const [, file] = await host.commands.filesSearch('meridian', null);
    if (!file) throw new Error('the story has no such file');
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    await user.click(search());
    await user.paste(file.sha256);
    await waitFor(() => expect(rows().map((one) => one.dataset.fileRow)).toEqual([file.name]));
    expect(screen.getByText('1 file found, newest first')).toBeVisible();
  });

  test('copies a SHA-256 without opening the file', async () => {
    const { user, search: address } = await openPage('/files');
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    const sum = rows()[0]?.querySelector<HTMLElement>('[data-sha256]') as HTMLElement;
    await user.click(sum);
    expect(await screen.findByText('SHA-256 copied')).toBeInTheDocument();
    expect(await navigator.clipboard.readText()).toBe(sum.dataset.sha256);
    expect(address()).toEqual({});
  });

  test('is walked and opened with the keyboard, and Escape closes the passport', async () => {
    const { user, search: address } = await openPage('/files');
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    screen.getByRole('grid', { name: 'Files' }).focus();
    await user.keyboard('{ArrowDown}{ArrowDown}{Enter}');
    const second = rows()[1]?.querySelector<HTMLElement>('[data-sha256]')?.dataset.sha256;
    await waitFor(() => expect(at('[data-passport]').dataset.passport).toBe(second));
    expect(address()).toEqual({ file: second });
    await user.keyboard('{ArrowUp}');
    await waitFor(() => expect(at('[data-passport]').dataset.passport).not.toBe(second));
    await user.keyboard('{Escape}');
    await waitFor(() => expect(document.querySelector('[data-passport]')).toBeNull());
    expect(address()).toEqual({});
  });

  test('says that nothing is like that, and shows the newest again', async () => {
    const { user, search: address } = await openPage('/files?q=nowhere');
    await waitFor(() => expect(at('[data-nothing-found]').textContent).toContain('“nowhere”'));
    await expectAccessible();
    await user.click(screen.getByRole('button', { name: 'Show the newest files' }));
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    expect(address()).toEqual({});
  });

  test('says what appears here when nothing was handled yet', async () => {
    const { user, path } = await openPage('/files', { data: emptyData('unlocked') });
    expect(await screen.findByText('No file was handled yet')).toBeVisible();
    await expectAccessible();
    await user.click(at('#go-jobs'));
    expect(path()).toBe('/jobs');
  });

  test('holds its place while it is read, and can be asked for again', async () => {
    const waiting = await openPage('/files', { hanging: ['filesSearch'] });
    await waitFor(() => expect(at('[data-skeleton]')).toBeVisible());
    waiting.unmount();
    const { user, host } = await openPage('/files', { failing: { filesSearch: 'store_unavailable' } });
    expect(await screen.findByText('The files cannot be shown')).toBeVisible();
    host.options.failing = {};
    await user.click(at('#retry'));
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
  });
});

describe('a passport', () => {
  test('tells the life of a file in order, with its runs and proofs', async () => {
    await passportOf('MERIDIAN-INVOICES', /\.csv$/);
    expect(fates()).toEqual(['fetched', 'made', 'made', 'moved']);
    const life = within(screen.getByRole('list', { name: 'Life of the file' }));
    for (const words of ['Fetched from Meridian Freight', 'Decrypted', 'Unpacked', 'Moved']) expect(life.getByText(words)).toBeVisible();
    expect(life.getByText('Size, SHA-256')).toBeVisible();
    expect(life.getAllByRole('link', { name: 'Meridian invoices' })[0]?.getAttribute('href')).toMatch(/^\/executions\/.+/);
    expect(at('[data-event=moved] time').title).toMatch(/\d{4}/);
    expect(at('[data-event=moved] .mono').title).toMatch(/^\/srv\/courier\/runs\/.+\.csv$/);
    await expectAccessible();
  });

  test('leads to what the file was made of, and keeps the search', async () => {
    const { user, search: address } = await passportOf('MERIDIAN-INVOICES', /\.csv$/);
    const own = at('[data-passport]').dataset.passport;
    const relative = at('[data-event=fetched] [data-relative]');
    await user.click(relative);
    await waitFor(() => expect(at('[data-passport]').dataset.passport).toBe(relative.dataset.relative));
    expect(address()).toEqual({ q: 'MERIDIAN-INVOICES', file: relative.dataset.relative });
    // Its own bytes are no relative; what was made of it is.
    expect(document.querySelector('[data-event=fetched] [data-relative]')).toBeNull();
    expect([...document.querySelectorAll<HTMLElement>('[data-relative]')].map((link) => link.dataset.relative)).toContain(own);
  });

  test('is shown anew when a run has ended', async () => {
    const data = storyData();
    const { host } = await passportOf('VANTAGE-TIMESHEETS', /\.csv$/, data);
    const sha256 = at('[data-passport]').dataset.passport ?? '';
    const place = { connection_id: null, connection_name: null, path: '/data/sheet.csv', size: 1, sha256 };
    data.passages.push({ at: new Date().toISOString(), fate: 'removed', operation: 'file.delete', source: place, result: null, run: null, performed_by: 'system', proof: null });
    host.emit({ entity_type: 'job_execution', entity_id: 'x' });
    await waitFor(() => expect(fates()).toEqual(['fetched', 'removed']));
    expect(screen.getByText('Removed by Delete')).toBeVisible();
    expect(screen.getByText('sheet.csv', { selector: 'h2' })).toBeVisible();
    expect(screen.getByText('Also called')).toBeVisible();
  });

  test('says that nobody ever handled such a file, and can be asked for again', async () => {
    const missing = await openPage(`/files?file=${hash('a')}`);
    expect(await screen.findByText('This file\'s life cannot be shown')).toBeVisible();
    missing.unmount();
    const { user, host } = await openPage('/files', { failing: { filesPassport: 'store_unavailable' } });
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    await user.click(rows()[0] as HTMLElement);
    await screen.findByText('This file\'s life cannot be shown');
    host.options.failing = {};
    await user.click(at('#retry'));
    await waitFor(() => expect(at('[data-passport]')).toBeVisible());
  });

  test('holds its place while it is read', async () => {
    const { user } = await openPage('/files', { hanging: ['filesPassport'] });
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    await user.click(rows()[0] as HTMLElement);
    expect(await screen.findByText('Loading the life of the file')).toBeInTheDocument();
  });

  test('of a long life is drawn in parts, and says when there is more than is shown', async () => {
    const { host, user } = await openPage('/files');
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    const path = `/data/${'very-long-folder/'.repeat(30)}${'n'.repeat(200)}.csv`;
    const place = { connection_id: null, connection_name: null, path, size: null, sha256: hash('b') };
    const event = (index: number): FileEvent => ({
      at: new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString(), fate: 'checked', operation: 'file.checksum', source: place, result: place, run: null, performed_by: 'system', proof: null,
    });
    const long: Passport = { sha256: hash('b'), size: null, names: ['n'.repeat(200)], events: Array.from({ length: 230 }, (_, index) => event(index)), truncated: true };
    vi.spyOn(host.commands, 'filesPassport').mockResolvedValue(long);
    await user.click(rows()[0] as HTMLElement);
    await waitFor(() => expect(fates()).toHaveLength(100));
    expect(screen.getByText('Not everything is shown')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Show 100 more of 130' }));
    await user.click(screen.getByRole('button', { name: 'Show 30 more of 30' }));
    expect(fates()).toHaveLength(230);
    expect(document.querySelector('#more-events')).toBeNull();
  });
});

describe('sending a delivery again', () => {
  const state = () => document.querySelector<HTMLElement>('[data-send-again-state]')?.dataset.sendAgainState;
  const ask = async ({ user }: Opened) => {
    await user.click(screen.getByRole('button', { name: 'Send again' }));
    return screen.findByRole('dialog', { name: /^Send .* again\?$/ });
  };
  /** A delivery whose transfer goes on until it is stopped. */
  const slowStory = () => {
    const data = storyData();
    const job = data.jobs.find(({ name }) => name === 'Aldgate payments');
    const run = data.executions.findLast((one) => one.job_id === job?.id && one.state === 'completed');
    if (!job || !run) throw new Error('the story has no such run');
    const step = job.steps.find(({ type_key }) => type_key === 'sftp.upload');
    data.receipts.set(run.id, [
      {
        id: 'slow', job_execution_id: run.id, step_execution_id: run.id, connection_id: String(step?.configuration.connection_id), direction: 'upload', remote_path: '/in/slow.csv.pgp',
        local_path: '/srv/slow.csv.pgp', size: 1_024_000, sha256: hash('c'), started_at: run.created_at, completed_at: run.created_at, resumed_bytes: 0, verified_by: 'size', server_identity: 'SHA256:x',
        source_modified_at: null,
      },
    ]);
    return { data, run };
  };

  test('asks, sends, and adds to the life', async () => {
    const opened = await passportOf('ALDGATE-PAYMENTS', /\.csv\.pgp$/);
    const { user, host } = opened;
    const sent = vi.spyOn(host.commands, 'filesSendAgain');
    expect(fates()).toEqual(['made', 'sent']);
    const dialog = await ask(opened);
    expect(dialog).toHaveTextContent(/ToAldgate payments.*As\/in\/ALDGATE-PAYMENTS/);
    await expectAccessible();
    await user.click(within(dialog).getByRole('button', { name: 'Cancel' }));
    expect(sent).not.toHaveBeenCalled();

    await ask(opened);
    await user.click(at('#send-again-start'));
    expect(await screen.findByText(/was sent again$/)).toBeInTheDocument();
    await waitFor(() => expect(fates()).toEqual(['made', 'sent', 'sent']));
    expect(screen.getByText('Sent again to Aldgate payments by m.koch@fin-ws-07')).toBeVisible();
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  test('replaces what is there by then only when asked to', async () => {
    const opened = await passportOf('ALDGATE-PAYMENTS', /\.csv\.pgp$/);
    const { user, host } = opened;
    const sent = vi.spyOn(host.commands, 'filesSendAgain').mockRejectedValueOnce(appError('already_exists', '/in/x is there already.'));
    await ask(opened);
    await user.click(at('#send-again-start'));
    expect(await screen.findByText('Something is there already under this name')).toBeVisible();
    await expectAccessible();
    await user.click(at('#send-again-replace'));
    await waitFor(() => expect(fates()).toEqual(['made', 'sent', 'sent']));
    expect(sent.mock.calls.map(([, replace]) => replace)).toEqual([false, true]);
  });

  test('shows how far it is, goes on without its dialog, and is stopped', async () => {
    const opened = await passportOf('slow', /^slow\.csv\.pgp$/, slowStory().data);
    const { user } = opened;
    await ask(opened);
    await user.click(at('#send-again-start'));
    await waitFor(() => expect(state()).toBe('running'));
    expect(at('#send-again-dialog').textContent).toContain('512 KB of 1.02 MB');
    await user.click(screen.getByRole('button', { name: 'Go on in the background' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await user.click(screen.getByRole('button', { name: 'Sending' }));
    await waitFor(() => expect(state()).toBe('running'));
    await user.click(at('#send-again-stop'));
    await waitFor(() => expect(state()).toBe('stopped'));
    expect(fates()).toEqual(['made', 'sent']);
    await user.click(screen.getByRole('button', { name: 'Send again' }));
    await waitFor(() => expect(state()).toBe('running'));
  });

  test('tells in the background that something is there, and replaces it from the news', async () => {
    const opened = await passportOf('ALDGATE-PAYMENTS', /\.csv\.pgp$/);
    const { user, host } = opened;
    let fail: (error: AppError) => void = () => undefined;
    const sent = vi.spyOn(host.commands, 'filesSendAgain').mockImplementationOnce(() => new Promise((_, reject) => { fail = reject; }));
    await ask(opened);
    await user.click(at('#send-again-start'));
    await user.click(await screen.findByRole('button', { name: 'Go on in the background' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    fail(appError('already_exists', '/in/x is there already.'));
    expect(await screen.findByText(/was not sent again$/)).toBeInTheDocument();
    fireEvent.click(screen.getByRole('button', { name: 'Replace' }));
    await waitFor(() => expect(fates()).toEqual(['made', 'sent', 'sent']));
    expect(sent.mock.calls.map(([, replace]) => replace)).toEqual([false, true]);
  });

  test('says why it failed, and tries again', async () => {
    const opened = await passportOf('ALDGATE-PAYMENTS', /\.csv\.pgp$/);
    const { user, host } = opened;
    host.options.failing = { filesSendAgain: 'file_not_found' };
    const dialog = await ask(opened);
    await user.click(at('#send-again-start'));
    expect(await within(dialog).findByRole('alert')).toBeVisible();
    host.options.failing = {};
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(fates()).toEqual(['made', 'sent', 'sent']));
  });

  test('begins at a receipt of a run too, from which the whole life is one step away', async () => {
    const { data, run } = slowStory();
    const { user, path, search: address } = await openPage(`/executions/${run.id}`, { data });
    await waitFor(() => expect(at('[data-receipt="slow.csv.pgp"]')).toBeInTheDocument());
    await user.click(screen.getByRole('button', { name: 'Send slow.csv.pgp again' }));
    await waitFor(() => expect(at('#send-again-dialog').textContent).toContain('ToAldgate payments'));
    await user.click(at('#send-again-start'));
    await waitFor(() => expect(state()).toBe('running'));
    await user.click(at('#send-again-stop'));
    await waitFor(() => expect(state()).toBe('stopped'));
    await user.click(screen.getByText('Close', { selector: 'button' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await user.click(screen.getByRole('button', { name: 'Whole life of slow.csv.pgp' }));
    await waitFor(() => expect(path()).toBe('/files'));
    expect(address()).toEqual({ file: hash('c') });
    await waitFor(() => expect(at('[data-passport]').dataset.passport).toBe(hash('c')));
  });

  test('is not offered for what was fetched', async () => {
    await passportOf('VANTAGE-TIMESHEETS', /\.csv$/);
    expect(screen.queryByRole('button', { name: 'Send again' })).toBeNull();
  });
});

describe('what happened, in words', () => {
  const here = { connection_id: null, connection_name: null, path: '/a', size: 1, sha256: hash('1') };
  const there = { ...here, connection_id: 'c', connection_name: 'Partner' };
  const run = { execution_id: 'e', job_id: 'j', job_name: 'Job', chain_name: null };
  const words = (fate: FileEvent['fate'], operation: string, change: Partial<FileEvent> = {}, label?: string) =>
    wordsOf({ at: '', fate, operation, source: here, result: here, run, performed_by: null, proof: null, ...change }, label);

  test.each([
    [words('fetched', 'download', { source: there }), 'Fetched from Partner'],
    [words('fetched', 'hand.fetch', { source: there, run: null, performed_by: 'anna@host' }), 'Fetched from Partner by anna@host'],
    [words('sent', 'hand.send', { result: there, run: null, performed_by: 'anna@host' }), 'Sent to Partner by anna@host'],
    [words('sent', 'hand.send_again', { result: there, run: null, performed_by: 'anna@host' }), 'Sent again to Partner by anna@host'],
    [words('made', 'file.zip'), 'Packed'],
    [words('made', 'new.step', {}, 'New step'), 'Made by New step'],
    [words('made', 'gone.step'), 'Made'],
    [words('moved', 'file.move'), 'Moved'],
    [words('moved', 'sftp.rename', { source: there, result: there }), 'Renamed on Partner'],
    [words('checked', 'pgp.verify'), 'Signature checked'],
    [words('removed', 'sftp.delete', { source: there, result: null }, 'SFTP delete'), 'Removed from Partner by SFTP delete'],
  ])('%s', (said, expected) => expect(said).toBe(expected));
});
