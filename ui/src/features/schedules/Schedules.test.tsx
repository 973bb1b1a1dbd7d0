import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { storyData, type Data, type FakeOptions } from '@/ipc/fake';
import { toSchedule } from '@/ipc/fake/schedules';
import { at } from '@/test/at';
import { expectAccessible, openPage, type Opened } from '@/test/open';

const line = (words: string) => document.querySelector<HTMLElement>(`[data-schedule="${words}"]`);
const MORNING = 'At 07:30, Monday to Friday';

/** Opens what starts a job, from the menu of its row. */
async function startsOf(name: string, options: FakeOptions = {}): Promise<Opened> {
  const opened = await openPage('/jobs', options);
  await opened.user.click(await screen.findByRole('button', { name: `More for ${name}` }));
  await opened.user.click(await screen.findByRole('menuitem', { name: 'Schedules' }));
  await screen.findByRole('dialog', { name });
  return opened;
}

async function choose({ user }: Opened, label: RegExp | string, option: string): Promise<void> {
  await user.click(screen.getByRole('combobox', { name: label }));
  await user.click(await screen.findByRole('option', { name: option }));
}

const ofJob = (data: Data, name: string) => data.schedules.filter((schedule) => schedule.job_id === data.jobs.find((job) => job.name === name)?.id);

describe('the schedules of a job', () => {
  it('are said in words, with the next times and what happens otherwise', async () => {
    await startsOf('Meridian invoices');
    await waitFor(() => expect(line(MORNING)).toBeInTheDocument());
    const shown = line(MORNING) as HTMLElement;
    await waitFor(() => expect(within(shown).getByRole('list', { name: 'Next times' }).querySelectorAll('time')).toHaveLength(5));
    expect(shown).toHaveTextContent('Europe/London');
    expect(shown).toHaveTextContent('missed times run once · waits while its last run goes on');
    expect(line('At 06:00, on the last day of the month')).toHaveTextContent('missed times are skipped');
    await expectAccessible();
  });

  it('are switched, fired, and removed with a way back', async () => {
    const opened = await startsOf('Meridian invoices');
    const { user, host } = opened;
    await waitFor(() => expect(line(MORNING)).toBeInTheDocument());
    await user.click(screen.getByRole('switch', { name: `On: ${MORNING}` }));
    await waitFor(() => expect(ofJob(host.data, 'Meridian invoices').some((one) => one.is_enabled)).toBe(false));
    const runs = host.data.executions.length;
    await user.click(at(`[data-fire="${MORNING}"]`));
    expect(await screen.findByText('Meridian invoices is on its way')).toBeInTheDocument();
    expect(host.data.executions).toHaveLength(runs + 1);

    await user.click(screen.getByRole('button', { name: `More for: ${MORNING}` }));
    await user.click(await screen.findByRole('menuitem', { name: 'Remove' }));
    expect(await screen.findByText('Schedule removed')).toBeInTheDocument();
    await waitFor(() => expect(line(MORNING)).toBeNull());
    await user.click(screen.getByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(line(MORNING)).toBeInTheDocument());
  });

  it('teach the first one, which is added by its kind', async () => {
    const opened = await startsOf('Kestrel claims');
    const { user, host } = opened;
    expect(await screen.findByText('No schedule starts it')).toBeInTheDocument();
    await user.click(at('#add-schedule'));
    await screen.findByRole('dialog', { name: 'Add a schedule' });
    expect(at('#schedule-words')).toHaveTextContent('At 06:30, every day');
    await expectAccessible();
    await choose(opened, 'Starts', 'On weekdays');
    await waitFor(() => expect(at('#schedule-words')).toHaveTextContent('At 06:30, Monday to Friday'));
    await user.click(screen.getByRole('checkbox', { name: 'Sat' }));
    expect(screen.getByRole('textbox', { name: 'Expression' })).toHaveValue('0 30 6 ? * MON,TUE,WED,THU,FRI,SAT');
    await user.click(at('#save-schedule'));
    await waitFor(() => expect(ofJob(host.data, 'Kestrel claims').map((one) => one.cron_expression)).toEqual(['0 30 6 ? * MON,TUE,WED,THU,FRI,SAT']));
    await waitFor(() => expect(screen.queryByRole('dialog', { name: 'Add a schedule' })).toBeNull());
  });

  it('take an expression, and say what is wrong with it', async () => {
    const opened = await startsOf('Kestrel claims');
    const { user } = opened;
    await user.click(await screen.findByRole('button', { name: 'Add a schedule' }));
    const expression = await screen.findByRole('textbox', { name: 'Expression' });
    await user.clear(expression);
    await user.type(expression, '0 0 6');
    expect(await screen.findByText(/six or seven fields/)).toBeInTheDocument();
    expect(at('#save-schedule')).toBeDisabled();
    await user.type(expression, ' ? * 6L');
    await waitFor(() => expect(at('#schedule-words')).toHaveTextContent('At 06:00, on the last Friday of the month'));
    expect(at('#schedule-kind')).toHaveTextContent('By an expression');
  });

  it('run once at an instant in a time zone that is searched', async () => {
    const opened = await startsOf('Kestrel claims');
    const { user, host } = opened;
    await user.click(await screen.findByRole('button', { name: 'Add a schedule' }));
    await choose(opened, 'Starts', 'Once');
    const zone = screen.getByRole('combobox', { name: 'Time zone' });
    await user.clear(zone);
    await user.type(zone, 'toky');
    await user.click(await screen.findByRole('option', { name: 'Asia/Tokyo' }));
    fireEvent.change(at('#schedule-at'), { target: { value: '2030-01-02T06:30' } });
    await user.click(at('#save-schedule'));
    await waitFor(() => expect(ofJob(host.data, 'Kestrel claims')[0]).toMatchObject({ schedule_type: 'one_shot', run_at: '2030-01-01T21:30:00.000Z', cron_expression: null }));
  });

  it('ask for the parameters of the job', async () => {
    const data = storyData();
    const job = data.jobs.find(({ name }) => name === 'Kestrel claims');
    if (!job) throw new Error('the story has no such job');
    job.parameters = [{ name: 'day', type: 'text', default: null, required: true, description: null }];
    const { user } = await startsOf('Kestrel claims', { data });
    await user.click(await screen.findByRole('button', { name: 'Add a schedule' }));
    await waitFor(() => expect(document.querySelector('[data-parameter=day]')).toBeInTheDocument());
    await user.click(at('#save-schedule'));
    expect(await screen.findByText('The parameter `day` needs a value.')).toBeInTheDocument();
    await user.type(at('[data-parameter=day]'), 'monday');
    await user.click(at('#save-schedule'));
    await waitFor(() => expect(ofJob(data, 'Kestrel claims')[0]?.parameters).toEqual({ day: 'monday' }));
  });

  it('are edited as what they are', async () => {
    const { user, host } = await startsOf('Meridian invoices');
    await user.click(await screen.findByRole('button', { name: `More for: ${MORNING}` }));
    await user.click(await screen.findByRole('menuitem', { name: 'Edit' }));
    await screen.findByRole('dialog', { name: 'Edit the schedule' });
    expect(at('#schedule-kind')).toHaveTextContent('On weekdays');
    expect(at('#schedule-time')).toHaveValue('07:30');
    fireEvent.change(at('#schedule-time'), { target: { value: '08:15' } });
    await user.click(at('#save-schedule'));
    await waitFor(() => expect(ofJob(host.data, 'Meridian invoices')[0]?.cron_expression).toBe('0 15 8 ? * MON-FRI'));
  });

  it('hold their place, and are asked for again', async () => {
    const { user, host } = await startsOf('Meridian invoices', { failing: { schedulesList: 'store_unavailable' } });
    expect(await screen.findByText('The schedules cannot be shown')).toBeInTheDocument();
    host.options.failing = {};
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(line(MORNING)).toBeInTheDocument());
  });

  it('are shown in the list of jobs by their next run, and fire times elsewhere by both clocks', async () => {
    const data = storyData();
    const job = data.jobs.find(({ name }) => name === 'Kestrel claims');
    data.schedules.push(toSchedule({ type: 'job', id: job?.id ?? '' }, { schedule_type: 'cron', cron_expression: '0 0 6 * * ?', time_zone: 'Pacific/Chatham' }));
    await openPage('/jobs', { data });
    await waitFor(() => expect(document.querySelector('[data-job-row="Kestrel claims"]')).toBeInTheDocument());
    await waitFor(() => expect(document.querySelectorAll('[data-job-row="Kestrel claims"] time')).toHaveLength(2));
  });
});

