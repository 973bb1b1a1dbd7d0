import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { startTheme } from '@/app/theme';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';

describe('settings', () => {
  it('shows the vault and what this Courier is', async () => {
    await openPage('/settings');
    expect(await screen.findByText('Version 0.1.0')).toBeInTheDocument();
    expect(screen.getByText('the system keychain')).toBeInTheDocument();
    await expectAccessible();
  });

  it('shows which Couriers share the work, and what each does', async () => {
    const { host } = await openPage('/settings');
    await waitFor(() => expect(at('#nodes-serving').textContent).toBe('2 Couriers take runs from the queue.'));
    const row = (name: string) => at(`[data-node="${name}"]`);
    expect(row('fin-ws-07').textContent).toContain('this window');
    expect(row('fin-ws-07').textContent).toContain('Meridian invoices');
    expect(row('courier-prod-1').dataset.alive).toBe('false');
    expect(row('courier-prod-1').textContent).toContain('Silent');
    expect(at('#node-chip').dataset.serving).toBe('2');
    expect(at('#node-chip').textContent).toContain('+1');
    host.data.nodes = [];
    host.emit({ entity_type: 'job_execution', entity_id: 'any' });
    await waitFor(() => expect(at('#nodes-serving').textContent).toMatch(/^No Courier takes runs/));
  });

  it('says when the nodes cannot be read', async () => {
    await openPage('/settings', { failing: { nodesList: 'store_unavailable' } });
    expect(await screen.findByText('The nodes cannot be shown')).toBeInTheDocument();
    expect(screen.getByText('Version 0.1.0')).toBeInTheDocument();
  });

  it('shows a skeleton while it waits', async () => {
    await openPage('/settings', { hanging: ['appStatus'] });
    expect(await screen.findByText('Loading the settings')).toBeInTheDocument();
  });

  it('says what failed and tries again', async () => {
    const { user, host } = await openPage('/settings', { failing: { appStatus: 'store_unavailable' } });
    expect(await screen.findByText('The settings cannot be shown')).toBeInTheDocument();
    host.options.failing = {};
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Version 0.1.0')).toBeInTheDocument();
  });

  it('keeps the chosen theme', async () => {
    startTheme();
    const { user } = await openPage('/settings');
    await user.click(await screen.findByRole('radio', { name: 'Dark' }));
    expect(document.documentElement).toHaveAttribute('data-theme', 'dark');
    expect(localStorage.getItem('courier.theme')).toBe('dark');
  });

  it('replaces the key of the vault after the new recovery code was noted', async () => {
    const { user, host } = await openPage('/settings');
    await user.click(await screen.findByRole('button', { name: 'Replace' }));
    await user.click(await screen.findByRole('button', { name: 'Go on' }));
    expect(await screen.findByText('PW3H-9RTC-J2XV-6NQB-E84K-ZDYM')).toBeInTheDocument();
    expect(host.data.rotatingSince).not.toBeNull();
    const finish = screen.getByRole('button', { name: 'Replace the key' });
    expect(finish).toBeDisabled();
    await expectAccessible();
    await user.click(screen.getByRole('checkbox', { name: 'I have noted the recovery code' }));
    await user.click(finish);
    expect(await screen.findByText(/The vault has a new key/)).toBeInTheDocument();
    await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
    expect(host.data.rotatingSince).toBeNull();
  });

  it('goes on with a replacement that was cut off', async () => {
    const { user, host } = await openPage('/settings');
    await user.click(await screen.findByRole('button', { name: 'Replace' }));
    await user.click(await screen.findByRole('button', { name: 'Go on' }));
    await user.click(await screen.findByRole('button', { name: 'Cancel' }));
    expect(await screen.findByText('Being replaced')).toBeInTheDocument();
    await user.click(await screen.findByRole('button', { name: 'Go on' }));
    expect(await screen.findByText('Go on replacing the vault’s key')).toBeInTheDocument();
    expect(host.data.rotatingSince).not.toBeNull();
  });

  it('opens the vault with the recovery code and keeps its key in a new way', async () => {
    const { user, host } = await openPage('/settings');
    await user.click(await screen.findByRole('button', { name: 'Lock' }));
    await user.click(await screen.findByRole('button', { name: 'Unlock' }));
    await user.click(await screen.findByRole('button', { name: 'Use the recovery code' }));
    await user.type(screen.getByLabelText(/Recovery code/), 'nonsense');
    await user.click(screen.getByRole('radio', { name: 'Passphrase' }));
    await user.type(screen.getByLabelText(/^Passphrase/, { selector: '#vault-passphrase-input' }), 'harbour lantern');
    await user.type(screen.getByLabelText(/The same again/), 'harbour lantern');
    const submit = () => screen.getAllByRole('button', { name: 'Unlock' }).at(-1) as HTMLElement;
    await user.click(submit());
    expect(await screen.findByText('The recovery code is wrong.')).toBeInTheDocument();
    await user.clear(screen.getByLabelText(/Recovery code/));
    await user.type(screen.getByLabelText(/Recovery code/), 'KXQM-7V2D-RT9P-4HJC-WZ83-NLFB');
    await user.click(submit());
    await waitFor(() => expect(host.data.vault).toBe('unlocked'));
  });

  it('locks the vault', async () => {
    const { user, host } = await openPage('/settings');
    await user.click(await screen.findByRole('button', { name: 'Lock' }));
    await waitFor(() => expect(host.data.vault).toBe('locked'));
    expect(await screen.findByRole('button', { name: 'Unlock' })).toBeInTheDocument();
  });
});
