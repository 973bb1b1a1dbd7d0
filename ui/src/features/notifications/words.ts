/** Notifications in words: events, channels, and what became of telling. */
import { Bell, CircleCheck, CircleDashed, CircleMinus, CircleX, Mail, RotateCw, Waypoints, Webhook, type LucideIcon } from 'lucide-react';
import type { StateLook } from '@/components/State';
import { inside } from '@/i18n';
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
  JobFailed: { group: 'Jobs', words: 'Job failed', short: 'Failed' },
  JobCompleted: { group: 'Jobs', words: 'Job completed', short: 'Completed' },
  JobStarted: { group: 'Jobs', words: 'Job started', short: 'Started' },
  JobPaused: { group: 'Jobs', words: 'Job paused', short: 'Paused' },
  JobResumed: { group: 'Jobs', words: 'Job resumed', short: 'Resumed' },
  JobCancelled: { group: 'Jobs', words: 'Job cancelled', short: 'Cancelled' },
  ChainFailed: { group: 'Chains', words: 'Chain failed', short: 'Failed' },
  ChainCompleted: { group: 'Chains', words: 'Chain completed', short: 'Completed' },
  ChainStarted: { group: 'Chains', words: 'Chain started', short: 'Started' },
  ChainPaused: { group: 'Chains', words: 'Chain paused', short: 'Paused' },
  ChainResumed: { group: 'Chains', words: 'Chain resumed', short: 'Resumed' },
  ChainCancelled: { group: 'Chains', words: 'Chain cancelled', short: 'Cancelled' },
  MonitorFailed: { group: 'Monitors and schedules', words: 'Monitor in error', short: 'Monitor in error' },
  MonitorRecovered: { group: 'Monitors and schedules', words: 'Monitor works again', short: 'Monitor works again' },
  MonitorTriggered: { group: 'Monitors and schedules', words: 'Monitor found files', short: 'Monitor found files' },
  WatcherAutoDisabled: { group: 'Monitors and schedules', words: 'Folder no longer watched, only looked at', short: 'Folder no longer watched' },
  ExpectedFileMissing: { group: 'Monitors and schedules', words: 'Expected file missing', short: 'Expected file missing' },
  ExpectedFileArrived: { group: 'Monitors and schedules', words: 'Expected file has come', short: 'Expected file has come' },
  ScheduleMisfired: { group: 'Monitors and schedules', words: 'Scheduled start missed', short: 'Scheduled start missed' },
  KeyExpiringSoon: { group: 'Keys and servers', words: 'Key expires soon', short: 'Key expires soon' },
  KeyExpired: { group: 'Keys and servers', words: 'Key has expired', short: 'Key has expired' },
  HostKeyChanged: { group: 'Keys and servers', words: 'Host key changed', short: 'Host key changed' },
  InsecureTrustUsed: { group: 'Keys and servers', words: 'Server trusted without a check', short: 'Trusted without a check' },
  StepFailed: { group: 'Steps', words: 'Step failed', short: 'Failed' },
  StepCompleted: { group: 'Steps', words: 'Step completed', short: 'Completed' },
  StepStarted: { group: 'Steps', words: 'Step started', short: 'Started' },
  StepSkipped: { group: 'Steps', words: 'Step skipped', short: 'Skipped' },
  StepPaused: { group: 'Steps', words: 'Step paused', short: 'Paused' },
  StepResumed: { group: 'Steps', words: 'Step resumed', short: 'Resumed' },
  StepCancelled: { group: 'Steps', words: 'Step cancelled', short: 'Cancelled' },
  AuditBroken: { group: 'Courier itself', words: 'Audit log is not whole', short: 'Audit log is not whole' },
};

export const EVENT_TYPES = Object.keys(EVENTS) as EventType[];

/** `Job failed, chain failed and 2 more`. */
export function eventsWords(types: readonly EventType[], most = 2): string {
  const shown = EVENT_TYPES.filter((type) => types.includes(type)).map((type, index) => (index === 0 ? EVENTS[type].words : inside(EVENTS[type].words)));
  return shown.length <= most + 1 ? shown.join(', ') : `${shown.slice(0, most).join(', ')} and ${shown.length - most} more`;
}

export const CHANNELS: Record<ChannelType, { label: string; icon: LucideIcon; help: string }> = {
  desktop: { label: 'Desktop', icon: Bell, help: 'Shown by the system where a window of Courier is open. A click opens what it is about.' },
  email: { label: 'E-mail', icon: Mail, help: 'A plain text to each address.' },
  webhook: { label: 'Webhook', icon: Webhook, help: 'A POST of JSON to a web address. Any answer from 200 to 299 counts as arrival; redirects are not followed.' },
  amqp: { label: 'Message queue', icon: Waypoints, help: 'A persistent AMQP 0.9.1 message, as RabbitMQ takes it. One that no queue takes counts as not arrived.' },
};

/** Where a channel leads to, short enough for a list. */
export function targetOf(channel: NotificationChannel): string {
  switch (channel.type) {
    case 'desktop':
      return 'Open windows';
    case 'email':
      return channel.to.join(', ');
    case 'webhook':
      return channel.url;
    case 'amqp':
      return `${channel.url} ${channel.exchange}`.trim();
  }
}

export const SECURITY: Record<SmtpSecurity, { label: string; title: string; port: number }> = {
  starttls: { label: 'STARTTLS', title: 'Begins in the clear and goes over to TLS; refused when the server cannot. Usually port 587', port: 587 },
  tls: { label: 'TLS', title: 'TLS from the beginning. Usually port 465', port: 465 },
  none: { label: 'None', title: 'Nothing is protected. Usually port 25', port: 25 },
};

export const DELIVERY_STATES: Record<DeliveryState, StateLook> = {
  pending: { tone: 'run', icon: CircleDashed, word: 'Waiting' },
  delivered: { tone: 'ok', icon: CircleCheck, word: 'Sent' },
  suppressed: { tone: 'idle', icon: CircleMinus, word: 'Counted' },
  dead: { tone: 'fail', icon: CircleX, word: 'Given up' },
};

const AGAIN: StateLook = { tone: 'warn', icon: RotateCw, word: 'Trying again' };

export function lookOf({ state, last_error }: EventDelivery): StateLook {
  return state === 'pending' && last_error !== null ? AGAIN : DELIVERY_STATES[state];
}

/** What kind of thing something is. */
export const THINGS: Record<AuditableEntityType, string> = {
  job: 'Job',
  job_execution: 'Run',
  step_execution: 'Step',
  chain: 'Chain',
  chain_execution: 'Run of a chain',
  connection: 'Connection',
  pgp_key: 'PGP key',
  ssh_key: 'SSH key',
  file_monitor: 'Monitor',
  tag: 'Tag',
  system_setting: 'Setting',
  vault: 'Audit log',
  schedule: 'Schedule',
  calendar: 'Calendar',
  notification_rule: 'Notification rule',
};