describe('the dependencies of a job', () => {
  const dependency = (name: string) => document.querySelector<HTMLElement>(`[data-dependency="${name}"]`);

  it('are listed, added, refused in a circle, and removed with a way back', async () => {
    const opened = await startsOf('Ledger archive');
    const { user, host } = opened;
    await user.click(screen.getByRole('tab', { name: /Dependencies/ }));
    await waitFor(() => expect(dependency('Month-end extract')).toBeInTheDocument());
    await expectAccessible();
    await choose(opened, 'Another job to wait for', 'Month-end extract');
    await user.click(at('#add-dependency'));
    expect(await screen.findByText('The jobs would wait for each other: Ledger archive → Month-end extract → Ledger archive.')).toBeInTheDocument();

    await choose(opened, 'Another job to wait for', 'Baltic prices');
    await user.click(screen.getByRole('switch', { name: 'Also after a failure' }));
    await user.click(screen.getByRole('switch', { name: 'Start this job when it ends' }));
    await user.click(at('#add-dependency'));
    await waitFor(() => expect(dependency('Baltic prices')).toHaveTextContent('also after a failure, started when it ends'));
    await user.click(screen.getByRole('button', { name: 'Remove the dependency: Baltic prices' }));
    await waitFor(() => expect(dependency('Baltic prices')).toBeNull());
    await user.click(screen.getByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(dependency('Baltic prices')).toHaveTextContent('started when it ends'));
    expect(host.data.dependencies.at(-1)).toMatchObject({ run_on_failure: true, trigger_downstream: true });
  });

  it('keep a queued run waiting, which says for what', async () => {
    const data = storyData();
    const run = data.executions.find((one) => one.state === 'queued');
    await openPage(`/executions/${run?.id}`, { data });
    await waitFor(() => expect(at('#waits-for')).toHaveTextContent('Waiting for Ledger archive to be done'));
    expect(screen.getByRole('link', { name: 'Ledger archive' })).toHaveAttribute('href', expect.stringContaining('/jobs/'));
    await expectAccessible();
  });
});
