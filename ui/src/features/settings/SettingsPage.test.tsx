import { screen, waitFor, within } from '@testing-library/react';
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

  it('says which library does which cryptography, and copies it', async () => {
    const { user } = await openPage('/settings');
    await waitFor(() => expect(at('[data-cryptography=TLS]').textContent).toContain('rustls 0.23.46, aws-lc-rs 1.19.0'));
    expect(at('#about-versions').textContent).toContain('SQLite 3.51.0, tables of version 29');
    expect(at('#about-fips').textContent).toBe('Courier does not run in FIPS mode.');
    await user.click(at('#copy-about'));
    const copied = await navigator.clipboard.readText();
    expect(copied).toContain('Window: Tauri 2.12.5, WebKitGTK 2.50.1');
    expect(copied).toContain('OpenPGP: sequoia-openpgp 2.4.2, nettle 7.5.0');
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

  it('starts Courier with the session when it is told to', async () => {
    const { user, host } = await openPage('/settings');
    const start = await screen.findByRole('switch', { name: 'Start Courier when I log in, in the tray' });
    await waitFor(() => expect(start).toBeEnabled());
    expect(start).not.toBeChecked();
    await user.click(start);
    await waitFor(() => expect(start).toBeChecked());
    expect(host.data.autostart).toBe(true);
    await user.click(start);
    await waitFor(() => expect(host.data.autostart).toBe(false));
  });

  it('says when the system does not let it start with the session', async () => {
    const { user, host } = await openPage('/settings', { failing: { autostartSet: 'permission_denied' } });
    const start = await screen.findByRole('switch', { name: 'Start Courier when I log in, in the tray' });
    await waitFor(() => expect(start).toBeEnabled());
    await user.click(start);
    await waitFor(() => expect(document.querySelector('[data-sonner-toast]')).toBeInTheDocument());
    await waitFor(() => expect(start).not.toBeChecked());
    expect(host.data.autostart).toBe(false);
  });

  it('tries again when it cannot be read whether Courier starts with the session', async () => {
    const { user, host } = await openPage('/settings', { failing: { autostartGet: 'io_failed' } });
    const again = await screen.findByRole('button', { name: 'Try again' });
    host.options.failing = {};
    await user.click(again);
    expect(await screen.findByRole('switch', { name: 'Start Courier when I log in, in the tray' })).toBeInTheDocument();
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
    await user.click(screen.getByRole('checkbox', { name: 'I have kept the recovery code' }));
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

  it('shows what holds for all with its default, and saves what is entered', async () => {
    const { user, host } = await openPage('/settings');
    const line = (key: string) => within(at(`[data-setting="${key}"]`));
    const limit = await screen.findByRole('textbox', { name: 'Runs at the same time' });
    expect(limit).toHaveValue('8');
    expect(line('job.concurrency_limit').getByText(/Default: 5 jobs\. Set by m\.koch@fin-ws-07\./)).toBeInTheDocument();
    expect(line('archive.max_uncompressed_bytes').getByText('bytes = 20 GB')).toBeInTheDocument();
    expect(line('transfer.rate_limit').getByText(/Default: no limit\./)).toBeInTheDocument();
    await expectAccessible();
    await user.clear(limit);
    await user.type(limit, '2000{Enter}');
    expect(await screen.findByText('Enter a whole number from 1 to 1000.')).toBeInTheDocument();
    expect(limit).toBeInvalid();
    await user.clear(limit);
    await user.type(limit, '12');
    await user.click(line('job.concurrency_limit').getByRole('button', { name: 'Save' }));
    const value = (key: string) => host.data.settings.find((known) => known.key === key)?.value;
    await waitFor(() => expect(value('job.concurrency_limit')).toBe('12'));
    await waitFor(() => expect(line('job.concurrency_limit').queryByRole('button', { name: 'Save' })).toBeNull());
    await user.click(line('job.concurrency_limit').getByRole('button', { name: 'Back to the default: 5 jobs' }));
    await waitFor(() => expect(limit).toHaveValue('5'));

    const folders = screen.getByRole('textbox', { name: 'Folders of steps' });
    expect(folders).toHaveValue('/srv/exchange\n/srv/finance');
    await user.type(folders, '{Enter}/srv/new{Control>}{Enter}{/Control}');
    await waitFor(() => expect(value('security.allowed_roots')).toBe('["/srv/exchange","/srv/finance","/srv/new"]'));
    await waitFor(() => expect(line('security.allowed_roots').queryByRole('button', { name: 'Save' })).toBeNull());
    await user.type(folders, 'x{Escape}');
    expect(folders).toHaveValue('/srv/exchange\n/srv/finance\n/srv/new');
  });

  it('switches a policy at once, with a way back', async () => {
    const { user, host } = await openPage('/settings');
    const programs = await screen.findByRole('switch', { name: 'Steps that run programs' });
    await user.click(programs);
    await waitFor(() => expect(programs).toBeChecked());
    await user.click(await screen.findByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(programs).not.toBeChecked());
    expect(host.data.settings.find(({ key }) => key === 'security.allow_commands')?.value).toBe('false');
  });

  it('does not overwrite what somebody else has set meanwhile', async () => {
    const { user, host } = await openPage('/settings');
    const days = await screen.findByRole('textbox', { name: 'Warn before a key expires' });
    await user.type(days, '5');
    await host.commands.settingsSet('key.expiration_warning_days', '60', null);
    await user.type(days, '{Enter}');
    expect(await screen.findByText(/was changed in the meantime\./)).toBeInTheDocument();
    expect(host.data.settings.find(({ key }) => key === 'key.expiration_warning_days')?.value).toBe('60');
    await user.keyboard('{Escape}');
    await waitFor(() => expect(days).toHaveValue('60'));
  });

  it('says when what holds for all cannot be read', async () => {
    await openPage('/settings', { failing: { settingsList: 'store_unavailable' } });
    expect(await screen.findByText('What holds for all cannot be shown')).toBeInTheDocument();
  });
});
