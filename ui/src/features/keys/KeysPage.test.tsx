import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { emptyData } from '@/ipc/fake';
import { expectAccessible, openPage } from '@/test/open';

const row = (name: string) => document.querySelector<HTMLElement>(`[data-key-row="${name}"]`);

describe('keys', () => {
  it('lists our pairs and partners with what expires first on top', async () => {
    await openPage('/keys');
    await waitFor(() => expect(row('Halden Finance 2024')).toBeInTheDocument());
    expect(screen.getByText('Our key pairs')).toBeInTheDocument();
    expect(screen.getByText('Public keys of partners')).toBeInTheDocument();
    expect(document.querySelector('[data-key-row]')).toHaveAttribute('data-key-row', 'Halden Finance 2024');
    expect(row('Halden Finance 2024')).toHaveTextContent('Expiring');
    expect(row('Meridian AP 2023')).toHaveTextContent('Revoked');
    await expectAccessible();
  });

  it('shows a skeleton while it waits', async () => {
    await openPage('/keys', { hanging: ['pgpKeysList'] });
    expect(await screen.findByText('Loading the keys')).toBeInTheDocument();
  });

  it('says what failed and tries again', async () => {
    const { user, host } = await openPage('/keys', { failing: { pgpKeysList: 'store_unavailable' } });
    expect(await screen.findByText('The keys cannot be shown')).toBeInTheDocument();
    host.options.failing = {};
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(row('Halden Payroll')).toBeInTheDocument());
  });

  it('teaches both ways to a key when there is none', async () => {
    await openPage('/keys', { data: emptyData('unlocked') });
    expect(await screen.findByText('No PGP keys yet')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Generate key' })).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Import' })).toBeInTheDocument();
    await expectAccessible();
  });

  it('generates a pair and shows it', async () => {
    const { user, host } = await openPage('/keys', { data: emptyData('unlocked') });
    await user.click(await screen.findByRole('button', { name: 'Generate key' }));
    const dialog = await screen.findByRole('dialog', { name: 'Generate a PGP key pair' });
    const generate = within(dialog).getByRole('button', { name: 'Generate' });
    expect(generate).toBeDisabled();
    await user.type(within(dialog).getByLabelText(/^Name/), 'Finance');
    await user.type(within(dialog).getByLabelText(/^User/), 'Finance <finance@example.com>');
    await expectAccessible();
    await user.click(generate);
    await waitFor(() => expect(row('Finance')).toBeInTheDocument());
    expect(host.data.pgpKeys[0]).toMatchObject({ algorithm: 'ecc_curve25519', user_ids: ['Finance <finance@example.com>'] });
    expect(await screen.findByRole('complementary', { name: 'Finance' })).toBeInTheDocument();
  });

  it('keeps the dialog open and says why when the vault is locked', async () => {
    const { user } = await openPage('/keys', { data: emptyData('locked') });
    await user.click(await screen.findByRole('button', { name: 'Generate key' }));
    const dialog = await screen.findByRole('dialog', { name: 'Generate a PGP key pair' });
    await user.type(within(dialog).getByLabelText(/^Name/), 'Finance');
    await user.type(within(dialog).getByLabelText(/^User/), 'Finance <finance@example.com>');
    await user.click(within(dialog).getByRole('button', { name: 'Generate' }));
    expect(await within(dialog).findByText('The vault is locked')).toBeInTheDocument();
  });

  it('asks for the passphrase where an imported key needs one', async () => {
    const { user, host } = await openPage('/keys', { failing: { pgpKeysImport: 'wrong_passphrase' } });
    await user.click(await screen.findByRole('button', { name: 'Import' }));
    const dialog = await screen.findByRole('dialog', { name: 'Import PGP keys' });
    await user.type(within(dialog).getByLabelText(/^File/), '/tmp/partner.asc');
    await user.click(within(dialog).getByRole('button', { name: 'Import' }));
    expect(await within(dialog).findByRole('alert')).toBeInTheDocument();
    host.options.failing = {};
    await user.type(within(dialog).getByLabelText(/^Passphrase/), 'right');
    await user.click(within(dialog).getByRole('button', { name: 'Import' }));
    await waitFor(() => expect(row('Imported key')).toBeInTheDocument());
  });

  it('shows SSH keys with the connections that log in with them', async () => {
    const { user } = await openPage('/keys');
    await user.click(await screen.findByRole('radio', { name: /SSH/ }));
    await waitFor(() => expect(row('courier-ops-2026')).toBeInTheDocument());
    await user.click(row('courier-ops-2026') as HTMLElement);
    const panel = await screen.findByRole('complementary', { name: 'courier-ops-2026' });
    expect(await within(panel).findByText('Aldgate Bank')).toBeInTheDocument();
    await expectAccessible();
  });

  it('says before deleting what can then never be opened again', async () => {
    const { user, host } = await openPage('/keys');
    await waitFor(() => expect(row('Halden Finance 2024')).toBeInTheDocument());
    await user.click(row('Halden Finance 2024') as HTMLElement);
    await user.click(await screen.findByRole('button', { name: 'More: copy, export, retire, revoke, delete' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Delete' }));
    const question = await screen.findByRole('alertdialog');
    expect(question).toHaveTextContent('can never be opened again');
    await waitFor(() => expect(question).toHaveTextContent('Meridian invoices'));
    await user.click(within(question).getByRole('button', { name: 'Delete key' }));
    await waitFor(() => expect(host.data.pgpKeys.map((key) => key.name)).not.toContain('Halden Finance 2024'));
  });

  const openMenu = async (user: Awaited<ReturnType<typeof openPage>>['user'], name: string) => {
    await waitFor(() => expect(row(name)).toBeInTheDocument());
    await user.click(row(name) as HTMLElement);
    await user.click(await screen.findByRole('button', { name: 'More: copy, export, retire, revoke, delete' }));
  };

  it('revokes a pair of ours with a reason, and says that it is for good', async () => {
    const { user, host } = await openPage('/keys');
    await openMenu(user, 'Halden Finance 2024');
    await user.click(await screen.findByRole('menuitem', { name: 'Revoke' }));
    const dialog = await screen.findByRole('dialog', { name: 'Revoke Halden Finance 2024?' });
    expect(dialog).toHaveTextContent('This is for good');
    await user.type(within(dialog).getByLabelText(/^Message/), 'See Halden Finance 2026');
    await expectAccessible();
    await user.click(within(dialog).getByRole('button', { name: 'Revoke key' }));
    await waitFor(() => expect(host.data.pgpKeys.find((key) => key.name === 'Halden Finance 2024')?.status).toBe('revoked'));
  });

  it('lets a private key out only under a passphrase, or to who insists', async () => {
    const { user } = await openPage('/keys');
    await openMenu(user, 'Halden Finance 2024');
    await user.click(await screen.findByRole('menuitem', { name: 'Export private key' }));
    const dialog = await screen.findByRole('dialog', { name: /Export the private key/ });
    const submit = within(dialog).getByRole('button', { name: 'Choose a file' });
    expect(submit).toBeDisabled();
    await user.type(within(dialog).getByLabelText(/^Passphrase/), 'one');
    await user.type(within(dialog).getByLabelText(/^Again/), 'two');
    expect(submit).toBeDisabled();
    expect(dialog).toHaveTextContent('This is not the same.');
    await user.clear(within(dialog).getByLabelText(/^Again/));
    await user.type(within(dialog).getByLabelText(/^Again/), 'one');
    expect(submit).toBeEnabled();
    await user.clear(within(dialog).getByLabelText(/^Passphrase/));
    expect(submit).toBeDisabled();
    await user.click(within(dialog).getByRole('checkbox', { name: /in clear all the same/ }));
    await user.click(submit);
    expect(await screen.findByText('Private key exported')).toBeInTheDocument();
  });

  it('names a successor and moves the jobs to it after showing what changes', async () => {
    const { user, host } = await openPage('/keys');
    await waitFor(() => expect(row('Halden Finance 2024')).toBeInTheDocument());
    await user.click(row('Halden Finance 2024') as HTMLElement);
    await user.click(await screen.findByRole('combobox', { name: 'Successor' }));
    await user.click(await screen.findByRole('option', { name: 'Halden Payroll' }));
    await waitFor(() => expect(host.data.pgpKeys.find((key) => key.name === 'Halden Finance 2024')?.successor_key_id).not.toBeNull());
    await user.click(await screen.findByRole('button', { name: /^Move .* to it/ }));
    const dialog = await screen.findByRole('dialog', { name: 'Move jobs to Halden Payroll' });
    expect(await within(dialog).findByText('Meridian invoices')).toBeInTheDocument();
    await expectAccessible();
    await user.click(within(dialog).getByRole('button', { name: /^Move \d+ jobs?$/ }));
    await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  });

  it('shows what happened to a key', async () => {
    const { user } = await openPage('/keys');
    await waitFor(() => expect(row('Halden Finance 2024')).toBeInTheDocument());
    await user.click(row('Halden Finance 2024') as HTMLElement);
    expect(await screen.findByText('Is expiring now')).toBeInTheDocument();
  });

  it('takes files that are dropped on the window, whatever keys they hold', async () => {
    const { user, host } = await openPage('/keys', { failing: { pgpKeysImport: 'key_unreadable' } });
    await waitFor(() => expect(row('Halden Payroll')).toBeInTheDocument());
    host.drop(['/tmp/id_ed25519', '/tmp/other']);
    const dialog = await screen.findByRole('dialog', { name: 'Import 2 files' });
    expect(dialog).toHaveTextContent('id_ed25519');
    const before = host.data.sshKeys.length;
    await user.click(within(dialog).getByRole('button', { name: 'Import' }));
    await waitFor(() => expect(host.data.sshKeys.length).toBe(before + 2));
  });
});
