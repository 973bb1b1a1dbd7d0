import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { emptyData, storyData } from '@/ipc/fake';
import { expectAccessible, openPage, type Opened } from '@/test/open';
import { pointAt } from '@/test/pointer';

const row = (name: string) => document.querySelector<HTMLElement>(`[data-key-row="${name}"]`);
const firstRow = () => document.querySelector('[data-key-row]')?.getAttribute('data-key-row');

/** The panel of a key, opened by a click on its row. */
async function choose({ user }: Opened, name: string): Promise<HTMLElement> {
  await waitFor(() => expect(row(name)).toBeInTheDocument());
  await user.click(row(name) as HTMLElement);
  return screen.findByRole('complementary', { name });
}

/** An entry of the panel's menus. */
async function entry(opened: Opened, menu: 'Export' | 'More', label: RegExp | string): Promise<HTMLElement> {
  await opened.user.click(await screen.findByRole('button', { name: menu === 'Export' ? 'Export' : /^More/ }));
  return screen.findByRole('menuitem', { name: label });
}

const status = ({ host }: Opened, name: string) => host.data.pgpKeys.find((key) => key.name === name)?.status;

describe('the lists', () => {
  it('show our pairs and partners with what expires first on top', async () => {
    await openPage('/keys');
    await waitFor(() => expect(row('Halden Finance 2024')).toBeInTheDocument());
    expect(screen.getByText('Our key pairs')).toBeInTheDocument();
    expect(screen.getByText('Public keys of partners')).toBeInTheDocument();
    expect(firstRow()).toBe('Halden Finance 2024');
    expect(row('Halden Finance 2024')).toHaveTextContent('finance@halden-rowe.example');
    expect(row('Halden Finance 2024')).toHaveTextContent('Expiring');
    expect(row('Halden Finance 2024')).toHaveTextContent('9 days');
    expect(row('Meridian AP 2023')).toHaveTextContent('Revoked');
    await expectAccessible();
  });

  it('are sorted and narrowed, and widened again by one click', async () => {
    const { user } = await openPage('/keys');
    await waitFor(() => expect(row('Halden Finance 2024')).toBeInTheDocument());
    await user.click(screen.getByRole('button', { name: 'Name' }));
    await waitFor(() => expect(firstRow()).toBe('Halden Claims'));
    await user.click(screen.getByRole('combobox', { name: 'State' }));
    await user.click(await screen.findByRole('option', { name: 'retired' }));
    await waitFor(() => expect(document.querySelectorAll('[data-key-row]')).toHaveLength(1));
    await user.type(screen.getByRole('searchbox'), 'nobody');
    await user.click(await screen.findByRole('button', { name: 'Show all keys' }));
    await waitFor(() => expect(document.querySelectorAll('[data-key-row]').length).toBeGreaterThan(5));
  });

  it('show a skeleton while they wait', async () => {
    await openPage('/keys', { hanging: ['pgpKeysList'] });
    expect(await screen.findByText('Loading the keys')).toBeInTheDocument();
  });

  it('say what failed and try again', async () => {
    const { user, host } = await openPage('/keys', { failing: { pgpKeysList: 'store_unavailable' } });
    expect(await screen.findByText('The keys cannot be shown')).toBeInTheDocument();
    host.options.failing = {};
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(row('Halden Payroll')).toBeInTheDocument());
  });

  it('teach both ways to a key when there is none', async () => {
    await openPage('/keys', { data: emptyData('unlocked') });
    expect(await screen.findByText('No PGP keys yet')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Generate key' })).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Import' })).toBeInTheDocument();
    await expectAccessible();
  });

  it('show SSH keys with the connections that log in with them', async () => {
    const opened = await openPage('/keys');
    await opened.user.click(await screen.findByRole('radio', { name: /SSH/ }));
    const panel = await choose(opened, 'courier-ops-2026');
    expect(await within(panel).findByText('Aldgate Bank')).toBeInTheDocument();
    expect(await within(panel).findByText('Came into the store')).toBeInTheDocument();
    await expectAccessible();
  });
});

