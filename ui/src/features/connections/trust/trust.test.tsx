import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { CERTIFICATE } from '@/ipc/fake/connections';
import { FINGERPRINTS } from '@/ipc/fake/seed';
import { expectAccessible, openConnection } from '@/test/open';
import { compareFingerprint } from '../fingerprint';
import { inPairs } from '../words';

const SHOWN = CERTIFICATE.thumbprint;

describe('trust', () => {
  it('shows a refused certificate and pins it after the whole fingerprint was entered', async () => {
    const { user, host } = await openConnection('Solent Retail');
    await user.click(screen.getByRole('button', { name: 'Test' }));
    expect(await screen.findByRole('region', { name: 'Certificate' })).toHaveTextContent('Solent Internal CA');
    expect(document.querySelector('[data-stage=authentication]')).toHaveAttribute('data-stage-state', 'skipped');
    expect(document.querySelector('[data-stage=host_key]')).not.toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Look at the certificate' }));
    const dialog = await screen.findByRole('alertdialog');
    expect(dialog).toHaveTextContent(inPairs(SHOWN));
    expect(dialog).toHaveTextContent('of an issuer that this computer does not trust');
    const pin = within(dialog).getByRole('button', { name: 'Pin this certificate' });
    expect(pin).toBeDisabled();
    await expectAccessible();
    await user.type(within(dialog).getByLabelText('Fingerprint that Solent Retail gave you'), inPairs(SHOWN));
    await user.click(pin);
    await waitFor(() => expect(host.data.connections.find((c) => c.name === 'Solent Retail')?.tls_pinned_thumbprint).toBe(SHOWN));
    expect(await screen.findByText('Everything works')).toBeInTheDocument();
  });

  it('shows the pinned certificate beside the one presented', async () => {
    const { user, host } = await openConnection('Solent Retail');
    const solent = host.data.connections.find((c) => c.name === 'Solent Retail');
    Object.assign(solent ?? {}, { tls_cert_policy: 'pinned_thumbprint', tls_pinned_thumbprint: 'ab'.repeat(32) });
    await user.click(screen.getByRole('button', { name: 'Test' }));
    await user.click(await screen.findByRole('button', { name: 'Look at the certificate' }));
    const dialog = await screen.findByRole('alertdialog', { name: 'The certificate of Solent Retail has changed' });
    expect(dialog).toHaveTextContent(inPairs('ab'.repeat(32)));
    expect(dialog).toHaveTextContent(inPairs(SHOWN));
  });

  it('keeps the earlier host keys where several servers have one name', async () => {
    const { user, host } = await openConnection('Baltic Grain');
    await user.click(screen.getByRole('button', { name: 'Test' }));
    await user.click(await screen.findByRole('button', { name: 'Compare keys' }));
    const dialog = await screen.findByRole('alertdialog');
    await user.type(within(dialog).getByLabelText('Fingerprint that Baltic Grain gave you'), FINGERPRINTS.shown);
    await user.click(within(dialog).getByRole('combobox', { name: 'What happened' }));
    await user.click(await screen.findByRole('option', { name: /Several servers have this name/ }));
    await user.click(within(dialog).getByRole('button', { name: 'Trust new key' }));
    await waitFor(() => expect(host.data.knownHosts.at(-1)?.fingerprint).toBe(FINGERPRINTS.shown));
    expect(host.data.knownHosts.find((known) => known.fingerprint === FINGERPRINTS.known)?.revoked_at).toBeNull();
  });

  it('revokes a known key after asking', async () => {
    const { user, host } = await openConnection('Baltic Grain');
    const list = screen.getByRole('list', { name: 'Known keys' });
    await user.click(within(list).getByRole('button', { name: 'Revoke ED25519 key' }));
    const question = await screen.findByRole('alertdialog');
    expect(question).toHaveTextContent(FINGERPRINTS.known);
    await expectAccessible();
    await user.click(within(question).getByRole('button', { name: 'Revoke key' }));
    await waitFor(() => expect(host.data.knownHosts.find((known) => known.fingerprint === FINGERPRINTS.known)?.revoked_at).not.toBeNull());
    expect(await screen.findByText(/^revoked/)).toBeInTheDocument();
  });
});

describe('comparing certificates', () => {
  it.each([
    ['', 'empty'],
    ['3F:9A', 'so_far'],
    [inPairs(SHOWN), 'same'],
    [` ${SHOWN.toUpperCase()} `, 'same'],
    [`${SHOWN}0`, 'different'],
    ['ab', 'different'],
  ])('%j is %s', (typed, state) => {
    expect(compareFingerprint(typed, SHOWN).state).toBe(state);
  });
});
