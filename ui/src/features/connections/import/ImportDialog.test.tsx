import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { emptyData, storyData } from '@/ipc/fake';
import { SSH_CONFIG } from '@/ipc/fake/imports';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';

const dialog = (name: string | RegExp) => screen.findByRole('dialog', { name });
const row = (name: string) => within(at(`[data-import="${name}"]`));
/** Nothing that takes files is under the mouse. */
const drop = (host: Awaited<ReturnType<typeof openPage>>['host'], path: string) => {
  document.elementFromPoint = () => null;
  host.drop([path]);
};
const names = (host: Awaited<ReturnType<typeof openPage>>['host']) => host.data.connections.map(({ name }) => name).sort();

/** The dialog with what is in the file that lies where OpenSSH keeps it. */
async function look(options: Parameters<typeof openPage>[1] = { data: emptyData('unlocked') }) {
  const opened = await openPage('/connections', options);
  await opened.user.click(await waitFor(() => at('#import-connections')));
  await dialog('Import connections');
  await waitFor(() => expect(at('#import-path')).toHaveValue(SSH_CONFIG));
  await opened.user.click(at('#import-look'));
  await dialog('4 connections of OpenSSH');
  return opened;
}

describe('importing connections', () => {
  it('offers the file that lies where its program keeps it, and asks for the others', async () => {
    const { user, host } = await openPage('/connections', { data: emptyData('unlocked') });
    await user.click(await waitFor(() => at('#import-connections')));
    const open = await dialog('Import connections');
    await waitFor(() => expect(at('#import-path')).toHaveValue(SSH_CONFIG));
    await expectAccessible();
    await user.click(within(open).getByRole('radio', { name: 'WinSCP' }));
    expect(at('#import-path')).toHaveValue('');
    expect(at('#import-look')).toBeDisabled();
    vi.spyOn(host.commands, 'localPick').mockResolvedValueOnce('/home/m.koch/WinSCP.ini');
    await user.click(within(open).getByRole('button', { name: 'Choose a file' }));
    await dialog('2 connections of WinSCP');
    expect(row('live').getByText('alice@sftp.example.org:22')).toBeInTheDocument();
  });

  it('shows what would come in, what stays behind and why, and imports what is ticked', async () => {
    const { user, host, path } = await look();
    expect(row('partner').getByText('Key missing')).toBeInTheDocument();
    expect(row('partner').getByText(/Courier does not have rot13/)).toBeInTheDocument();
    expect(row('nobody').getByText('Left out')).toBeInTheDocument();
    expect(row('nobody').queryByRole('checkbox')).toBeNull();
    await expectAccessible();
    expect(host.data.connections).toHaveLength(0);

    await user.click(at('#import-all'));
    expect(at('#import-apply')).toBeDisabled();
    await user.click(row('inner').getByRole('checkbox'));
    // The server on the way comes along, and says so.
    expect(row('gate').getByRole('checkbox')).toBeChecked();
    expect(row('gate').getByRole('checkbox')).toHaveAttribute('aria-disabled', 'true');
    await user.click(screen.getByRole('button', { name: 'Import 2 connections' }));
    await dialog('2 connections imported');
    expect(at('#import-result')).toHaveTextContent('gate and inner');
    expect(screen.getByText('All are disabled for now')).toBeInTheDocument();
    expect(names(host)).toEqual(['gate', 'inner']);
    await user.click(screen.getByRole('button', { name: 'Show the connections' }));
    await waitFor(() => expect(path()).toMatch(/^\/connections\/./));
    await waitFor(() => expect(at('[data-connection-row="gate"]')).toBeInTheDocument());
  });

  it('takes nothing that is there already, and numbers a name that is taken', async () => {
    const data = emptyData('unlocked');
    const { user, host } = await look({ data });
    await user.click(screen.getByRole('button', { name: 'Import 3 connections' }));
    await dialog('3 connections imported');
    const gate = host.data.connections.find(({ name }) => name === 'gate');
    if (gate) gate.host = 'another.example';
    await user.click(at('#import-close'));
    await user.click(await waitFor(() => at('#import-connections')));
    await waitFor(() => expect(at('#import-path')).toHaveValue(SSH_CONFIG));
    await user.click(at('#import-look'));
    await dialog('4 connections of OpenSSH');
    expect(row('partner').getByText('There already, stays as it is')).toBeInTheDocument();
    expect(row('gate').getByText('New, as gate 2: gate is taken')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Import 1 connection' }));
    await dialog('1 connection imported');
    expect(names(host)).toEqual(['gate', 'gate 2', 'inner', 'partner']);
  });

  it('brings keys and passwords along only when that is asked for, and needs the vault for them', async () => {
    const data = emptyData('locked');
    const { user, host } = await look({ data });
    await user.click(at('#import-keys'));
    await waitFor(() => expect(row('partner').getByText('Key partner_key')).toBeInTheDocument());
    expect(at('#import-brought-keys')).toHaveTextContent('partner_key (ed25519)');
    await user.type(at('#import-group'), 'Partners');
    await waitFor(() => expect(row('partner').getByText('Partners')).toBeInTheDocument());
    await user.click(screen.getByRole('button', { name: 'Import 3 connections' }));
    await waitFor(() => expect(at('#import-dialog [role=alert]')).toHaveTextContent('The vault is locked'));
    expect(host.data.connections).toHaveLength(0);
    await user.click(screen.getByRole('button', { name: 'Unlock' }));
    await waitFor(() => expect(host.data.vault).toBe('unlocked'));
    await waitFor(() => expect(document.querySelector('#import-dialog [role=alert]')).toBeNull());
    await user.click(screen.getByRole('button', { name: 'Import 3 connections' }));
    await dialog('3 connections imported');
    expect(host.data.connections.map(({ group }) => group)).toEqual(['Partners', 'Partners', 'Partners']);
    expect(at('#import-result')).toHaveTextContent('1 private key came along: partner_key.');
  });

  it('imports only what was seen: a changed file is looked at again', async () => {
    const { user, host } = await look();
    host.data.fileChanges += 1;
    await user.click(screen.getByRole('button', { name: 'Import 3 connections' }));
    expect(await screen.findByText(/The file has changed since you looked at it/)).toBeInTheDocument();
    expect(host.data.connections).toHaveLength(0);
    await user.click(screen.getByRole('button', { name: 'Import 3 connections' }));
    await dialog('3 connections imported');
  });

  it('takes a file that is dropped, tells whose it is, and says what is wrong with one that it cannot read', async () => {
    const { user, host } = await openPage('/', { data: storyData() });
    await user.keyboard('{Control>}k{/Control}winscp{Enter}');
    await dialog('Import connections');
    drop(host, '/home/m.koch/sitemanager.xml');
    await dialog('1 connection of FileZilla');
    await user.click(at('#import-passwords'));
    await waitFor(() => expect(row('drop').getByText('Password')).toBeInTheDocument());
    drop(host, '/home/m.koch/nowhere.ini');
    expect(await screen.findByText(/Cannot read \/home\/m\.koch\/nowhere\.ini/)).toBeInTheDocument();
    expect(at('#import-apply')).toBeDisabled();
    await user.click(at('#import-back'));
    await dialog('Import connections');
    drop(host, '/home/m.koch/empty.ini');
    await dialog('0 connections of WinSCP');
    expect(at('#import-empty')).toBeInTheDocument();
    expect(at('#import-apply')).toBeDisabled();
  });
});
