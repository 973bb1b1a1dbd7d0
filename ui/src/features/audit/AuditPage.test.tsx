import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { emptyData, storyData } from '@/ipc/fake';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';

// Rows are drawn where they are seen, and nothing has a size here.
const rows = () => [...document.querySelectorAll<HTMLElement>('[data-audit-row]')];
const row = (sequence: number) => document.querySelector<HTMLElement>(`[data-audit-row="${sequence}"]`);
const panel = () => document.querySelector<HTMLElement>('[data-entry]');

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(1000);
});

async function choose(user: Awaited<ReturnType<typeof openPage>>['user'], id: string, option: string) {
  await user.click(at(`#${id}`));
  await user.click(await screen.findByRole('option', { name: option }));
}

describe('the record', () => {
  it('tells who did what to what, newest first, and asks for more as one goes on', async () => {
    const { host } = await openPage('/audit');
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    const [newest] = rows();
    expect(newest).toHaveTextContent('Unlocked');
    expect(newest).toHaveTextContent('Vault');
    expect(newest).toHaveTextContent('m.koch@fin-ws-07');
    expect(rows()[1]).toHaveTextContent('job.concurrency_limit');
    expect(rows()[1]).toHaveTextContent('5 → 8');
    expect(screen.getByRole('status')).toHaveTextContent('200 entries so far, newest first');
    await expectAccessible();
    const scroller = rows()[0]?.closest<HTMLElement>('[role=rowgroup]');
    if (!scroller) throw new Error('the list has no rows');
    scroller.scrollTop = 195 * 32;
    fireEvent.scroll(scroller);
    await waitFor(() => expect(screen.getByRole('status')).toHaveTextContent(`${host.data.audit.length} entries, newest first`));
  });

  it('is narrowed, and the address keeps it', async () => {
    const { user, search } = await openPage('/audit');
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    await choose(user, 'kind-filter', 'Connection');
    await waitFor(() => expect(rows()).toHaveLength(2));
    await choose(user, 'did-filter', 'Host key trusted');
    await waitFor(() => expect(rows()).toHaveLength(1));
    await choose(user, 'by-filter', 'm.koch@fin-ws-07');
    expect(await screen.findByText('No entry fits the filter.')).toBeInTheDocument();
    expect(search()).toMatchObject({ kind: 'connection', did: 'HostKeyTrusted', by: 'm.koch@fin-ws-07' });
    await user.click(screen.getByRole('button', { name: 'Show all entries' }));
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    expect(search()).toEqual({});
    await choose(user, 'span-filter', 'between days');
    expect(search()).toMatchObject({ span: 'dates' });
    expect(at('#from-filter')).not.toHaveValue('');
  });

  it('is about one thing by its whole name, also from the panel', async () => {
    const { user, search, host } = await openPage('/audit');
    const [job] = host.data.jobs;
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    await user.type(at('#filter'), 'planet');
    expect(await screen.findByText(/Nothing is or was called “planet”/)).toBeInTheDocument();
    expect(rows()).toHaveLength(0);
    await user.clear(at('#filter'));
    await user.type(at('#filter'), job?.name.toUpperCase() ?? '');
    await waitFor(() => expect(rows()).toHaveLength(2));
    await user.click(rows()[0] as HTMLElement);
    await waitFor(() => expect(panel()).toBeInTheDocument());
    await user.click(at('#only-this'));
    await waitFor(() => expect(search()).toMatchObject({ about: job?.id }));
    expect(document.querySelector('[data-narrowed=About]')).toHaveTextContent(job?.name ?? '-');
    await user.click(screen.getByRole('button', { name: 'Show entries about everything' }));
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
  });

  it('shows what was before and after, and the way to what it is about', async () => {
    const { host, user, search } = await openPage('/audit');
    const [job] = host.data.jobs;
    const entry = host.data.audit.findLast(({ operation, entity_type }) => operation === 'Updated' && entity_type === 'job');
    await waitFor(() => expect(row(entry?.sequence ?? 0)).toBeInTheDocument());
    await user.click(row(entry?.sequence ?? 0) as HTMLElement);
    await waitFor(() => expect(panel()).toBeInTheDocument());
    expect(search()).toEqual({ entry: entry?.sequence });
    const changes = [...document.querySelectorAll<HTMLElement>('[data-change]')];
    expect(changes.map((change) => change.dataset.change)).toEqual(['name', 'failure_policy.type', 'steps.Fetch files.configuration.remote_path']);
    expect(changes[1]).toHaveTextContent('Failure policy › type');
    expect(changes[1]).toHaveTextContent('beforestop');
    expect(changes[1]).toHaveTextContent('afterretry_step');
    expect(within(panel() as HTMLElement).getByRole('link', { name: job?.name })).toHaveAttribute('href', expect.stringContaining(`/jobs/${job?.id}`));
    expect(panel()).toHaveTextContent(entry?.entry_hash ?? '-');
    await expectAccessible();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(panel()).toBeNull());
  });

  it('cuts what is long, and shows it all when asked', async () => {
    const data = storyData();
    const last = data.audit.at(-1);
    if (last) last.details = { message: 'x'.repeat(2_000), ...Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`field_${index}`, index])) };
    const { user } = await openPage(`/audit?entry=${last?.sequence}`, { data });
    await waitFor(() => expect(panel()).toBeInTheDocument());
    expect(document.querySelectorAll('[data-fact]')).toHaveLength(40);
    await user.click(screen.getByRole('button', { name: 'Show all 61' }));
    expect(document.querySelectorAll('[data-fact]')).toHaveLength(61);
    expect(document.querySelector('[data-fact=message]')).toHaveTextContent(/x{600}…/);
    await user.click(screen.getByRole('button', { name: 'Show all 2,000 characters' }));
    expect(document.querySelector('[data-fact=message]')).toHaveTextContent(/x{2000}$/);
  });

  it('is empty, loading, or cannot be read', async () => {
    const empty = await openPage('/audit', { data: emptyData('unlocked') });
    expect(await screen.findByText('Nothing was done yet')).toBeInTheDocument();
    empty.unmount();
    const loading = await openPage('/audit', { hanging: ['auditList'] });
    expect(screen.getByText('Loading the record')).toBeInTheDocument();
    loading.unmount();
    const { host, user } = await openPage('/audit', { failing: { auditList: 'store_unavailable' } });
    expect(await screen.findByText('The record cannot be shown')).toBeInTheDocument();
    host.options.failing = {};
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
  });
});

