/** Notifications in words: events, channels, and what became of telling. */
import { Bell, CircleCheck, CircleDashed, CircleMinus, CircleX, Mail, RotateCw, Waypoints, Webhook, type LucideIcon } from 'lucide-react';
import type { StateLook } from '@/components/State';
import { inside, t } from '@/i18n';
import type { AuditableEntityType, DeliveryState, EventDelivery, EventType, NotificationChannel, SmtpSecurity } from '@/ipc';

export type ChannelType = NotificationChannel['type'];

export interface EventWords {
  group: string;
  /** By itself: `Job failed`. */
  words: string;
  /** In its group: `failed`. */
  short: string;
}

export const EVENTS: Record<EventType, EventWords> = {
  JobFailed: { group: t('Jobs'), words: t('Job failed'), short: t('Failed') },
  JobCompleted: { group: t('Jobs'), words: t('Job completed'), short: t('Completed') },
  JobStarted: { group: t('Jobs'), words: t('Job started'), short: t('Started') },
  JobPaused: { group: t('Jobs'), words: t('Job paused'), short: t('Paused') },
  JobResumed: { group: t('Jobs'), words: t('Job resumed'), short: t('Resumed') },
  JobCancelled: { group: t('Jobs'), words: t('Job cancelled'), short: t('Cancelled') },
  ChainFailed: { group: t('Chains'), words: t('Chain failed'), short: t('Failed') },
  ChainCompleted: { group: t('Chains'), words: t('Chain completed'), short: t('Completed') },
  ChainStarted: { group: t('Chains'), words: t('Chain started'), short: t('Started') },
  ChainPaused: { group: t('Chains'), words: t('Chain paused'), short: t('Paused') },
  ChainResumed: { group: t('Chains'), words: t('Chain resumed'), short: t('Resumed') },
  ChainCancelled: { group: t('Chains'), words: t('Chain cancelled'), short: t('Cancelled') },
  MonitorFailed: { group: t('Monitors and schedules'), words: t('Monitor in error'), short: t('Monitor in error') },
  MonitorRecovered: { group: t('Monitors and schedules'), words: t('Monitor works again'), short: t('Monitor works again') },
  MonitorTriggered: { group: t('Monitors and schedules'), words: t('Monitor found files'), short: t('Monitor found files') },
  WatcherAutoDisabled: { group: t('Monitors and schedules'), words: t('Folder no longer watched, only looked at'), short: t('Folder no longer watched') },
  ExpectedFileMissing: { group: t('Monitors and schedules'), words: t('Expected file missing'), short: t('Expected file missing') },
  ExpectedFileArrived: { group: t('Monitors and schedules'), words: t('Expected file has come'), short: t('Expected file has come') },
  ScheduleMisfired: { group: t('Monitors and schedules'), words: t('Scheduled start missed'), short: t('Scheduled start missed') },
  KeyExpiringSoon: { group: t('Keys and servers'), words: t('Key expires soon'), short: t('Key expires soon') },
  KeyExpired: { group: t('Keys and servers'), words: t('Key has expired'), short: t('Key has expired') },
  HostKeyChanged: { group: t('Keys and servers'), words: t('Host key changed'), short: t('Host key changed') },
  InsecureTrustUsed: { group: t('Keys and servers'), words: t('Server trusted without a check'), short: t('Trusted without a check') },
  StepFailed: { group: t('Steps'), words: t('Step failed'), short: t('Failed') },
  StepCompleted: { group: t('Steps'), words: t('Step completed'), short: t('Completed') },
  StepStarted: { group: t('Steps'), words: t('Step started'), short: t('Started') },
  StepSkipped: { group: t('Steps'), words: t('Step skipped'), short: t('Skipped') },
  StepPaused: { group: t('Steps'), words: t('Step paused'), short: t('Paused') },
  StepResumed: { group: t('Steps'), words: t('Step resumed'), short: t('Resumed') },
  StepCancelled: { group: t('Steps'), words: t('Step cancelled'), short: t('Cancelled') },
  AuditBroken: { group: t('Courier itself'), words: t('Audit log is not whole'), short: t('Audit log is not whole') },
};

export const EVENT_TYPES = Object.keys(EVENTS) as EventType[];

/** `Job failed, chain failed and 2 more`. */
export function eventsWords(types: readonly EventType[], most = 2): string {
  const shown = EVENT_TYPES.filter((type) => types.includes(type)).map((type, index) => (index === 0 ? EVENTS[type].words : inside(EVENTS[type].words)));
  return shown.length <= most + 1 ? shown.join(', ') : t('{{shown}} and {{number}} more', { shown: shown.slice(0, most).join(', '), number: shown.length - most });
}

export const CHANNELS: Record<ChannelType, { label: string; icon: LucideIcon; help: string }> = {
  desktop: { label: t('Desktop'), icon: Bell, help: t('Shown by the system where a window of Courier is open. A click opens what it is about.') },
  email: { label: t('E-mail'), icon: Mail, help: t('A plain text to each address.') },
  webhook: { label: t('Webhook'), icon: Webhook, help: t('A POST of JSON to a web address. Any answer from 200 to 299 counts as arrival; redirects are not followed.') },
  amqp: { label: t('Message queue'), icon: Waypoints, help: t('A persistent AMQP 0.9.1 message, as RabbitMQ takes it. One that no queue takes counts as not arrived.') },
};

/** Where a channel leads to, short enough for a list. */
export function targetOf(channel: NotificationChannel): string {
  switch (channel.type) {
    case 'desktop':
      return t('Open windows');
    case 'email':
      return channel.to.join(', ');
    case 'webhook':
      return channel.url;
    case 'amqp':
      return `${channel.url} ${channel.exchange}`.trim();
  }
}

export const SECURITY: Record<SmtpSecurity, { label: string; title: string; port: number }> = {
  starttls: { label: 'STARTTLS', title: t('Begins in the clear and goes over to TLS; refused when the server cannot. Usually port 587'), port: 587 },
  tls: { label: 'TLS', title: t('TLS from the beginning. Usually port 465'), port: 465 },
  none: { label: t('None'), title: t('Nothing is protected. Usually port 25'), port: 25 },
};

export const DELIVERY_STATES: Record<DeliveryState, StateLook> = {
  pending: { tone: 'run', icon: CircleDashed, word: t('Waiting') },
  delivered: { tone: 'ok', icon: CircleCheck, word: t('Sent') },
  suppressed: { tone: 'idle', icon: CircleMinus, word: t('Counted') },
  dead: { tone: 'fail', icon: CircleX, word: t('Given up') },
};

const AGAIN: StateLook = { tone: 'warn', icon: RotateCw, word: t('Trying again') };

export function lookOf({ state, last_error }: EventDelivery): StateLook {
  return state === 'pending' && last_error !== null ? AGAIN : DELIVERY_STATES[state];
}

/** What kind of thing something is. */
export const THINGS: Record<AuditableEntityType, string> = {
  job: t('Job'),
  job_execution: t('Run'),
  step_execution: t('Step'),
  chain: t('Chain'),
  chain_execution: t('Run of a chain'),
  connection: t('Connection'),
  pgp_key: t('PGP key'),
  ssh_key: t('SSH key'),
  file_monitor: t('Monitor'),
  tag: t('Tag'),
  system_setting: t('Setting'),
  vault: t('Audit log'),
  schedule: t('Schedule'),
  calendar: t('Calendar'),
  notification_rule: t('Notification rule'),
};