describe('generating', () => {
  it('makes a pair and shows it', async () => {
    const { user, host } = await openPage('/keys', { data: emptyData('unlocked') });
    await user.click(await screen.findByRole('button', { name: 'Generate key' }));
    const dialog = await screen.findByRole('dialog', { name: 'Generate a PGP key pair' });
    const generate = within(dialog).getByRole('button', { name: 'Generate' });
    expect(generate).toBeDisabled();
    await user.type(within(dialog).getByLabelText(/^Name/), 'Finance');
    await user.type(within(dialog).getByLabelText(/^User/), 'Finance');
    expect(dialog).toHaveTextContent('Without a mail address');
    await user.type(within(dialog).getByLabelText(/^User/), ' <finance@example.com>');
    expect(dialog).not.toHaveTextContent('Without a mail address');
    await expectAccessible();
    await user.click(generate);
    await waitFor(() => expect(row('Finance')).toBeInTheDocument());
    expect(host.data.pgpKeys[0]).toMatchObject({ algorithm: 'ecc_curve25519', user_ids: ['Finance <finance@example.com>'] });
    expect(await screen.findByRole('complementary', { name: 'Finance' })).toBeInTheDocument();
  });

  it('offers six kinds of PGP keys and five of SSH, each with what it is good for', async () => {
    const { user } = await openPage('/keys', { data: emptyData('unlocked') });
    for (const [tab, kinds] of [[/PGP/, 6], [/SSH/, 5]] as const) {
      await user.click(await screen.findByRole('radio', { name: tab }));
      await user.click(await screen.findByRole('button', { name: 'Generate key' }));
      await user.click(await screen.findByRole('combobox', { name: 'Kind' }));
      const options = await screen.findAllByRole('option');
      expect(options).toHaveLength(kinds);
      for (const option of options) expect(option.children[1]?.textContent).toMatch(/\w{4,}/);
      await user.keyboard('{Escape}');
      await user.click(screen.getByRole('button', { name: 'Cancel' }));
      await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    }
  });

  it('takes a last day and a passphrase that was typed twice', async () => {
    const opened = await openPage('/keys', { data: emptyData('unlocked') });
    const { user, host } = opened;
    let given: unknown = null;
    const { pgpKeysGenerate } = host.commands;
    host.commands.pgpKeysGenerate = (draft) => {
      given = draft;
      return pgpKeysGenerate(draft);
    };
    await user.click(await screen.findByRole('button', { name: 'Generate key' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Generate a PGP key pair' }));
    await user.type(dialog.getByLabelText(/^Name/), 'Finance');
    await user.type(dialog.getByLabelText(/^User/), 'finance@example.com');
    await user.click(dialog.getByRole('combobox', { name: 'Good for' }));
    await user.click(await screen.findByRole('option', { name: 'Until a day' }));
    const generate = dialog.getByRole('button', { name: 'Generate' });
    await user.type(await dialog.findByLabelText(/^Last day/), '2020-01-01');
    expect(await dialog.findByText('That day is over. Enter a later one.')).toBeInTheDocument();
    expect(generate).toBeDisabled();
    const year = new Date().getFullYear() + 2;
    await user.clear(dialog.getByLabelText(/^Last day/));
    await user.type(dialog.getByLabelText(/^Last day/), `${year}-06-30`);
    expect(generate).toBeEnabled();
    await user.type(dialog.getByLabelText('Passphrase'), 'one');
    expect(generate).toBeDisabled();
    await user.type(await dialog.findByLabelText(/^Passphrase again/), 'on');
    expect(dialog.getByText('This is not the same.')).toBeInTheDocument();
    await user.type(dialog.getByLabelText(/^Passphrase again/), 'e');
    await user.click(generate);
    await waitFor(() => expect(given).toMatchObject({ passphrase: 'one' }));
    const end = new Date(host.data.pgpKeys[0]?.expires_at ?? 0);
    expect([end.getFullYear(), end.getMonth()]).toEqual([year, 5]);
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
});

describe('importing', () => {
  beforeEach(() => pointAt(null));

  const open = async (opened: Opened, path: string) => {
    await opened.user.click(await screen.findByRole('button', { name: 'Import' }));
    const dialog = await screen.findByRole('dialog', { name: /^Import/ });
    await opened.user.type(within(dialog).getByLabelText(/^File/), path);
    await opened.user.click(within(dialog).getByRole('button', { name: 'Import' }));
    return dialog;
  };

  it('asks for a passphrase only where a key needs one', async () => {
    const opened = await openPage('/keys');
    const { user } = opened;
    const dialog = await open(opened, '/tmp/locked.asc');
    const passphrase = await within(dialog).findByLabelText(/^Passphrase/);
    expect(within(dialog).getByRole('alert')).toHaveTextContent('protected by a passphrase');
    await user.type(passphrase, 'wrong');
    await user.click(within(dialog).getByRole('button', { name: 'Import' }));
    await waitFor(() => expect(within(dialog).getByRole('alert')).toHaveTextContent('is wrong'));
    await expectAccessible();
    await user.clear(passphrase);
    await user.type(passphrase, 'right');
    await user.click(within(dialog).getByRole('button', { name: 'Import' }));
    await waitFor(() => expect(row('locked')).toBeInTheDocument());
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('takes every key of a file and shows the first', async () => {
    const opened = await openPage('/keys');
    await open(opened, '/tmp/keyring.gpg');
    await waitFor(() => expect(row('keyring 2')).toBeInTheDocument());
    expect(await screen.findByRole('complementary', { name: 'keyring' })).toBeInTheDocument();
    expect(await screen.findByText('2 keys imported')).toBeInTheDocument();
  });

  it('says in the dialog what is wrong with a file, and lets another be tried', async () => {
    const opened = await openPage('/keys');
    const dialog = await open(opened, '/tmp/notes.txt');
    expect(await within(dialog).findByText('The key file cannot be read')).toBeInTheDocument();
    await opened.user.clear(within(dialog).getByLabelText(/^File/));
    await opened.user.type(within(dialog).getByLabelText(/^File/), '/tmp/partner.asc');
    expect(within(dialog).queryByRole('alert')).toBeNull();
    await opened.user.click(within(dialog).getByRole('button', { name: 'Import' }));
    await waitFor(() => expect(row('partner')).toBeInTheDocument());
  });

  it('keeps what is remarked in sight until it was read', async () => {
    const opened = await openPage('/keys');
    const dialog = await open(opened, '/tmp/expired.asc');
    expect(await within(dialog).findByText(/is kept as retired/)).toBeInTheDocument();
    expect(screen.getByRole('dialog', { name: '1 key imported' })).toBeInTheDocument();
    await opened.user.click(within(dialog).getAllByRole('button', { name: 'Close' }).at(-1) as HTMLElement);
    await waitFor(() => expect(row('expired')).toHaveTextContent('Retired'));
  });

  it('finds an SSH key where a PGP key was looked for', async () => {
    const opened = await openPage('/keys');
    await open(opened, '/tmp/id_ed25519');
    expect(await screen.findByRole('complementary', { name: 'id_ed25519' })).toBeInTheDocument();
    expect(screen.getByRole('radio', { name: /SSH/ })).toBeChecked();
  });

  it('shows where files that are carried over the window can be dropped', async () => {
    const { host } = await openPage('/keys');
    await waitFor(() => expect(row('Halden Payroll')).toBeInTheDocument());
    host.drag({ phase: 'entered', paths: ['/tmp/partner.asc'], x: 0, y: 0 });
    expect(await screen.findByText('Drop the files to import their keys')).toBeInTheDocument();
    host.drag({ phase: 'left' });
    await waitFor(() => expect(screen.queryByText('Drop the files to import their keys')).toBeNull());
  });

  it('takes dropped files of every kind and says of each what came of it', async () => {
    const { user, host } = await openPage('/keys');
    await waitFor(() => expect(row('Halden Payroll')).toBeInTheDocument());
    const ssh = host.data.sshKeys.length;
    host.drop(['partner.asc', 'id_ed25519', 'expired.asc', 'known.asc', 'renewed.asc', 'notes.txt', 'locked.asc'].map((name) => `/tmp/${name}`));
    const dialog = await screen.findByRole('dialog', { name: 'Import 7 files' });
    await user.click(within(dialog).getByRole('button', { name: 'Import' }));
    await user.type(await within(dialog).findByLabelText(/^Passphrase/), 'right');
    const outcome = (name: string) => within(within(dialog).getByRole('list', { name: 'Files' })).getByText(name).closest('li');
    expect(outcome('partner.asc')).toHaveTextContent('partner imported');
    expect(outcome('id_ed25519')).toHaveTextContent('id_ed25519 imported');
    expect(outcome('expired.asc')).toHaveTextContent('is kept as retired');
    expect(outcome('known.asc')).toHaveTextContent('is there already');
    expect(outcome('renewed.asc')).toHaveTextContent('brought up to date');
    expect(outcome('notes.txt')).toHaveTextContent('is not a key that Courier can read');
    expect(outcome('locked.asc')).toHaveTextContent('protected by a passphrase');
    await expectAccessible();
    await user.click(within(dialog).getByRole('button', { name: 'Import' }));
    expect(await screen.findByRole('dialog', { name: '4 keys imported, 1 brought up to date' })).toBeInTheDocument();
    expect(host.data.sshKeys).toHaveLength(ssh + 1);
  });

  it('takes no files while another task is open', async () => {
    const { user, host } = await openPage('/keys');
    await user.click(await screen.findByRole('button', { name: 'Generate key' }));
    await screen.findByRole('dialog', { name: 'Generate a PGP key pair' });
    host.drop(['/tmp/partner.asc']);
    await user.click(screen.getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    host.drop(['/tmp/partner.asc']);
    expect(await screen.findByRole('dialog', { name: 'Import 1 file' })).toBeInTheDocument();
  });
});

describe('a key', () => {
  it('shows its users and what stops when it expires, with the way there', async () => {
    const opened = await openPage('/keys');
    const panel = within(await choose(opened, 'Halden Finance 2024'));
    expect(await panel.findByText(/^Stops on /)).toBeInTheDocument();
    expect(panel.getByText('Goes on')).toBeInTheDocument();
    await opened.user.click(panel.getByRole('link', { name: /Aldgate payments/ }));
    await waitFor(() => expect(opened.path()).toMatch(/^\/jobs\/.+/));
  });

  it('names what cannot run with it once it is retired', async () => {
    const opened = await openPage('/keys');
    await choose(opened, 'Halden Finance 2024');
    await opened.user.click(await entry(opened, 'More', 'Retire'));
    await opened.user.click(await screen.findByRole('button', { name: 'Retire key' }));
    expect(await screen.findByText('Does not run with it')).toBeInTheDocument();
    expect(await screen.findByText('Is retired now')).toBeInTheDocument();
  });

  it('gives its fingerprint without gaps', async () => {
    const opened = await openPage('/keys');
    await choose(opened, 'Halden Finance 2024');
    await opened.user.click(await screen.findByRole('button', { name: 'Copy fingerprint' }));
    expect(await navigator.clipboard.readText()).toBe('79F94CEDA55880624DAD51D46C1498D2FDD617E5');
  });

  it('says why something is not possible', async () => {
    const opened = await openPage('/keys');
    await choose(opened, 'Meridian AP 2023');
    const retire = await entry(opened, 'More', /^Retire/);
    expect(retire).toHaveAttribute('aria-disabled', 'true');
    expect(retire).toHaveTextContent('is revoked');
    await opened.user.keyboard('{Escape}');
    const exported = await entry(opened, 'Export', /^Export private key/);
    expect(exported).toHaveAttribute('aria-disabled', 'true');
    expect(exported).toHaveTextContent('only its owner can');
  });

  it('is exported as text or binary', async () => {
    const opened = await openPage('/keys');
    const formats: boolean[] = [];
    opened.host.commands.pgpKeysExport = async (_id, _path, armored) => {
      formats.push(armored);
      return null;
    };
    await choose(opened, 'Kestrel Claims');
    await opened.user.click(await entry(opened, 'Export', 'Export public key'));
    await waitFor(() => expect(formats).toEqual([true]));
    await opened.user.click(await entry(opened, 'Export', 'Export public key as binary'));
    await waitFor(() => expect(formats).toEqual([true, false]));
  });

  it('tells in its history what was exported', async () => {
    const opened = await openPage('/keys');
    await choose(opened, 'Halden Finance 2024');
    expect(await screen.findByText('Decrypted 12 files')).toBeInTheDocument();
    await opened.user.click(await entry(opened, 'Export', 'Export revocation certificate'));
    expect(await screen.findByText('Revocation certificate exported', { selector: 'li span' })).toBeInTheDocument();
  });

  it('says when its history cannot be read, and tries again', async () => {
    const opened = await openPage('/keys', { failing: { keysHistory: 'store_unavailable' } });
    const panel = within(await choose(opened, 'Halden Payroll'));
    expect(await panel.findByText(/could not be loaded/)).toBeInTheDocument();
    opened.host.options.failing = {};
    await opened.user.click(panel.getByRole('button', { name: 'Try again' }));
    expect(await panel.findByText('Came into the store')).toBeInTheDocument();
  });
});

describe('deleting', () => {
  it('is not possible while jobs use the key, and names them', async () => {
    const opened = await openPage('/keys');
    await choose(opened, 'Halden Finance 2024');
    await opened.user.click(await entry(opened, 'More', 'Delete'));
    const question = await screen.findByRole('alertdialog');
    expect(question).toHaveTextContent('can never be opened again');
    await waitFor(() => expect(question).toHaveTextContent('Meridian invoices'));
    expect(within(question).getByRole('button', { name: 'Delete key' })).toBeDisabled();
  });

  it('needs the name of the key', async () => {
    const opened = await openPage('/keys');
    await choose(opened, 'Halden Payroll');
    await opened.user.click(await entry(opened, 'More', 'Delete'));
    const question = await screen.findByRole('alertdialog');
    const remove = within(question).getByRole('button', { name: 'Delete key' });
    const name = await within(question).findByLabelText('Type Halden Payroll to confirm');
    expect(remove).toBeDisabled();
    await opened.user.type(name, 'Halden Payroll');
    await expectAccessible();
    await opened.user.click(remove);
    await waitFor(() => expect(opened.host.data.pgpKeys.map((key) => key.name)).not.toContain('Halden Payroll'));
    await waitFor(() => expect(screen.queryByRole('complementary', { name: 'Halden Payroll' })).toBeNull());
  });
});

describe('revoking', () => {
  it('ends a pair of ours with a reason, and says that it is for good and what stops', async () => {
    const opened = await openPage('/keys');
    await choose(opened, 'Halden Finance 2024');
    await opened.user.click(await entry(opened, 'More', 'Revoke'));
    const dialog = await screen.findByRole('dialog', { name: 'Revoke Halden Finance 2024?' });
    expect(dialog).toHaveTextContent('This is for good');
    await waitFor(() => expect(dialog).toHaveTextContent('6 jobs stop with it'));
    await opened.user.type(within(dialog).getByLabelText(/^Message/), 'See Halden Finance 2026');
    await expectAccessible();
    await opened.user.click(within(dialog).getByRole('button', { name: 'Revoke key' }));
    await waitFor(() => expect(status(opened, 'Halden Finance 2024')).toBe('revoked'));
    expect(await screen.findByText('Is revoked now')).toBeInTheDocument();
  });

  it("ends a partner's key only by the certificate that the partner sent", async () => {
    const opened = await openPage('/keys');
    await choose(opened, 'Kestrel Claims');
    await opened.user.click(await entry(opened, 'More', 'Revoke'));
    const dialog = within(await screen.findByRole('dialog', { name: 'Revoke Kestrel Claims?' }));
    expect(dialog.getByRole('button', { name: 'Revoke key' })).toBeDisabled();
    await opened.user.type(dialog.getByLabelText(/^Revocation certificate/), '/tmp/other.asc');
    await opened.user.click(dialog.getByRole('button', { name: 'Revoke key' }));
    expect(await dialog.findByText(/is not a revocation certificate of the key/)).toBeInTheDocument();
    await opened.user.clear(dialog.getByLabelText(/^Revocation certificate/));
    await opened.user.type(dialog.getByLabelText(/^Revocation certificate/), '/tmp/revocation.asc');
    await opened.user.click(dialog.getByRole('button', { name: 'Revoke key' }));
    await waitFor(() => expect(status(opened, 'Kestrel Claims')).toBe('revoked'));
  });
});

describe('a private key', () => {
  it('goes out only under a passphrase that was typed twice, or to who insists', async () => {
    const opened = await openPage('/keys');
    const { user, host } = opened;
    const given: unknown[] = [];
    host.commands.pgpKeysExportPrivate = async (_id, _path, passphrase, armored) => {
      given.push([passphrase, armored]);
      return null;
    };
    await choose(opened, 'Halden Finance 2024');
    await user.click(await entry(opened, 'Export', 'Export private key'));
    const dialog = await screen.findByRole('dialog', { name: /Export the private key/ });
    const submit = within(dialog).getByRole('button', { name: 'Choose a file' });
    expect(submit).toBeDisabled();
    await user.type(within(dialog).getByLabelText('Passphrase'), 'one');
    await user.type(await within(dialog).findByLabelText(/^Passphrase again/), 'two');
    expect(submit).toBeDisabled();
    expect(dialog).toHaveTextContent('This is not the same.');
    await user.clear(within(dialog).getByLabelText(/^Passphrase again/));
    await user.type(within(dialog).getByLabelText(/^Passphrase again/), 'one');
    expect(submit).toBeEnabled();
    await user.clear(within(dialog).getByLabelText('Passphrase'));
    expect(submit).toBeDisabled();
    await expectAccessible();
    await user.click(within(dialog).getByRole('checkbox', { name: /in clear all the same/ }));
    await user.click(within(dialog).getByRole('radio', { name: 'Binary' }));
    await user.click(submit);
    expect(await screen.findByText('Private key exported')).toBeInTheDocument();
    expect(given).toEqual([[null, false]]);
  });
});

describe('a successor', () => {
  const pick = async ({ user }: Opened, name: RegExp) => {
    await user.click(await screen.findByRole('combobox', { name: 'Successor' }));
    await user.click(await screen.findByRole('option', { name }));
  };

  it('takes the jobs over after it was shown what changes, and then what did', async () => {
    const opened = await openPage('/keys');
    const { user, host } = opened;
    await choose(opened, 'Halden Finance 2024');
    await pick(opened, /^Halden Payroll/);
    await user.click(await screen.findByRole('button', { name: 'Move 6 jobs to the successor' }));
    const dialog = await screen.findByRole('dialog', { name: 'Move jobs to Halden Payroll' });
    const meridian = (await within(dialog).findByText('Meridian invoices')).closest('li');
    expect(meridian).toHaveTextContent('becomes version 15');
    expect(meridian).toHaveTextContent('Decrypt: beside the old key');
    expect(dialog).toHaveTextContent('Encrypt: instead of the old key');
    await expectAccessible();
    await user.click(within(dialog).getByRole('button', { name: 'Move 6 jobs' }));
    const done = await screen.findByRole('dialog', { name: 'Moved to Halden Payroll' });
    expect(within(done).getByRole('link', { name: 'Meridian invoices' }).getAttribute('href')).toMatch(/^\/jobs\/.+/);
    await user.click(within(done).getAllByRole('button', { name: 'Close' }).at(-1) as HTMLElement);
    expect(await screen.findByText('All jobs use the successor already.')).toBeInTheDocument();
    expect(host.data.jobs.find((job) => job.name === 'Meridian invoices')?.current_version).toBe(15);
    await waitFor(() => expect(row('Halden Finance 2024')).toHaveTextContent('Halden Payroll'));
  });

  it('is refused where keys would follow each other in a circle', async () => {
    const data = storyData();
    const [old, next] = ['Halden Finance 2024', 'Halden Finance 2026'].map((name) => data.pgpKeys.find((key) => key.name === name));
    if (!old || !next) throw new Error('the story has no such keys');
    old.successor_key_id = next.id;
    const opened = await openPage('/keys', { data });
    await choose(opened, 'Halden Finance 2026');
    await pick(opened, /^Halden Finance 2024/);
    expect(await screen.findByText(/in a circle: Halden Finance 2026 → Halden Finance 2024 → Halden Finance 2026/)).toBeInTheDocument();
    expect(next.successor_key_id).toBeNull();
  });
});
