import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { useSeenNotices } from '@/app/seen';
import { emptyData, storyData, type Data } from '@/ipc/fake';
import { at } from '@/test/at';
import { expectAccessible, openPage, type Opened } from '@/test/open';

const rows = () => [...document.querySelectorAll<HTMLElement>('[data-delivery-row]')];
const idOf = (data: Data, name: string) => data.outbox.rules.find(({ rule }) => rule.name === name)?.rule.id ?? '';
const dead = (data: Data) => data.outbox.deliveries.filter(({ state }) => state === 'dead');

async function choose({ user }: Opened, filter: string, option: string): Promise<void> {
  await user.click(at(filter));
  await user.click(await screen.findByRole('option', { name: option }));
}

describe('the log of notices', () => {
  it('says what was told to whom, about what, and what became of it', async () => {
    const { path, user, host } = await openPage('/settings/notifications?tab=log');
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    const [waiting, shown, again, counted] = rows();
    expect(waiting).toHaveTextContent('Waiting');
    expect(shown).toHaveTextContent('Sent');
    expect(again).toHaveTextContent('Trying again');
    expect(again).toHaveTextContent('Greylisting in action');
    expect(again).toHaveTextContent('ops@halden-rowe.example');
    expect(counted).toHaveTextContent('Counted');
    await expectAccessible();
    const run = host.data.executions.findLast(({ state }) => state === 'failed');
    await user.click(within(waiting as HTMLElement).getByRole('link', { name: /claims|prices|contracts/i }));
    await waitFor(() => expect(path()).toBe(`/jobs/${run?.job_id}`));
  });

  it('is filtered in the address by state and rule', async () => {
    const opened = await openPage('/settings/notifications?tab=log');
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    await choose(opened, '#delivery-state', 'given up');
    await waitFor(() => expect(rows()).toHaveLength(2));
    expect(opened.search()).toEqual({ tab: 'log', state: 'dead' });
    await choose(opened, '#delivery-rule', 'Ledger bus');
    expect(await screen.findByText('No notice fits the filter.')).toBeInTheDocument();
    await opened.user.click(screen.getByRole('button', { name: 'Show all notices' }));
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    expect(opened.search()).toEqual({ tab: 'log' });
  });

  it('asks for the next page at the end of the first', async () => {
    await openPage('/settings/notifications?tab=log');
    expect(await screen.findByText('100 notices so far, newest first')).toBeInTheDocument();
    const list = at('[role=grid] .overflow-y-auto');
    list.scrollTop = 100 * 32;
    fireEvent.scroll(list);
    expect(await screen.findByText('138 notices, newest first')).toBeInTheDocument();
  });

  it('names the rule and channel also of a rule that was deleted', async () => {
    const data = storyData();
    const rule = data.outbox.rules.find(({ rule: { name } }) => name === 'Tickets');
    Object.assign(rule?.rule ?? {}, { is_deleted: true });
    await openPage(`/settings/notifications?tab=log&state=dead&rule=${idOf(data, 'Tickets')}`, { data });
    await waitFor(() => expect(rows()).toHaveLength(2));
    await waitFor(() => expect(rows()[0]).toHaveTextContent('https://tickets.halden-rowe.example'));
    expect(at('#delivery-rule')).toHaveTextContent('a deleted rule');
  });

  it('holds its place, can be asked for again, and says what comes here', async () => {
    const waiting = await openPage('/settings/notifications?tab=log', { hanging: ['deliveriesList'] });
    expect(await screen.findByText('Loading the notices')).toBeInTheDocument();
    waiting.unmount();
    const failed = await openPage('/settings/notifications?tab=log', { failing: { deliveriesList: 'store_unavailable' } });
    expect(await screen.findByText('The notices cannot be shown')).toBeInTheDocument();
    failed.host.options.failing = {};
    await failed.user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    failed.unmount();
    await openPage('/settings/notifications?tab=log', { data: emptyData('unlocked') });
    expect(await screen.findByText('Nothing was told yet')).toBeInTheDocument();
    await expectAccessible();
  });
});