describe('verifying the chain', () => {
  it('says that it is whole and what stands behind it', async () => {
    const { user, host } = await openPage('/audit');
    await user.click(await screen.findByRole('button', { name: 'Verify the chain' }));
    const dialog = await screen.findByRole('dialog');
    expect(await within(dialog).findByText('The chain is whole')).toBeInTheDocument();
    const entries = host.data.audit.length;
    expect(dialog).toHaveTextContent(`${entries} entries: all are as they were written, and none is missing.`);
    expect(dialog).toHaveTextContent(`1 signed checkpoint in the store fits, the last at entry ${entries}.`);
    await expectAccessible();
  });

  it('names the entry where it is broken, and leads to it', async () => {
    const data = storyData();
    data.looks.broken = 17;
    const { user, search } = await openPage('/audit', { data });
    await user.click(await screen.findByRole('button', { name: 'Verify the chain' }));
    const dialog = await screen.findByRole('dialog');
    expect(await within(dialog).findByText('The chain is broken at entry 17')).toBeInTheDocument();
    expect(dialog).toHaveTextContent('Its fields are not what was recorded.');
    expect(dialog).toHaveTextContent('16 entries before it are as they were written.');
    await user.click(within(dialog).getByRole('button', { name: 'Show entry 17' }));
    await waitFor(() => expect(panel()).toHaveAttribute('data-entry', '17'));
    expect(search()).toEqual({ until: 17, entry: 17 });
    expect(rows()[0]).toHaveAttribute('data-audit-row', '17');
  });

  it('tells how far it is and can be stopped and begun again', async () => {
    const data = storyData();
    data.looks.slow = true;
    const { user } = await openPage('/audit', { data });
    await user.click(await screen.findByRole('button', { name: 'Verify the chain' }));
    const dialog = await screen.findByRole('dialog');
    expect(await within(dialog).findByText(/of \d+ entries/)).toBeInTheDocument();
    expect(within(dialog).getByRole('progressbar')).toHaveAttribute('aria-valuenow', '50');
    await user.click(within(dialog).getByRole('button', { name: 'Stop' }));
    expect(await within(dialog).findByText('It was stopped')).toBeInTheDocument();
    data.looks.slow = false;
    await user.click(within(dialog).getByRole('button', { name: 'Start again' }));
    expect(await within(dialog).findByText('The chain is whole')).toBeInTheDocument();
  });

  it('stops with its dialog', async () => {
    const data = storyData();
    data.looks.slow = true;
    const { user, host } = await openPage('/audit', { data });
    const stop = vi.spyOn(host.commands, 'transfersStop');
    await user.click(await screen.findByRole('button', { name: 'Verify the chain' }));
    await within(await screen.findByRole('dialog')).findByText(/of \d+ entries/);
    await user.keyboard('{Escape}');
    await waitFor(() => expect(stop).toHaveBeenCalledOnce());
  });

  it('says why it could not be done', async () => {
    const { user } = await openPage('/audit', { failing: { auditVerify: 'store_unavailable' } });
    await user.click(await screen.findByRole('button', { name: 'Verify the chain' }));
    expect(await within(await screen.findByRole('dialog')).findByText('The data cannot be reached')).toBeInTheDocument();
  });
});

