import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { FakeOptions } from '@/ipc/fake';
import { storyData } from '@/ipc/fake';
import { settle } from '@/ipc/fake/chains';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';

const member = (name: string) => at(`.chain-graph [data-member="${name}"]`);
const row = (name: string) => at(`[data-member-row="${name}"]`);
const edges = () => [...document.querySelectorAll('.chain-graph .react-flow__edge')].map((edge) => edge.getAttribute('aria-label'));

/** The page of the chain with a name; `state` chooses one of its runs. */
async function open(name: string, { search = '', state, ...options }: FakeOptions & { search?: string; state?: string } = {}) {
  const data = storyData();
  const chain = data.chains.find((c) => c.name === name);
  const run = data.chainRuns.find((r) => r.chain_id === chain?.id && r.state === state);
  if (!chain) throw new Error(`no chain ${name}`);
  const query = new URLSearchParams(search);
  if (run) query.set('run', run.id);
  const opened = await openPage(`/chains/${chain.id}?${query.toString()}`, { data, ...options });
  await screen.findByRole('heading', { level: 1, name });
  const saved = () => opened.host.data.chains.find((c) => c.id === chain.id);
  return { ...opened, chain, run, saved, after: (of: string) => edgesOf(saved()?.members ?? [], of) };
}

function edgesOf(members: readonly { id: string; name: string; depends_on: readonly { depends_on_member_id: string; run_on_upstream_failure: boolean }[] }[], of: string) {
  const name = (id: string) => members.find((m) => m.id === id)?.name;
  return members.find((m) => m.name === of)?.depends_on.map((edge) => `${name(edge.depends_on_member_id)}${edge.run_on_upstream_failure ? '!' : ''}`);
}

const saveNow = async (user: Awaited<ReturnType<typeof open>>['user']) => {
  await user.click(at('#save-chain'));
  await waitFor(() => expect(at('#chain-saved')).toHaveTextContent(/^$/));
};

describe('the graph of a chain', () => {
  it('shows members with their jobs, and edges with what they let through', async () => {
    await open('Morning close');
    await waitFor(() => expect(member('Merge ledger')).toHaveTextContent('Ledger archive'));
    expect(edges()).toContain('Merge ledger runs after Meridian invoices');
    expect(edges()).toContain('Tell claims desk runs after Kestrel claims, also after its failure');
    await waitFor(() => expect(at('[data-edge-label="Kestrel claims → Tell claims desk"]')).toHaveTextContent('also after failure'));
    expect(screen.getByRole('link', { name: 'React Flow attribution' })).toBeInTheDocument();
    await expectAccessible();
  });

  it('changes a member in the panel beside, takes it back and does it again', async () => {
    const { user, saved } = await open('Morning close');
    await waitFor(() => member('Remittance'));
    fireEvent.click(member('Remittance'));
    expect(await screen.findByText('The day whose invoices are advised.')).toBeInTheDocument();
    await expectAccessible();
    await user.type(at('#member-name'), ' advice');
    await waitFor(() => member('Remittance advice'));
    await user.keyboard('{Control>}z{/Control}');
    await waitFor(() => member('Remittance'));
    await user.keyboard('{Control>}{Shift>}z{/Shift}{/Control}');
    await waitFor(() => member('Remittance advice'));
    await saveNow(user);
    expect(saved()?.members.map((m) => m.name)).toContain('Remittance advice');
  });

  it('lets an edge also lead on after a failure, and takes it away', async () => {
    const { user, after } = await open('Payroll run');
    await waitFor(() => expect(edges()).toEqual(['Payroll runs after Timesheets']));
    fireEvent.click(at('.chain-graph .react-flow__edge'));
    const toggle = await screen.findByRole('button', { name: 'Also after failure' });
    expect(toggle).toHaveAttribute('aria-pressed', 'false');
    await user.click(toggle);
    await waitFor(() => expect(edges()).toEqual(['Payroll runs after Timesheets, also after its failure']));
    await saveNow(user);
    expect(after('Payroll')).toEqual(['Timesheets!']);
    await user.click(screen.getByRole('button', { name: 'Disconnect Timesheets from Payroll' }));
    await waitFor(() => expect(edges()).toEqual([]));
  });

  it('takes a value from what an earlier member hands on, and keeps it when that is renamed', async () => {
    const { user, saved } = await open('Morning close', { search: 'view=list' });
    await user.click(await waitFor(() => at('[data-member-name="Remittance"]')));
    await user.click(await screen.findByRole('button', { name: 'Insert a value into Parameter day' }));
    const choice = await waitFor(() => at('[data-scope^="chain.merge_ledger.steps.pack."]'));
    const inner = choice.dataset.scope ?? '';
    await user.click(choice);
    await waitFor(() => at(`[data-pill="${inner}"]`));
    await user.click(at('[data-member-name="Merge ledger"]'));
    await user.keyboard('{End}s');
    await saveNow(user);
    const day = saved()?.members.find((m) => m.name === 'Remittance')?.parameters.day;
    expect(day).toContain(inner.replace('merge_ledger', 'merge_ledgers'));
  });
});

