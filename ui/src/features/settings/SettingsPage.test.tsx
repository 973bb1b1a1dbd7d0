import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { startTheme } from '@/app/theme';
import { expectAccessible, openPage } from '@/test/open';

describe('settings', () => {
  it('shows the vault and what this Courier is', async () => {
    await openPage('/settings');
    expect(await screen.findByText('Version 0.1.0')).toBeInTheDocument();
    expect(screen.getByText('the system keychain')).toBeInTheDocument();
    await expectAccessible();
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

  it('locks the vault', async () => {
    const { user, host } = await openPage('/settings');
    await user.click(await screen.findByRole('button', { name: 'Lock' }));
    await waitFor(() => expect(host.data.vault).toBe('locked'));
    expect(await screen.findByRole('button', { name: 'Unlock' })).toBeInTheDocument();
  });
});
