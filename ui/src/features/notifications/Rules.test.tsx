import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { emptyData, storyData, type Data, type FakeOptions } from '@/ipc/fake';
import { at } from '@/test/at';
import { expectAccessible, openPage, type Opened } from '@/test/open';

const OPS = 'Tell operations';
const row = (name: string) => document.querySelector<HTMLElement>(`[data-rule-row="${name}"]`);
const ruleOf = (data: Data, name: string) => {
  const found = data.outbox.rules.find(({ rule }) => rule.name === name);
  if (!found) throw new Error(`there is no rule ${name}`);
  return found;
};
const channelOf = <T extends string>(data: Data, name: string, type: T) => {
  const { channel } = ruleOf(data, name).rule;
  if (channel.type !== type) throw new Error(`${name} tells by ${channel.type}`);
  return channel as Extract<typeof channel, { type: T }>;
};

async function openRules(options: FakeOptions = {}): Promise<Opened> {
  const opened = await openPage('/settings/notifications', options);
  await waitFor(() => expect(row(OPS)).toBeInTheDocument());
  return opened;
}

async function openRule(name: string, options: FakeOptions = {}): Promise<Opened> {
  const data = options.data ?? storyData();
  const opened = await openPage(`/settings/notifications/${ruleOf(data, name).rule.id}`, { ...options, data });
  await screen.findByRole('heading', { level: 1, name });
  return opened;
}