describe('the list form', () => {
  it('does all that the graph does', async () => {
    const { user, host, saved, after } = await open('Payroll run', { search: 'view=list' });
    await waitFor(() => row('Payroll'));
    await expectAccessible();
    await user.click(screen.getByRole('button', { name: 'Add job' }));
    await user.type(await screen.findByRole('combobox', { name: 'Jobs to add' }), 'kestrel claims');
    await user.keyboard('{Enter}');
    await waitFor(() => row('Kestrel claims'));
    await user.click(within(row('Payroll')).getByRole('button', { name: /^Payroll runs after: Timesheets$/ }));
    await user.click(await screen.findByRole('checkbox', { name: 'After Kestrel claims' }));
    await user.click(await screen.findByRole('checkbox', { name: 'Also after failure of Kestrel claims' }));
    await expectAccessible();
    await user.keyboard('{Escape}');
    await user.click(screen.getByRole('button', { name: 'Move Kestrel claims up' }));
    await user.type(screen.getByRole('textbox', { name: 'Description of the chain' }), 'Wages');
    await saveNow(user);
    expect(saved()?.members.map((m) => m.name)).toEqual(['Timesheets', 'Kestrel claims', 'Payroll']);
    expect(after('Payroll')).toEqual(['Timesheets', 'Kestrel claims!']);
    expect(saved()?.description).toBe('Wages');
    await user.click(screen.getByRole('button', { name: 'Remove Timesheets' }));
    await saveNow(user);
    expect(after('Payroll')).toEqual(['Kestrel claims!']);
    expect(host.data.chains).toHaveLength(3);
  });

  it('shows what the host says about a cycle, and where a problem is', async () => {
    const { user, host } = await open('Payroll run', { search: 'view=list' });
    await user.click(within(row('Timesheets')).getByRole('button', { name: /^Timesheets runs after/ }));
    await user.click(await screen.findByRole('checkbox', { name: 'After Payroll' }));
    await user.keyboard('{Escape}');
    expect(await screen.findByText(/The members wait for each other: Timesheets → Payroll → Timesheets\./)).toBeInTheDocument();
    const before = structuredClone(host.data.chains);
    await user.click(at('#save-chain'));
    await waitFor(() => expect(at('#save-chain')).not.toHaveAttribute('aria-busy'));
    expect(host.data.chains).toEqual(before);
    await user.keyboard('{Control>}z{/Control}');
    await waitFor(() => expect(screen.queryByText(/wait for each other/)).not.toBeInTheDocument());
    await user.type(screen.getByRole('textbox', { name: 'Name of member 2' }), '{Backspace>7/}Timesheets');
    const problem = await waitFor(() => at('[data-problem="members[1].name"]'));
    expect(problem).toHaveTextContent('Two members are called `Timesheets`.');
    await user.click(problem);
    await waitFor(() => expect(at('#member-name')).toHaveFocus());
  });

  it('tells of a conflict, and lets one choose', async () => {
    const { user, host, chain, saved } = await open('Payroll run', { search: 'view=list' });
    await user.type(screen.getByRole('textbox', { name: 'Name of member 1' }), ' in');
    const theirs = host.data.chains.find((c) => c.id === chain.id);
    if (theirs) Object.assign(theirs, { description: 'Theirs', updated_at: new Date().toISOString() });
    await user.click(at('#save-chain'));
    const dialog = await screen.findByRole('alertdialog', { name: 'Someone saved this chain meanwhile' });
    await expectAccessible();
    await user.click(within(dialog).getByRole('button', { name: 'Save mine over it' }));
    await waitFor(() => expect(saved()?.members[0]?.name).toBe('Timesheets in'));
  });

  it('says at the name that another chain has it', async () => {
    const { user, saved } = await open('Payroll run');
    await user.clear(at('#chain-name'));
    await user.type(at('#chain-name'), 'morning close');
    await user.click(at('#save-chain'));
    await waitFor(() => expect(at('[data-problem=name]')).toHaveTextContent('There is already a chain named `morning close`; choose another name.'));
    expect(at('#chain-name')).toBeInvalid();
    expect(at('#chain-name')).toHaveFocus();
    expect(screen.queryByRole('alertdialog')).toBeNull();
    expect(saved()?.name).toBe('Payroll run');
  });

  it('asks before changes are left behind', async () => {
    const { user, path } = await open('Payroll run', { search: 'view=list' });
    await user.type(screen.getByRole('textbox', { name: 'Name of member 1' }), ' in');
    await user.click(at('[data-nav=jobs]'));
    expect(await screen.findByRole('alertdialog', { name: 'Leave without saving?' })).toBeInTheDocument();
    await user.click(at('#leave-discard'));
    await waitFor(() => expect(path()).toBe('/jobs'));
  });
});

