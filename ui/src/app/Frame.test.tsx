import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { expectAccessible, openPage } from '@/test/open';

describe('the frame', () => {
  it('marks where one is and goes elsewhere', async () => {
    const { user, path } = await openPage('/jobs');
    const nav = screen.getByRole('navigation', { name: 'Main' });
    await waitFor(() => expect(within(nav).getByRole('link', { name: /Jobs/ })).toHaveAttribute('aria-current', 'page'));
    await user.click(within(nav).getByRole('link', { name: /Keys/ }));
    await waitFor(() => expect(path()).toBe('/keys'));
    expect(await within(nav).findByText('1 expiring')).toBeInTheDocument();
  });

  it('runs a job from the palette', async () => {
    const { user, host } = await openPage('/keys');
    const runs = host.data.executions.length;
    await user.keyboard('{Control>}k{/Control}');
    const palette = await screen.findByRole('dialog');
    await user.keyboard('run vantage payroll');
    await within(palette).findByText('Run Vantage payroll');
    await expectAccessible();
    await user.keyboard('{Enter}');
    expect(await screen.findByText('Vantage payroll is on its way')).toBeInTheDocument();
    expect(host.data.executions).toHaveLength(runs + 1);
  });

  it('collapses the navigation and remembers it', async () => {
    const { user } = await openPage('/jobs');
    await user.keyboard('{Control>}b{/Control}');
    expect(await screen.findByRole('button', { name: 'Expand navigation' })).toBeInTheDocument();
    expect(localStorage.getItem('courier.navigation.collapsed')).toBe('yes');
  });

  it('says what the vault is doing', async () => {
    await openPage('/jobs');
    expect(await screen.findByRole('button', { name: 'Vault open' })).toHaveAttribute('data-vault', 'unlocked');
  });

  it('says so when a page does not exist', async () => {
    await openPage('/nowhere');
    expect(await screen.findByText('There is no such page')).toBeInTheDocument();
  });
});