describe('the list of rules', () => {
  it('is reached from the settings', async () => {
    const { user, path } = await openPage('/settings');
    await user.click(await screen.findByRole('button', { name: 'Open the notifications' }));
    await waitFor(() => expect(path()).toBe('/settings/notifications'));
  });

  it('says who is told of what, about what, by which channel, and when that was last', async () => {
    await openRules();
    expect(row(OPS)).toHaveTextContent('Job failed, chain failed and 3 more');
    expect(row(OPS)).toHaveTextContent('E-mail: ops@halden-rowe.example, m.koch@halden-rowe.example');
    await waitFor(() => expect(row(OPS)).toHaveTextContent('Tag Production'));
    expect(row('Night shift')).toHaveTextContent('Job Ledger archive and chain Morning close');
    expect(row('Ledger bus')).toHaveTextContent('Everything');
    await waitFor(() => expect(row(OPS)?.querySelector('time')).toBeInTheDocument());
    expect(row('Night shift')?.querySelector('time')).toBeNull();
    await waitFor(() => expect(within(row('Tickets') as HTMLElement).getByRole('link', { name: '2' })).toBeInTheDocument());
    await expectAccessible();
  });

  it('is filtered by event and target', async () => {
    const { user } = await openRules();
    await user.keyboard('/');
    await user.keyboard('tickets.halden');
    await waitFor(() => expect(row(OPS)).toBeNull());
    expect(row('Tickets')).toBeInTheDocument();
    await user.clear(at('#filter'));
    await user.type(at('#filter'), 'nothing like it');
    await user.click(await screen.findByRole('button', { name: 'Show all rules' }));
    await waitFor(() => expect(row(OPS)).toBeInTheDocument());
  });

  it('switches a rule off and on', async () => {
    const { user, host } = await openRules();
    await user.click(screen.getByRole('switch', { name: `Enabled: ${OPS}` }));
    await waitFor(() => expect(ruleOf(host.data, OPS).rule.is_enabled).toBe(false));
    await waitFor(() => expect(screen.getByRole('switch', { name: `Enabled: ${OPS}` })).toHaveAttribute('aria-checked', 'false'));
    await user.click(screen.getByRole('switch', { name: `Enabled: ${OPS}` }));
    await waitFor(() => expect(ruleOf(host.data, OPS).rule.is_enabled).toBe(true));
  });

  it('sends a test and shows that it was taken, or what the other side said', async () => {
    const { user, host } = await openRules();
    await user.click(screen.getByRole('button', { name: `Send a test by ${OPS}` }));
    const dialog = await screen.findByRole('dialog', { name: `Test of ${OPS}` });
    expect(await within(dialog).findByText('It was taken')).toBeInTheDocument();
    host.data.outbox.trial = { delivered: false, error: 'The mail server mail.halden-rowe.example did not take it: permanent error (550): no such user here' };
    await user.click(within(dialog).getByRole('button', { name: 'Send another' }));
    expect(await within(dialog).findByText('It was not taken')).toBeInTheDocument();
    expect(within(dialog).getByText(/permanent error \(550\): no such user here\.$/)).toBeInTheDocument();
    await expectAccessible();
  });

  it('says so when a test cannot even be sent', async () => {
    const data = storyData();
    data.vault = 'locked';
    const { user } = await openRules({ data });
    await user.click(screen.getByRole('button', { name: `Send a test by ${OPS}` }));
    expect(await within(await screen.findByRole('dialog')).findByText(/The vault is locked\./)).toBeInTheDocument();
    expect(at('[data-trial]').dataset.trial).toBe('failed');
  });

  it('deletes after a question, with a way back', async () => {
    const { user, host } = await openRules();
    await user.click(screen.getByRole('button', { name: 'More for Tickets' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Delete' }));
    const question = await screen.findByRole('alertdialog', { name: 'Delete Tickets?' });
    expect(question).toHaveTextContent('https://tickets.halden-rowe.example/hooks/courier');
    expect(ruleOf(host.data, 'Tickets').rule.is_deleted).toBe(false);
    await user.click(within(question).getByRole('button', { name: 'Delete the rule' }));
    await waitFor(() => expect(row('Tickets')).toBeNull());
    await user.click(await screen.findByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(row('Tickets')).toBeInTheDocument());
  });

  it('holds its place, can be asked for again, and teaches the first one', async () => {
    const waiting = await openPage('/settings/notifications', { hanging: ['notificationRulesList'] });
    expect(await screen.findByText('Loading the rules')).toBeInTheDocument();
    waiting.unmount();
    const failed = await openPage('/settings/notifications', { failing: { notificationRulesList: 'store_unavailable' } });
    expect(await screen.findByText('The rules cannot be shown')).toBeInTheDocument();
    failed.host.options.failing = {};
    await failed.user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(row(OPS)).toBeInTheDocument());
    failed.unmount();
    const { user, path } = await openPage('/settings/notifications', { data: emptyData('unlocked') });
    expect(await screen.findByText('Nobody is told of anything yet')).toBeInTheDocument();
    await expectAccessible();
    await user.keyboard('n');
    await waitFor(() => expect(path()).toBe('/settings/notifications/new'));
  });
});

describe('a rule', () => {
  it('is made for e-mail, with its password for the vault, and tested at once', async () => {
    const { user, host, path } = await openPage('/settings/notifications/new');
    await user.type(await screen.findByLabelText(/^Name/), 'Claims desk');
    await user.click(at('#rule-channel-email'));
    await user.type(at('#rule-host'), 'mail.example.org');
    await user.click(screen.getByRole('radio', { name: 'TLS' }));
    expect(at('#rule-port')).toHaveValue('465');
    await user.type(at('#rule-from'), 'courier@example.org');
    await user.type(at('#rule-to'), 'claims@example.org{Enter}desk@example.org');
    await user.type(at('#rule-username'), 'courier');
    await user.type(at('#rule-secret'), 'harbour lantern');
    await user.click(screen.getByRole('checkbox', { name: 'Key has expired' }));
    await user.click(screen.getByRole('checkbox', { name: 'Monitor in error' }));
    await user.click(at('#add-about'));
    await user.keyboard('kestrel claims{Enter}');
    await waitFor(() => expect(at('[data-about="Kestrel claims"]')).toBeInTheDocument());
    await expectAccessible();
    await user.click(screen.getByRole('button', { name: 'Save and send a test' }));
    await screen.findByRole('heading', { level: 1, name: 'Claims desk' });
    expect(await screen.findByText('It was taken')).toBeInTheDocument();
    const { rule, has_secret } = ruleOf(host.data, 'Claims desk');
    expect(path()).toBe(`/settings/notifications/${rule.id}`);
    expect(rule.channel).toEqual({ type: 'email', host: 'mail.example.org', port: 465, security: 'tls', username: 'courier', from: 'courier@example.org', to: ['claims@example.org', 'desk@example.org'] });
    expect(rule.event_types).toEqual(['JobFailed', 'ChainFailed', 'KeyExpired']);
    expect(rule.jobs).toEqual([host.data.jobs.find((job) => job.name === 'Kestrel claims')?.id]);
    expect(has_secret).toBe(true);
    expect(host.data.outbox.secrets.get(rule.id)).toBe('harbour lantern');
    expect(at('#rule-secret')).toHaveValue('');
  });

  it('is made for a web address and for a message queue', async () => {
    const { user, host } = await openPage('/settings/notifications/new');
    await user.type(await screen.findByLabelText(/^Name/), 'Hook');
    await user.click(at('#rule-channel-webhook'));
    await user.type(at('#rule-secret'), 'typed for the webhook');
    await user.type(at('#rule-url'), 'https://hooks.example.org/x');
    await user.click(at('#rule-channel-amqp'));
    expect(at('#rule-secret')).toHaveValue('');
    await user.type(at('#rule-url'), 'amqps://courier@mq.example.org/v');
    await user.type(at('#rule-exchange'), 'amq.topic');
    await user.click(at('#rule-channel-webhook'));
    expect(at('#rule-url')).toHaveValue('https://hooks.example.org/x');
    await user.keyboard('{Control>}s{/Control}');
    await screen.findByRole('heading', { level: 1, name: 'Hook' });
    expect(channelOf(host.data, 'Hook', 'webhook')).toEqual({ type: 'webhook', url: 'https://hooks.example.org/x' });
    expect(ruleOf(host.data, 'Hook').has_secret).toBe(false);
    await user.click(at('#rule-channel-amqp'));
    await user.type(at('#rule-url'), 'amqps://courier@mq.example.org/v');
    await user.type(at('#rule-exchange'), 'amq.topic');
    await user.click(at('#save-rule'));
    await waitFor(() => expect(ruleOf(host.data, 'Hook').rule.channel).toEqual({ type: 'amqp', url: 'amqps://courier@mq.example.org/v', exchange: 'amq.topic', routing_key: '' }));
  });

  it('shows what the host finds wrong, at its field', async () => {
    const { user, host } = await openPage('/settings/notifications/new');
    await user.click(await screen.findByRole('radio', { name: 'E-mail' }));
    await user.clear(at('#rule-port'));
    await user.type(at('#rule-port'), '70000');
    for (const name of ['Job failed', 'Chain failed', 'Monitor in error']) await user.click(screen.getByRole('checkbox', { name }));
    await user.click(at('#save-rule'));
    expect(await screen.findByText('Enter a name.')).toBeInTheDocument();
    expect(screen.getByText('Choose at least one event.')).toBeInTheDocument();
    expect(screen.getByText('Enter a port from 1 to 65535.')).toBeInTheDocument();
    expect(screen.getByLabelText(/^Mail server/)).toBeInvalid();
    expect(at('#rule-to')).toBeInvalid();
    expect(host.data.outbox.rules.some(({ rule }) => rule.name === '')).toBe(false);
    await expectAccessible();
  });

  it('is edited without its secret being asked for again', async () => {
    const { user, host } = await openRule(OPS);
    expect(at('#save-rule')).toBeDisabled();
    await user.clear(at('#rule-to'));
    await user.type(at('#rule-to'), 'desk@halden-rowe.example');
    await user.click(screen.getByRole('checkbox', { name: 'Chains: all' }));
    await user.click(screen.getByRole('button', { name: 'Remove tag Production' }));
    await user.click(at('#save-rule'));
    expect(await screen.findByText(`${OPS} saved`)).toBeInTheDocument();
    expect(channelOf(host.data, OPS, 'email').to).toEqual(['desk@halden-rowe.example']);
    const { rule, has_secret } = ruleOf(host.data, OPS);
    expect(rule.event_types.filter((type) => type.startsWith('Chain'))).toHaveLength(6);
    expect(rule.tags).toEqual([]);
    expect(has_secret).toBe(true);
    expect(host.data.outbox.secrets.size).toBe(0);
  });

  it('says that a stored secret goes with its channel', async () => {
    const { user, host } = await openRule(OPS);
    expect(screen.queryByText(/goes when you save/)).toBeNull();
    await user.click(at('#rule-channel-webhook'));
    expect(await screen.findByText('The secret of the e-mail channel goes when you save')).toBeInTheDocument();
    expect(document.querySelector('#remove-secret')).toBeNull();
    await user.type(at('#rule-url'), 'https://hooks.example.org/x');
    await user.click(at('#save-rule'));
    await waitFor(() => expect(ruleOf(host.data, OPS).has_secret).toBe(false));
  });

  it('loses its secret when somebody wants that', async () => {
    const { user, host } = await openRule(OPS);
    await user.click(at('#remove-secret'));
    expect(screen.getByText('The one in the vault is removed when you save.')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Keep it' }));
    expect(at('#save-rule')).toBeDisabled();
    await user.click(screen.getByRole('button', { name: 'Remove' }));
    await user.click(at('#save-rule'));
    await waitFor(() => expect(ruleOf(host.data, OPS).has_secret).toBe(false));
    await waitFor(() => expect(document.querySelector('#remove-secret')).toBeNull());
  });

  it('is not overwritten when somebody else saved it meanwhile', async () => {
    const { user, host } = await openRule(OPS);
    await user.type(at('#rule-name'), ' now');
    await host.commands.notificationRulesEnable(ruleOf(host.data, OPS).rule.id, false);
    await user.click(at('#save-rule'));
    expect(await screen.findByText(/was changed in the meantime\./)).toBeInTheDocument();
    expect(ruleOf(host.data, OPS).rule.is_enabled).toBe(false);
  });

  it('tests what was saved, and shows a failure with the way it took', async () => {
    const { user, host } = await openRule('Tickets');
    host.data.outbox.trial = { delivered: false, error: 'tickets.halden-rowe.example answered 401 Unauthorized' };
    await user.click(screen.getByRole('button', { name: 'Send a test' }));
    expect(await screen.findByText('It was not taken')).toBeInTheDocument();
    expect(at('[data-trial]')).toHaveTextContent('tickets.halden-rowe.example answered 401 Unauthorized.');
    expect(at('[data-trial]')).toHaveTextContent('webhook: https://tickets.halden-rowe.example/hooks/courier');
    await expectAccessible();
  });

  it('does not send a test when saving is refused', async () => {
    const { user } = await openRule('Tickets');
    await user.clear(at('#rule-url'));
    await user.click(screen.getByRole('button', { name: 'Save and send a test' }));
    expect(await screen.findByText(/begins with https/)).toBeInTheDocument();
    expect(document.querySelector('[data-trial]')).toBeNull();
  });

  it('shows what it told last', async () => {
    await openRule(OPS);
    const side = screen.getByRole('complementary', { name: 'Test and last notices' });
    expect(await within(side).findAllByText(/^Job failed: /)).toHaveLength(3);
    expect(within(side).getByText('Trying again')).toBeInTheDocument();
  });

  it('is deleted from its page', async () => {
    const { user, host, path } = await openRule('Tickets');
    await user.click(screen.getByRole('button', { name: 'Delete the rule' }));
    await user.click(await within(await screen.findByRole('alertdialog')).findByRole('button', { name: 'Delete the rule' }));
    await waitFor(() => expect(path()).toBe('/settings/notifications'));
    expect(ruleOf(host.data, 'Tickets').rule.is_deleted).toBe(true);
  });

  it('says so when there is no such rule', async () => {
    await openPage('/settings/notifications/01932f1a-0000-7000-8000-00000000dead');
    expect(await screen.findByText('The rule cannot be shown')).toBeInTheDocument();
    expect(screen.getByText(/There is no such notification rule\./)).toBeInTheDocument();
  });
});