describe('the outbox', () => {
  it('shows what was given up with its event, and sends it again', async () => {
    const { user, host } = await openPage('/settings/notifications?tab=outbox');
    await waitFor(() => expect(rows()).toHaveLength(2));
    const [first] = rows();
    expect(first).toHaveTextContent('answered 410 Gone');
    await user.click(first as HTMLElement);
    const panel = await screen.findByRole('complementary', { name: 'Job failed' });
    expect(await within(panel).findByLabelText('Data of the event')).toHaveTextContent(/"error_code": "\w+"/);
    const delivery = dead(host.data).at(-1);
    const event = host.data.outbox.events.find(({ event: { id } }) => id === delivery?.event_id)?.event;
    expect(within(panel).getByRole('link', { name: 'Run' })).toHaveAttribute('href', `/executions/${event?.entity_id}`);
    await expectAccessible();
    await user.click(within(panel).getByRole('button', { name: 'Send again' }));
    expect(await screen.findByText('1 notice on the way again')).toBeInTheDocument();
    await waitFor(() => expect(rows()).toHaveLength(1));
    expect(delivery?.state).toBe('pending');
    expect(dead(host.data)).toHaveLength(1);
  });

  it('sends one again from its line', async () => {
    const { user, host } = await openPage('/settings/notifications?tab=outbox');
    await waitFor(() => expect(rows()).toHaveLength(2));
    await user.click(within(rows()[1] as HTMLElement).getByRole('button', { name: /^Send again: Job failed/ }));
    await waitFor(() => expect(dead(host.data)).toHaveLength(1));
  });

  it('sends all again after a question', async () => {
    const { user, host } = await openPage('/settings/notifications?tab=outbox');
    await waitFor(() => expect(rows()).toHaveLength(2));
    await user.click(at('#replay-all'));
    const question = await screen.findByRole('alertdialog', { name: 'Send 2 notices again?' });
    expect(question).toHaveTextContent('of the rule Tickets');
    expect(dead(host.data)).toHaveLength(2);
    await user.click(within(question).getByRole('button', { name: 'Send all again' }));
    expect(await screen.findByText('2 notices on the way again')).toBeInTheDocument();
    expect(await screen.findByText('Nothing was given up')).toBeInTheDocument();
    expect(dead(host.data)).toHaveLength(0);
  });

  it('keeps the question open when sending again is refused', async () => {
    const { user, host } = await openPage('/settings/notifications?tab=outbox', { failing: { eventsReplay: 'store_unavailable' } });
    await waitFor(() => expect(rows()).toHaveLength(2));
    await user.click(at('#replay-all'));
    const question = await screen.findByRole('alertdialog');
    await user.click(within(question).getByRole('button', { name: 'Send all again' }));
    expect(await within(question).findByText(/The data file cannot be opened\./)).toBeInTheDocument();
    expect(dead(host.data)).toHaveLength(2);
  });

  it('shows what is on the way with its next try', async () => {
    const { user, search } = await openPage('/settings/notifications?tab=outbox');
    await user.click(await screen.findByRole('radio', { name: /^On the way/ }));
    await waitFor(() => expect(rows()).toHaveLength(2));
    expect(search()).toEqual({ tab: 'outbox', state: 'pending' });
    expect(screen.getByRole('columnheader', { name: 'Next try' })).toBeInTheDocument();
    expect(rows()[1]).toHaveTextContent('Trying again');
    expect(document.querySelector('#replay-all')).toBeNull();
  });

  it('says when the event is no longer kept, and when it cannot be read', async () => {
    const data = storyData();
    const { user, host } = await openPage('/settings/notifications?tab=outbox', { data, failing: { eventsList: 'store_unavailable' } });
    await waitFor(() => expect(rows()).toHaveLength(2));
    await user.click(rows()[0] as HTMLElement);
    expect(await screen.findByText(/It could not be loaded\./)).toBeInTheDocument();
    host.options.failing = {};
    host.commands.eventsList = async () => ({ items: [], next: null });
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('It is no longer kept.')).toBeInTheDocument();
  });
});

describe('the bell', () => {
  const bell = () => at('#bell');

  it('counts what nobody has seen: what came to the desktop, and what did not arrive', async () => {
    const { user, path } = await openPage('/jobs');
    await waitFor(() => expect(bell().dataset.unread).toBe('4'));
    expect(bell()).toHaveAccessibleName('Notifications: 4 new ones, 2 of them not delivered');
    await user.click(bell());
    await waitFor(() => expect(path()).toBe('/settings/notifications'));
    await waitFor(() => expect(bell().dataset.unread).toBe('0'));
    expect(bell()).toHaveAccessibleName('Notifications');
  });

  /** A notice that is given up now. */
  const fail = ({ host }: Opened) => {
    const delivery = host.data.outbox.deliveries.find(({ state }) => state === 'pending');
    Object.assign(delivery ?? {}, { state: 'dead', updated_at: new Date(useSeenNotices.getState().until + 1).toISOString() });
    host.emit({ entity_type: 'notification_rule', entity_id: delivery?.rule_id ?? '' });
  };

  it('rings again for what comes later', async () => {
    const opened = await openPage('/settings/notifications?tab=log');
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    await waitFor(() => expect(bell().dataset.unread).toBe('0'));
    await opened.user.click(screen.getByRole('tab', { name: 'Rules' }));
    await screen.findByRole('grid', { name: 'Notification rules' });
    fail(opened);
    await waitFor(() => expect(bell().dataset.unread).toBe('1'));
    await opened.user.click(screen.getByRole('tab', { name: 'Log' }));
    await waitFor(() => expect(bell().dataset.unread).toBe('0'));
  });

  it('is quiet about what comes while the log is open', async () => {
    const opened = await openPage('/settings/notifications?tab=log&state=dead');
    await waitFor(() => expect(rows()).toHaveLength(2));
    fail(opened);
    await waitFor(() => expect(rows()).toHaveLength(3));
    await waitFor(() => expect(bell().dataset.unread).toBe('0'));
  });
});