describe('exporting the record', () => {
  it('asks for a file and says what it has written', async () => {
    const { user, host } = await openPage('/audit?span=week');
    const asked = vi.spyOn(host.commands, 'auditExport');
    await user.click(await screen.findByRole('button', { name: 'Export' }));
    const dialog = await screen.findByRole('dialog');
    expect(dialog).toHaveTextContent('Anyone can compute its chain again');
    await user.click(within(dialog).getByRole('radio', { name: 'CSV' }));
    await expectAccessible();
    await user.click(within(dialog).getByRole('button', { name: 'Choose a file' }));
    expect(await screen.findByText(/^Record exported, /)).toBeInTheDocument();
    expect(asked.mock.calls[0]?.[0]).toMatchObject({ format: 'csv', until: null, path: host.data.looks.exported[0] });
    expect(asked.mock.calls[0]?.[0].since).toMatch(/^\d{4}-/);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('writes nothing when no file was chosen, and says why it could not write', async () => {
    const { user, host } = await openPage('/audit', { failing: { auditExport: 'disk_full' } });
    vi.spyOn(host.commands, 'localPick').mockResolvedValueOnce(null);
    await user.click(await screen.findByRole('button', { name: 'Export' }));
    const dialog = await screen.findByRole('dialog');
    await user.click(within(dialog).getByRole('button', { name: 'Choose a file' }));
    await waitFor(() => expect(within(dialog).getByRole('button', { name: 'Choose a file' })).toBeEnabled());
    expect(host.data.looks.exported).toEqual([]);
    await user.click(within(dialog).getByRole('button', { name: 'Choose a file' }));
    expect(await within(dialog).findByText('The disk is full')).toBeInTheDocument();
  });

  it('can be stopped', async () => {
    const data = storyData();
    data.looks.slow = true;
    const { user } = await openPage('/audit', { data });
    await user.click(await screen.findByRole('button', { name: 'Export' }));
    const dialog = await screen.findByRole('dialog');
    await user.click(within(dialog).getByRole('button', { name: 'Choose a file' }));
    await user.click(await within(dialog).findByRole('button', { name: 'Stop' }));
    expect(await within(dialog).findByText('It was stopped; no file is left.')).toBeInTheDocument();
    expect(data.looks.exported).toEqual([]);
  });
});
