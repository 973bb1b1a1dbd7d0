import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { emptyData } from '@/ipc/fake';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';

const row = (name: string) => document.querySelector<HTMLElement>(`[data-chain-row="${name}"]`);
const loaded = () => waitFor(() => expect(row('Morning close')).toBeInTheDocument());
const choose = async (user: Awaited<ReturnType<typeof openPage>>['user'], chain: string, action: string) => {
  await user.click(within(row(chain) as HTMLElement).getByRole('button', { name: `More for ${chain}` }));
  await user.click(await screen.findByRole('menuitem', { name: action }));
};

describe('the list of chains', () => {
  it('shows each with its last result in words, and when it starts next', async () => {
    await openPage('/chains');
    await loaded();
    expect(row('Morning close')).toHaveTextContent('Running');
    expect(row('Payroll run')).toHaveTextContent('Failed');
    expect(row('Quarter end')).toHaveTextContent('Disabled');
    expect(row('Morning close')?.querySelectorAll('time')).toHaveLength(2);
    await expectAccessible();
  });

  it('holds its place while it waits', async () => {
    await openPage('/chains', { hanging: ['chainsList'] });
    expect(await screen.findByText('Loading the chains')).toBeInTheDocument();
    await expectAccessible();
  });

  it('says what failed and tries again', async () => {
    const { user, host } = await openPage('/chains', { failing: { chainsList: 'store_unavailable' } });
    expect(await screen.findByText('The chains cannot be shown')).toBeInTheDocument();
    host.options.failing = {};
    await user.click(at('#retry'));
    await loaded();
  });

  it('teaches the first action when there is none', async () => {
    const { user, path } = await openPage('/chains', { data: emptyData('unlocked') });
    expect(await screen.findByText('No chains yet')).toBeInTheDocument();
    await expectAccessible();
    await user.click(at('#new-chain'));
    await waitFor(() => expect(path()).toBe('/chains/new'));
  });

  it('narrows by name and opens with Enter', async () => {
    const { user, path, host } = await openPage('/chains');
    await loaded();
    await user.keyboard('/pay');
    await waitFor(() => expect(row('Morning close')).not.toBeInTheDocument());
    screen.getByRole('grid', { name: 'Chains' }).focus();
    await user.keyboard('{ArrowDown}{Enter}');
    await waitFor(() => expect(path()).toBe(`/chains/${host.data.chains.find((c) => c.name === 'Payroll run')?.id}`));
  });

  it('runs one, and shows the run', async () => {
    const { user, search, host } = await openPage('/chains');
    await loaded();
    await user.click(at('[data-run-chain="Payroll run"]'));
    await user.click(await screen.findByRole('button', { name: 'Show run' }));
    await waitFor(() => expect(search().run).toBe(host.data.chainRuns.at(-1)?.id));
  });

  it('switches one off', async () => {
    const { user } = await openPage('/chains');
    await loaded();
    await choose(user, 'Payroll run', 'Disable');
    await waitFor(() => expect(row('Payroll run')).toHaveTextContent('Disabled'));
    expect(at('[data-run-chain="Payroll run"]')).toBeDisabled();
  });

  it('deletes one and brings it back', async () => {
    const { user } = await openPage('/chains');
    await loaded();
    await choose(user, 'Payroll run', 'Delete');
    await waitFor(() => expect(row('Payroll run')).not.toBeInTheDocument());
    await user.click(await screen.findByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(row('Payroll run')).toBeInTheDocument());
  });

  it('is reached from the palette', async () => {
    const { user, path } = await openPage('/');
    await user.keyboard('{Control>}k{/Control}');
    await user.type(await waitFor(() => at('[data-palette=input]')), 'new chain');
    await user.keyboard('{Enter}');
    await waitFor(() => expect(path()).toBe('/chains/new'));
  });
});