describe('a new chain', () => {
  it('is named, gets members, and has an address once it is saved', async () => {
    const { user, path, host } = await openPage('/chains/new?view=list');
    expect(await screen.findByText('Add the first job')).toBeInTheDocument();
    await expectAccessible();
    await user.type(at('#chain-name'), 'Night');
    await user.click(at('#add-job'));
    await user.click(await waitFor(() => at('[data-add="Ledger archive"]')));
    await waitFor(() => row('Ledger archive'));
    await user.click(at('#save-chain'));
    await waitFor(() => expect(path()).toBe(`/chains/${host.data.chains.find((c) => c.name === 'Night')?.id}`));
    await waitFor(() => row('Ledger archive'));
  });

  it('says what is missing when it is saved too early', async () => {
    const { user } = await openPage('/chains/new');
    await screen.findByText('Add the first job');
    await user.click(at('#save-chain'));
    await waitFor(() => expect(at('#chain-name')).toHaveFocus());
    expect(at('#problems-count')).toHaveAttribute('data-errors', '2');
  });
});

describe('runs of a chain', () => {
  it('asks for what no member brings, then shows the run', async () => {
    const { user, host, chain, search } = await open('Morning close');
    const remittance = host.data.jobs.find((job) => job.name === 'Meridian remittance advice');
    for (const m of chain.members) if (m.job_id === remittance?.id) m.parameters = {};
    host.emit({ entity_type: 'chain', entity_id: chain.id });
    chain.updated_at = new Date().toISOString();
    host.emit({ entity_type: 'chain', entity_id: chain.id });
    await user.click(at('#run-chain'));
    const dialog = await screen.findByRole('dialog', { name: 'Run this chain' });
    fireEvent.change(await within(dialog).findByLabelText(/day/), { target: { value: '2026-11-30' } });
    await expectAccessible();
    await user.click(at('#run-confirm'));
    await waitFor(() => expect(search().run).toBe(host.data.chainRuns.at(-1)?.id));
    expect(host.data.chainRuns.at(-1)?.parameters).toEqual({ day: '2026-11-30' });
    await waitFor(() => expect(at('#chain-run-state')).toHaveAttribute('data-state', 'running'));
  });

  it('shows states on the members, and new ones as they come', async () => {
    const { host, run } = await open('Morning close', { state: 'running' });
    await waitFor(() => expect(member('Meridian invoices')).toHaveAttribute('data-member-state', 'running'));
    expect(member('Aldgate statements')).toHaveTextContent('Completed · 18 s');
    expect(member('Kestrel claims')).toHaveTextContent('Failed · 6 s · sftp.kestrel-ins.example no longer takes');
    expect(member('Claims journal')).toHaveTextContent('Skipped · `Kestrel claims` failed.');
    expect(at('#chain-run-tally')).toHaveTextContent('4 of 7 done, 1 failed');
    const link = within(member('Aldgate statements')).getByRole('link');
    expect(link).toHaveAttribute('href', expect.stringContaining(`/executions/${run?.members.find((m) => m.name === 'Aldgate statements')?.job_execution_id}`));
    await expectAccessible();
    if (!run) throw new Error('no run');
    settle(host.data, run, 'Meridian invoices', 'completed');
    host.emit({ entity_type: 'chain_execution', entity_id: run.id });
    await waitFor(() => expect(member('Merge ledger')).toHaveAttribute('data-member-state', 'queued'));
    const next = run.members.find((m) => m.name === 'Merge ledger');
    settle(host.data, run, 'Merge ledger', 'failed', 'The disk is full.');
    host.emit({ entity_type: 'job_execution', entity_id: next?.job_execution_id ?? '' });
    await waitFor(() => expect(member('Merge ledger')).toHaveTextContent('The disk is full.'));
    await waitFor(() => expect(at('#chain-run-error')).toHaveTextContent('`Merge ledger` failed: The disk is full.'));
  });

  it('is paused, let go on and cancelled', async () => {
    const { user } = await open('Morning close', { state: 'running' });
    const state = (wanted: string) => waitFor(() => expect(at('#chain-run-state')).toHaveAttribute('data-state', wanted));
    await state('running');
    await user.click(at('#pause-chain'));
    await state('paused');
    await user.click(at('#resume-chain'));
    await state('running');
    await user.click(at('#cancel-chain'));
    await screen.findByRole('alertdialog');
    await expectAccessible();
    await user.click(at('#confirm-action'));
    await state('cancelled');
    expect(document.querySelector('#cancel-chain, #pause-chain, #retry-chain')).toBeNull();
  });

  it('does again what failed, and can be read as a list', async () => {
    const { user, host, run } = await open('Payroll run', { state: 'failed', search: 'view=list' });
    await waitFor(() => expect(at('[data-run-member=Payroll]')).toHaveTextContent('Skipped'));
    expect(at('#chain-run-error')).toHaveTextContent('no longer takes the password');
    await expectAccessible();
    await user.click(at('#retry-chain'));
    await waitFor(() => expect(at('[data-run-member=Timesheets]')).toHaveAttribute('data-member-state', 'queued'));
    expect(host.data.chainRuns.find((r) => r.id === run?.id)?.state).toBe('running');
  });

  it('lists them all, opens one, and goes back to the chain', async () => {
    const { user, search, run } = await open('Morning close', { search: 'tab=runs' });
    expect(run).toBeUndefined();
    await waitFor(() => expect(document.querySelectorAll('[data-chain-run]')).toHaveLength(2));
    expect(at('[data-chain-run]')).toHaveTextContent('4 of 7');
    await expectAccessible();
    await user.click(at('[data-chain-run]'));
    await waitFor(() => expect(search().run).toBeDefined());
    await user.click(await waitFor(() => at('#mode-edit')));
    await waitFor(() => expect(search().run).toBeUndefined());
  });

  it('says so when a run cannot be read', async () => {
    const { user, host } = await open('Morning close', { state: 'running', failing: { chainExecutionsGet: 'store_unavailable' } });
    expect(await screen.findByText('This run cannot be shown')).toBeInTheDocument();
    host.options.failing = {};
    await user.click(at('#retry'));
    await waitFor(() => member('Merge ledger'));
  });
});

describe('the page itself', () => {
  it('switches the chain off and on', async () => {
    const { user, saved } = await open('Morning close');
    await user.click(screen.getByRole('switch', { name: 'Enabled' }));
    await waitFor(() => expect(saved()?.is_enabled).toBe(false));
    await waitFor(() => expect(at('#run-chain')).toBeDisabled());
  });

  it('holds its place while it is read, and says what failed', async () => {
    const { host, user } = await openPage('/chains/nowhere');
    expect(await screen.findByText('The chain cannot be shown')).toBeInTheDocument();
    await expectAccessible();
    expect(host.data.chains).toHaveLength(3);
    await user.click(at('#retry'));
    expect(await screen.findByText('The chain cannot be shown')).toBeInTheDocument();
  });
});
