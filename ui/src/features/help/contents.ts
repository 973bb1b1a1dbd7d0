/** The areas of the help, what each is found by, where each is spoken of in the window, and which fields it explains. */
import { Activity, Bell, BookOpen, Braces, CalendarClock, FileSearch, KeyRound, Radar, ScrollText, Server, SlidersHorizontal, Terminal, Waypoints, Workflow, type LucideIcon } from 'lucide-react';

export const AREAS = [
  'start', 'jobs', 'expressions', 'running', 'schedules', 'chains', 'monitors', 'connections', 'keys', 'files', 'audit', 'notifications', 'settings', 'command-line',
] as const;
export type Area = (typeof AREAS)[number];

export const isArea = (text: string): text is Area => AREAS.some((area) => area === text);

export interface Topic {
  title: string;
  icon: LucideIcon;
  /** What the page is about, in a sentence. */
  about: string;
  /** Other words that it is found by. */
  words: string;
  /** Labels of the fields that the page has notes on; a test compares. */
  notes: readonly string[];
}

export const TOPICS: Record<Area, Topic> = {
  start: {
    title: 'Getting started', icon: BookOpen, about: 'What Courier does, the first job, finding your way.',
    words: 'begin introduction sample first tutorial keys palette tray closing drop dashboard', notes: [],
  },
  jobs: {
    title: 'Jobs and the builder', icon: Workflow, about: 'Drawing a job, versions, dry runs.', words: 'steps pipeline draft save version template copy paste undo dry run rehearsal policy retry parameters',
    notes: ['Name', 'Description', 'If a step fails', 'At the same time', 'Priority', 'Time zone', 'Tags', 'Another job to wait for', 'If this step fails'],
  },
  expressions: {
    title: 'Expressions and pills', icon: Braces, about: 'Naming what earlier steps made, parameters, dates.', words: 'template variables placeholders braces filter date loop params wildcard glob pattern', notes: [],
  },
  running: {
    title: 'Runs and failures', icon: Activity, about: 'What a run shows, what is tried again, going on after a crash.', words: 'execution retry resume pause cancel error fail log crash receipt whole exit status', notes: [],
  },
  schedules: {
    title: 'Schedules and calendars', icon: CalendarClock, about: 'What starts by itself: times, days off, jobs that wait for each other.', words: 'cron quartz time zone holidays misfire missed dependency dependencies overlap summer time ics',
    notes: ['Starts', 'Expression', 'Time zone', 'At', 'Every', 'Minutes past the hour', 'On day', 'Except on the days of', 'Times that were missed', 'While its last run goes on', 'Date', 'Occasion'],
  },
  chains: { title: 'Chains', icon: Waypoints, about: 'Jobs one after the other and side by side.', words: 'graph dag edges members upstream fan-in', notes: ['Name', 'Job'] },
  monitors: {
    title: 'Monitors', icon: Radar, about: 'Folders that start something when files come, and files that are expected.', words: 'watch folder inbox watcher scan patterns stable expected deadline',
    notes: [
      'Name', 'Where the folder is', 'Connection', 'Path', 'Patterns', 'Left out', 'Files in one run, at most', 'Every', 'A file is ready once unchanged for', 'In error after', 'Looked at by', 'Tags', 'Notes', 'Names, one a line', 'At least', 'By',
      'From', 'Time zone', 'Names like', 'Except on the days of',
    ],
  },
  connections: {
    title: 'Connections and trust', icon: Server, about: 'Servers, logins, host keys and certificates, limits, proxies.',
    words: 'sftp ftp ftps ssh tls host key certificate fingerprint thumbprint trust password proxy jump socks timeout rate limit algorithms import winscp filezilla',
    notes: [
      'Name', 'Group', 'Protocol', 'Host', 'Port', 'TLS begins', 'User name', 'With', 'Password', 'SSH key', 'Tags', 'Host key', 'Fingerprint', 'Certificate', 'SHA-256 of the certificate', 'Oldest TLS', 'Newest TLS', 'No progress for', 'Reconnect',
      'Keep alive', 'Give up connecting after', 'Sessions at once', 'Requests', 'Data connections', 'Speed limit', 'Time zone of the hours', 'Reached', 'Jump host', "Proxy's host", 'User of the proxy', 'Password of the proxy',
    ],
  },
  keys: {
    title: 'Keys and OpenPGP', icon: KeyRound, about: 'Making, importing, retiring and revoking keys; what decrypting promises.', words: 'pgp gpg openpgp ssh encrypt decrypt sign verify passphrase expire expiry revoke successor private public',
    notes: ['Name', 'User', 'Kind', 'Good for', 'Last day', 'Passphrase', 'Passphrase again', 'File', 'Successor', 'Format', 'Why', 'Message', 'Revocation certificate', 'Tags'],
  },
  files: { title: 'Files and passports', icon: FileSearch, about: 'Where a file came from, what was done to it, where it went.', words: 'receipt sha256 hash passport send again provenance', notes: [] },
  audit: { title: 'Audit', icon: ScrollText, about: 'The record of every change, and whether it is whole.', words: 'log record chain verify checkpoint export who', notes: ['Format', 'What'] },
  notifications: {
    title: 'Notifications and the outbox', icon: Bell, about: 'Who is told of what, and what did not arrive.', words: 'email mail smtp webhook amqp rabbitmq desktop rules log outbox dead replay bell',
    notes: ['Name', 'Mail server', 'Port', 'Protection', 'From', 'To', 'User name', 'Password', 'Address', 'Exchange', 'Routing key'],
  },
  settings: {
    title: 'Settings and the vault', icon: SlidersHorizontal, about: 'The vault, limits and policies, tags, several Couriers, versions.', words: 'vault passphrase recovery code keychain lock limits policies tags nodes postgres about version fips',
    notes: ['Passphrase', 'The same again', 'Key file', 'Recovery code', 'Passphrase of the vault', 'Name', 'Category', 'Notes'],
  },
  'command-line': { title: 'Command line', icon: Terminal, about: 'The courier command: runs, agents, bundles, backups.', words: 'cli courier command agent service bundle yaml apply export backup restore doctor json scripts', notes: [] },
};

/** What the page at an address is about. */
export function areaOf(path: string): Area {
  if (path.startsWith('/settings/notifications')) return 'notifications';
  const [, first = ''] = path.split('/');
  switch (first) {
    case 'jobs':
    case 'chains':
    case 'monitors':
    case 'connections':
    case 'keys':
    case 'files':
    case 'audit':
    case 'settings':
      return first;
    case 'executions':
      return 'running';
    default:
      return 'start';
  }
}
