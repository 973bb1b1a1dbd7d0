/** A notification rule while it is edited. What is right or wrong is said by the host when it is saved. */
import type { NotificationChannel, NotificationRule, Problem, RuleDraft, SmtpSecurity } from '@/ipc';
import { SECURITY, type ChannelType } from './words';

type Channel<T extends ChannelType> = Required<Extract<NotificationChannel, { type: T }>>;

export interface EditedRule extends Required<Omit<RuleDraft, 'channel'>> {
  type: ChannelType;
  /** What was entered for each channel, so that looking at another loses nothing. */
  email: Omit<Channel<'email'>, 'type' | 'port' | 'username'> & { port: number | null; username: string };
  webhook: Omit<Channel<'webhook'>, 'type'>;
  amqp: Omit<Channel<'amqp'>, 'type'>;
  /** Entered now; empty keeps the stored one, `null` removes it. */
  secret: string | null;
}

export const NEW: EditedRule = {
  name: '', is_enabled: true, event_types: ['JobFailed', 'ChainFailed', 'MonitorFailed'], tags: [], jobs: [], chains: [], monitors: [], type: 'desktop',
  email: { host: '', port: SECURITY.starttls.port, security: 'starttls', username: '', from: '', to: [] },
  webhook: { url: '' },
  amqp: { url: '', exchange: '', routing_key: '' },
  secret: '',
};

export function edited(rule: NotificationRule): EditedRule {
  const { name, is_enabled, event_types, tags, jobs, chains, monitors, channel } = rule;
  const { type, ...fields } = channel;
  return {
    ...NEW, name, is_enabled, event_types, tags, jobs, chains, monitors, type,
    ...(channel.type === 'email' && { email: { ...NEW.email, ...fields, username: channel.username ?? '' } }),
    ...(channel.type === 'webhook' && { webhook: { url: channel.url } }),
    ...(channel.type === 'amqp' && { amqp: { ...NEW.amqp, ...fields } }),
  };
}

export function toDraft(rule: EditedRule): RuleDraft {
  const { name, is_enabled, event_types, tags, jobs, chains, monitors } = rule;
  return { name, is_enabled, event_types, tags, jobs, chains, monitors, channel: channelOf(rule) };
}

/** Ports that the type of the wire can hold. */
const PORTS = 65_536;

export function channelOf({ type, email, webhook, amqp }: EditedRule): NotificationChannel {
  switch (type) {
    case 'desktop':
      return { type };
    case 'email': {
      const port = email.port ?? 0;
      const to = email.to.map((line) => line.trim()).filter((line) => line !== '');
      // What is no port at all goes as 0, which the host refuses in words.
      return { type, ...email, port: port < PORTS ? port : 0, username: email.username.trim() === '' ? null : email.username.trim(), to };
    }
    case 'webhook':
      return { type, ...webhook };
    case 'amqp':
      return { type, ...amqp };
  }
}

/** With another protection, and its usual port if the old one had its own. */
export function withSecurity(email: EditedRule['email'], security: SmtpSecurity): EditedRule['email'] {
  return { ...email, security, port: email.port === SECURITY[email.security].port ? SECURITY[security].port : email.port };
}

export const sameAs = (a: EditedRule, b: EditedRule): boolean => a.secret === b.secret && JSON.stringify(toDraft(a)) === JSON.stringify(toDraft(b));

/** The secret as the host takes it: none keeps the stored one, an empty one removes it. */
export const secretOf = ({ secret }: EditedRule): string | null => (secret === null ? '' : secret === '' ? null : secret);

/** What is wrong at a field or inside of it. */
export function saidOf(problems: readonly Problem[], field: string): string | undefined {
  return problems.find(({ path }) => path === field || path.startsWith(`${field}[`) || path.startsWith(`${field}.`))?.message;
}
