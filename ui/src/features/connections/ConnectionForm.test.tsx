import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { UserEvent } from '@testing-library/user-event';
import { emptyData } from '@/ipc/fake';
import { expectAccessible, openConnection, openPage } from '@/test/open';
import { NEW, toDraft, withProtocol, withTlsMode, type EditedConnection } from './draft';

const choose = async (user: UserEvent, label: string, option: string) => {
  await user.click(screen.getByRole('combobox', { name: label }));
  await user.click(await screen.findByRole('option', { name: option }));
};
const fillIn = async (user: UserEvent, protocol: 'SFTP' | 'FTPS' | 'FTP') => {
  await user.type(await screen.findByRole('textbox', { name: 'Name' }), 'Partner');
  await user.click(screen.getByRole('radio', { name: protocol }));
  await user.type(screen.getByRole('textbox', { name: 'Host' }), 'files.partner.example');
  await user.type(screen.getByRole('textbox', { name: 'User name' }), 'me');
  await user.type(screen.getByLabelText(/^Password/, { selector: 'input[type=password]' }), 'secret');
};
const save = (user: UserEvent) => user.click(screen.getByRole('button', { name: 'Save' }));
const fold = (name: RegExp) => screen.getByRole('button', { name });

describe('the form of a connection', () => {
  it('makes an FTPS connection with a pinned certificate', async () => {
    const { user, host } = await openPage('/connections/new', { data: emptyData('unlocked') });
    await fillIn(user, 'FTPS');
    expect(screen.getByRole('textbox', { name: 'Port' })).toHaveValue('21');
    await user.click(screen.getByRole('radio', { name: 'Implicit' }));
    expect(screen.getByRole('textbox', { name: 'Port' })).toHaveValue('990');
    expect(screen.queryByRole('radio', { name: 'SSH key' })).not.toBeInTheDocument();
    await choose(user, 'Certificate', 'Only the certificate entered here');
    await save(user);
    expect(await screen.findByText('Enter the SHA-256 thumbprint.')).toBeInTheDocument();
    await user.type(screen.getByRole('textbox', { name: /SHA-256 of the certificate/ }), 'AB:CD');
    await choose(user, 'Newest TLS', 'TLS 1.2');
    await expectAccessible();
    await save(user);
    await waitFor(() => expect(host.data.connections).toHaveLength(1));
    expect(host.data.connections[0]).toMatchObject({
      protocol: 'ftps', port: 990, tls_mode: 'implicit', tls_cert_policy: 'pinned_thumbprint', tls_pinned_thumbprint: 'AB:CD', tls_version_ceiling: 'tls_1_2', auth_method: 'password',
    });
  });

  it('says that plain FTP protects nothing, and has no trust to set', async () => {
    const { user, host } = await openPage('/connections/new', { data: emptyData('unlocked') });
    await fillIn(user, 'FTP');
    expect(screen.getByText('Password and files travel unprotected')).toBeInTheDocument();
    expect(screen.queryByRole('region', { name: 'Trust' })).not.toBeInTheDocument();
    await user.click(fold(/^Limits/));
    await user.click(screen.getByRole('radio', { name: 'Active' }));
    await expectAccessible();
    await save(user);
    await waitFor(() => expect(host.data.connections[0]).toMatchObject({ protocol: 'ftp', port: 21, passive_mode: false }));
  });

  it('goes through a proxy that asks who is there', async () => {
    const { user, host } = await openPage('/connections/new', { data: emptyData('unlocked') });
    await fillIn(user, 'SFTP');
    await user.click(fold(/^Way to the server/));
    await choose(user, 'Reached', 'A SOCKS5 proxy');
    await save(user);
    expect(await screen.findByText("Enter the proxy's name or address.")).toBeInTheDocument();
    await user.type(screen.getByRole('textbox', { name: /Proxy's host/ }), 'proxy.example');
    await user.type(screen.getByRole('textbox', { name: /User of the proxy/ }), 'us');
    await user.type(screen.getByLabelText('Password of the proxy'), 'other');
    await expectAccessible();
    await save(user);
    await waitFor(() => expect(host.data.connections[0]?.proxy).toEqual({ kind: 'socks5', host: 'proxy.example', port: 1080, username: 'us' }));
    expect(host.data.proxyPasswords).toContain(host.data.connections[0]?.id);
  });

  it('wants a jump host to be chosen, and never offers the connection itself', async () => {
    const { user, host } = await openConnection('Aldgate Bank');
    await user.click(fold(/^Way to the server/));
    await choose(user, 'Reached', 'Another SFTP connection, as jump host');
    await save(user);
    expect(await screen.findByText('Choose the connection to go through.')).toBeInTheDocument();
    await user.click(screen.getByRole('combobox', { name: /Jump host/ }));
    expect(screen.queryByRole('option', { name: /^Aldgate Bank/ })).not.toBeInTheDocument();
    await user.click(await screen.findByRole('option', { name: /^Archive server/ }));
    await save(user);
    const id = (name: string) => host.data.connections.find((c) => c.name === name);
    await waitFor(() => expect(id('Aldgate Bank')?.jump_connection_id).toBe(id('Archive server')?.id));
  });

  it('has tags: known ones are found in any case, new ones are made', async () => {
    const { user, host } = await openConnection('Aldgate Bank');
    const field = screen.getByRole('combobox', { name: 'Tags' });
    await user.type(field, 'MONTH END{Enter}new one,');
    await expectAccessible();
    await user.click(screen.getByRole('button', { name: 'Remove tag Production' }));
    await save(user);
    const id = host.data.connections.find((c) => c.name === 'Aldgate Bank')?.id ?? '';
    await waitFor(() => expect(host.data.tagged.get(id)?.map((tag) => tag.name)).toEqual(['Month end', 'new one']));
    await user.type(screen.getByRole('textbox', { name: 'Find a connection' }), 'month');
    await waitFor(() => expect(document.querySelectorAll('[data-connection-row]')).toHaveLength(1));
  });

  it('limits the speed at certain hours of the week', async () => {
    const { user, host } = await openConnection('Aldgate Bank');
    await user.click(fold(/^Limits/));
    await user.type(screen.getByRole('textbox', { name: 'Speed limit' }), '5000');
    await user.click(screen.getByRole('button', { name: 'Another speed at certain hours' }));
    const hours = screen.getByRole('group', { name: 'Other speed 1' });
    await user.clear(within(hours).getByRole('textbox', { name: 'From' }));
    await save(user);
    expect(await screen.findByText('Enter a time such as 08:00.')).toBeInTheDocument();
    await user.type(within(hours).getByRole('textbox', { name: 'From' }), '07:30');
    await user.click(within(hours).getByRole('button', { name: /^Fr\s*iday/ }));
    await expectAccessible();
    await save(user);
    const limit = () => host.data.connections.find((c) => c.name === 'Aldgate Bank')?.rate_limit;
    await waitFor(() => expect(limit()?.bytes_per_sec).toBe(5_000_000));
    expect(limit()?.windows).toEqual([{ days: ['monday', 'tuesday', 'wednesday', 'thursday'], from: '07:30', until: '18:00', bytes_per_sec: 1_000_000 }]);
    await user.click(screen.getByRole('button', { name: 'Remove these hours' }));
    await user.clear(screen.getByRole('textbox', { name: 'Speed limit' }));
    await save(user);
    await waitFor(() => expect(limit()).toBeNull());
  });

  it('allows legacy algorithms only with a warning, and marks the connection', async () => {
    const { user, host } = await openConnection('Aldgate Bank');
    await user.click(fold(/^SSH algorithms/));
    const encryption = await screen.findByRole('group', { name: 'Encryption' });
    await user.click(within(encryption).getByRole('radio', { name: 'Only these' }));
    expect(screen.queryByText('Legacy algorithms are allowed')).not.toBeInTheDocument();
    await user.click(within(encryption).getByRole('checkbox', { name: /aes256-cbc/ }));
    expect(await screen.findByText('Legacy algorithms are allowed')).toBeInTheDocument();
    await expectAccessible();
    await save(user);
    const stored = () => host.data.connections.find((c) => c.name === 'Aldgate Bank')?.ssh_algorithms;
    await waitFor(() => expect(stored()?.encryption).toEqual(['aes256-gcm@openssh.com', 'aes256-ctr', 'aes256-cbc']));
    expect(await within(screen.getByRole('main')).findAllByText('Legacy algorithms')).not.toHaveLength(0);
    await user.click(within(encryption).getByRole('radio', { name: 'As Courier chooses' }));
    await save(user);
    await waitFor(() => expect(stored()).toBeNull());
  });

  it('opens the fold in which something is wrong', async () => {
    const { user } = await openPage('/connections/new', { data: emptyData('unlocked') });
    await fillIn(user, 'SFTP');
    await user.click(fold(/^Way to the server/));
    await choose(user, 'Reached', 'An HTTP proxy');
    await user.click(fold(/^Way to the server/));
    expect(screen.queryByRole('textbox', { name: /Proxy's host/ })).not.toBeInTheDocument();
    await save(user);
    expect(await screen.findByRole('textbox', { name: /Proxy's host/ })).toBeInTheDocument();
  });
});

describe('a draft', () => {
  const draft = (change: Partial<EditedConnection>): EditedConnection => ({ ...NEW, ...change });
  it('takes the usual port of another protocol along, and no other', () => {
    expect(withProtocol(draft({}), 'ftps').port).toBe(21);
    expect(withProtocol(draft({ port: 2222 }), 'ftps').port).toBe(2222);
    expect(withTlsMode(draft({ protocol: 'ftps', port: 21 }), 'implicit')).toEqual({ tls_mode: 'implicit', port: 990 });
  });
  it('loses what only SFTP has', () => {
    const sftp = draft({ auth_method: 'ssh_key', ssh_key_id: 'key', jump_connection_id: 'other' });
    expect(withProtocol(sftp, 'ftp')).toMatchObject({ auth_method: 'password', ssh_key_id: null, jump_connection_id: null });
  });
  it('is sent without its secrets', () => {
    const sent = toDraft(draft({ password: 'one', proxy_password: 'two', port: null }));
    expect(JSON.stringify(sent)).not.toMatch(/one|two/);
    expect(sent).not.toHaveProperty('port');
  });
});
