import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { emptyData } from '@/ipc/fake';
import { FINGERPRINTS } from '@/ipc/fake/seed';
import { expectAccessible, openConnection, openPage } from '@/test/open';
import { compareFingerprint } from './fingerprint';

const row = (name: string) => document.querySelector<HTMLElement>(`[data-connection-row="${name}"]`);

describe('connections', () => {
  it('opens on the first connection, grouped list and form', async () => {
    await openPage('/connections');
    expect(await screen.findByRole('heading', { level: 1, name: 'Aldgate Bank' })).toBeInTheDocument();
    expect(screen.getByText('Carriers')).toBeInTheDocument();
    expect(screen.getByRole('textbox', { name: 'Host' })).toHaveValue('sftp.aldgatebank.example');
    await expectAccessible();
  });

  it('shows a skeleton while it waits', async () => {
    await openPage('/connections', { hanging: ['connectionsList'] });
    expect(await screen.findByText('Loading the connections')).toBeInTheDocument();
  });

  it('says what failed and tries again', async () => {
    const { user, host } = await openPage('/connections', { failing: { connectionsList: 'store_unavailable' } });
    expect(await screen.findByText('The connections cannot be shown')).toBeInTheDocument();
    host.options.failing = {};
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(row('Aldgate Bank')).toBeInTheDocument());
  });

  it('teaches the first connection when there is none', async () => {
    const { user } = await openPage('/connections', { data: emptyData('unlocked') });
    expect(await screen.findByText('No connections yet')).toBeInTheDocument();
    await expectAccessible();
    await user.click(screen.getByRole('button', { name: 'New connection' }));
    expect(await screen.findByRole('heading', { level: 1, name: 'New connection' })).toBeInTheDocument();
  });

  it('shows at each field what the host says is wrong with it', async () => {
    const { user } = await openPage('/connections/new', { data: emptyData('unlocked') });
    await user.type(await screen.findByRole('textbox', { name: 'Name' }), 'Partner');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText("Enter the server's name or address.")).toBeInTheDocument();
    expect(screen.getByText('Enter the password to log in with.')).toBeInTheDocument();
    await expectAccessible();
  });

  it('saves a new connection and shows it', async () => {
    const { user, host, path } = await openPage('/connections/new', { data: emptyData('unlocked') });
    await user.type(await screen.findByRole('textbox', { name: 'Name' }), 'Partner');
    await user.type(screen.getByRole('textbox', { name: 'Host' }), 'sftp.partner.example');
    await user.type(screen.getByRole('textbox', { name: 'User name' }), 'me');
    await user.type(screen.getByLabelText(/^Password/, { selector: 'input[type=password]' }), 'secret');
    await user.keyboard('{Control>}s{/Control}');
    await waitFor(() => expect(host.data.connections).toHaveLength(1));
    await waitFor(() => expect(path()).toBe(`/connections/${host.data.connections[0]?.id}`));
    expect(host.data.connections[0]).toMatchObject({ name: 'Partner', host: 'sftp.partner.example', port: 22, auth_method: 'password' });
  });

  it('tests stage by stage until everything passed', async () => {
    const { user } = await openConnection('Meridian Freight');
    await user.click(screen.getByRole('button', { name: 'Test' }));
    expect(await screen.findByText('Everything works')).toBeInTheDocument();
    expect(document.querySelectorAll('[data-stage-state=passed]')).toHaveLength(10);
  });

  it('says in plain words that the log-in was refused', async () => {
    const { user } = await openConnection('Kestrel Insurance');
    await user.click(screen.getByRole('button', { name: 'Test' }));
    expect(await screen.findByText('The log-in was refused.')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Compare keys' })).not.toBeInTheDocument();
  });

  it('trusts a changed key only after the whole fingerprint was entered', async () => {
    const { user, host } = await openConnection('Baltic Grain');
    await user.click(screen.getByRole('button', { name: 'Test' }));
    await user.click(await screen.findByRole('button', { name: 'Compare keys' }));
    const dialog = await screen.findByRole('alertdialog');
    expect(dialog).toHaveTextContent(FINGERPRINTS.known);
    expect(dialog).toHaveTextContent(FINGERPRINTS.shown);
    expect(dialog).toHaveTextContent('Baltic prices');
    const trust = within(dialog).getByRole('button', { name: 'Trust new key' });
    expect(trust).toBeDisabled();
    await expectAccessible();
    const field = within(dialog).getByLabelText('Fingerprint that Baltic Grain gave you');
    await user.type(field, FINGERPRINTS.shown.slice(0, 25));
    expect(trust).toBeDisabled();
    expect(dialog).toHaveTextContent('18 of 43, same so far');
    await user.clear(field);
    await user.type(field, FINGERPRINTS.known);
    expect(trust).toBeDisabled();
    expect(dialog).toHaveTextContent('This is not the fingerprint that the server showed.');
    await user.clear(field);
    await user.type(field, FINGERPRINTS.shown);
    expect(trust).toBeEnabled();
    await user.click(trust);
    await waitFor(() => expect(host.data.knownHosts.at(-1)?.fingerprint).toBe(FINGERPRINTS.shown));
  });

  it('names the jobs that use a connection before it is deleted', async () => {
    const { user, host } = await openConnection('Baltic Grain');
    await user.click(screen.getByRole('button', { name: 'More' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Delete' }));
    const question = await screen.findByRole('alertdialog');
    expect(question).toHaveTextContent('These 2 jobs use it');
    expect(question).toHaveTextContent('Baltic contracts');
    await user.click(within(question).getByRole('button', { name: 'Keep it' }));
    expect(host.data.connections.map((c) => c.name)).toContain('Baltic Grain');
  });
});

describe('comparing fingerprints', () => {
  const shown = FINGERPRINTS.shown;
  it.each([
    ['', 'empty'],
    ['SHA2', 'empty'],
    [shown.slice(0, 12), 'so_far'],
    [shown.slice(7, 20), 'so_far'],
    [shown, 'same'],
    [`${shown}=`, 'same'],
    [` ${shown.slice(7)} `, 'same'],
    [FINGERPRINTS.known, 'different'],
    [`${shown}A`, 'different'],
    [shown.toLowerCase(), 'different'],
  ])('%j is %s', (typed, state) => {
    expect(compareFingerprint(typed, shown).state).toBe(state);
  });
});
