import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { emptyData } from '@/ipc/fake';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';
import { dateWords, daysWords } from './words';

const row = (name: string) => document.querySelector<HTMLElement>(`[data-calendar="${name}"]`);
const HOLIDAYS = 'Czech holidays';

describe('calendars in the settings', () => {
  it('say what each skips and who rests by it, and keep what is used', async () => {
    await openPage('/settings');
    await waitFor(() => expect(row(HOLIDAYS)).toBeInTheDocument());
    expect(row(HOLIDAYS)).toHaveTextContent('Sat and Sun, 4 dates');
    expect(row(HOLIDAYS)).toHaveTextContent('Used by Ostrava delivery notes');
    expect(within(row(HOLIDAYS) as HTMLElement).getByRole('button', { name: /cannot be deleted/ })).toBeDisabled();
    expect(row('Bank of England')).toHaveTextContent('Not used yet');
    await expectAccessible();
  });

  it('are made with weekdays and dates, one by one and out of a file', async () => {
    const { user, host } = await openPage('/settings', { data: emptyData('unlocked') });
    await user.click(await screen.findByRole('button', { name: 'New calendar' }));
    const dialog = await screen.findByRole('dialog');
    await user.type(at('#calendar-name'), 'Berlin');
    await user.click(within(dialog).getByRole('checkbox', { name: 'Sun' }));
    fireEvent.change(at('#calendar-date'), { target: { value: '2026-12-25' } });
    await user.type(at('#calendar-word'), 'Christmas');
    await user.click(within(dialog).getByRole('checkbox', { name: 'Every year' }));
    await user.click(at('#add-date'));
    const file = new File(['2027-03-26,Good Friday\n12-25\n'], 'berlin.csv', { type: 'text/csv' });
    await user.upload(at('#calendar-file'), file);
    expect(await screen.findByText('2 dates from berlin.csv')).toBeInTheDocument();
    const dates = within(dialog).getByRole('list', { name: 'Dates' });
    expect(within(dates).getAllByRole('listitem').map((item) => item.dataset.date)).toEqual(['12-25', '2027-03-26']);
    expect(dates).toHaveTextContent('Christmas');
    await expectAccessible();
    await user.click(at('#save-calendar'));
    await waitFor(() => expect(row('Berlin')).toHaveTextContent('Sun, 2 dates'));
    expect(host.data.calendars[0]).toMatchObject({ name: 'Berlin', weekdays: ['sunday'], dates: [{ date: '12-25', name: 'Christmas' }, { date: '2027-03-26', name: 'Good Friday' }] });
  });

  it('say what is wrong, in the form and in a file', async () => {
    const { user } = await openPage('/settings');
    await waitFor(() => expect(row(HOLIDAYS)).toBeInTheDocument());
    await user.click(screen.getByRole('button', { name: `Edit ${HOLIDAYS}` }));
    const dialog = await screen.findByRole('dialog');
    for (const day of ['Mon', 'Tue', 'Wed', 'Thu', 'Fri']) await user.click(within(dialog).getByRole('checkbox', { name: day }));
    expect(await within(dialog).findByText(/leaves no day/)).toBeInTheDocument();
    await user.upload(at('#calendar-file'), new File(['soon\n'], 'x.txt', { type: 'text/plain' }));
    expect(await within(dialog).findByText(/line 1: `soon` is not a date/)).toBeInTheDocument();
    await user.clear(at('#calendar-name'));
    await user.click(at('#save-calendar'));
    expect(await within(dialog).findByText('Enter a name.')).toBeInTheDocument();
  });

  it('are deleted when nothing uses them, and come back', async () => {
    const { user } = await openPage('/settings');
    await waitFor(() => expect(row('Bank of England')).toBeInTheDocument());
    await user.click(screen.getByRole('button', { name: 'Delete Bank of England' }));
    await waitFor(() => expect(row('Bank of England')).toBeNull());
    await user.click(await screen.findByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(row('Bank of England')).toBeInTheDocument());
  });

  it('can be asked for again when they cannot be read', async () => {
    const { user, host } = await openPage('/settings', { failing: { calendarsList: 'store_unavailable' } });
    expect(await screen.findByText('The calendars cannot be shown')).toBeInTheDocument();
    host.options.failing = {};
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(row(HOLIDAYS)).toBeInTheDocument());
  });
});

describe('a schedule with a calendar', () => {
  it('shows only times on kept days, and is saved with it', async () => {
    const { host } = await openPage('/settings');
    await waitFor(() => expect(row(HOLIDAYS)).toBeInTheDocument());
    const job = host.data.jobs.find(({ name }) => name === 'Ledger archive');
    const holidays = host.data.calendars.find(({ name }) => name === HOLIDAYS);
    const saved = await host.commands.schedulesAdd({ type: 'job', id: job?.id ?? '' }, { schedule_type: 'cron', cron_expression: '0 0 6 * * ?', time_zone: 'UTC', calendar_id: holidays?.id ?? null });
    expect(saved.calendar_name).toBe(HOLIDAYS);
    expect([0, 6]).not.toContain(new Date(saved.next_fire_at ?? '').getUTCDay());
    await waitFor(() => expect(row(HOLIDAYS)).toHaveTextContent('Ledger archive'));
    await expect(host.commands.schedulesAdd({ type: 'job', id: job?.id ?? '' }, { schedule_type: 'cron', cron_expression: '0 0 6 ? * SUN', time_zone: 'UTC', calendar_id: holidays?.id ?? null })).rejects.toMatchObject({ problems: [{ path: 'calendar_id' }] });
  });
});

describe('words', () => {
  it('name a date of one year and of every year', () => {
    expect(dateWords({ date: '12-25' })).toMatch(/25/);
    expect(dateWords({ date: '02-29' })).toMatch(/29/);
    expect(dateWords({ date: '2027-03-26' })).toMatch(/2027/);
  });

  it('sum up what a calendar skips', () => {
    expect(daysWords({ weekdays: ['friday', 'saturday', 'sunday'], dates: [{ date: '12-25' }] })).toBe('Fri, Sat and Sun, 1 date');
    expect(daysWords({ weekdays: [], dates: [] })).toBe('Nothing yet');
  });
});
