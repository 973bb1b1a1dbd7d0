/** The areas of the help, what each is found by, where each is spoken of in the window, and which fields it explains. */
import { Activity, Bell, BookOpen, Braces, CalendarClock, FileSearch, KeyRound, Radar, ScrollText, Server, SlidersHorizontal, Terminal, Waypoints, Workflow, type LucideIcon } from 'lucide-react';
import { t } from '@/i18n';

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
    title: t('Getting started'), icon: BookOpen, about: t('What Courier does, the first job, finding your way.'),
    words: t('begin introduction sample first tutorial keys palette tray closing drop dashboard'), notes: [],
  },
  jobs: {
    title: t('Jobs and the builder'), icon: Workflow, about: t('Drawing a job, versions, dry runs.'), words: t('steps pipeline draft save version template copy paste undo dry run rehearsal policy retry parameters'),
    notes: [t('Name'), t('Description'), t('If a step fails'), t('At the same time'), t('Priority'), t('Time zone'), t('Tags'), t('Another job to wait for'), t('If this step fails')],
  },
  expressions: {
    title: t('Expressions and pills'), icon: Braces, about: t('Naming what earlier steps made, parameters, dates.'), words: t('template variables placeholders braces filter date loop params wildcard glob pattern'), notes: [],
  },
  running: {
    title: t('Runs and failures'), icon: Activity, about: t('What a run shows, what is tried again, going on after a crash.'), words: t('execution retry resume pause cancel error fail log crash receipt whole exit status'), notes: [],
  },
  schedules: {
    title: t('Schedules and calendars'), icon: CalendarClock, about: t('What starts by itself: times, days off, jobs that wait for each other.'), words: t('cron quartz time zone holidays misfire missed dependency dependencies overlap summer time ics'),
    notes: [t('Starts'), t('Expression'), t('Time zone'), t('At'), t('Every'), t('Minutes past the hour'), t('On day'), t('Except on the days of'), t('Times that were missed'), t('While its last run goes on'), t('Date'), t('Occasion')],
  },
  chains: { title: t('Chains'), icon: Waypoints, about: t('Jobs one after the other and side by side.'), words: t('graph dag edges members upstream fan-in'), notes: [t('Name'), t('Job')] },
  monitors: {
    title: t('Monitors'), icon: Radar, about: t('Folders that start something when files come, and files that are expected.'), words: t('watch folder inbox watcher scan patterns stable expected deadline'),
    notes: [
      t('Name'), t('Where the folder is'), t('Connection'), t('Path'), t('Patterns'), t('Left out'), t('Files in one run, at most'), t('Every'), t('A file is ready once unchanged for'), t('In error after'), t('Looked at by'), t('Tags'), t('Notes'), t('Names, one a line'), t('At least'), t('By'),
      t('From'), t('Time zone'), t('Names like'), t('Except on the days of'),
    ],
  },
  connections: {
    title: t('Connections and trust'), icon: Server, about: t('Servers, logins, host keys and certificates, limits, proxies.'),
    words: t('sftp ftp ftps ssh tls host key certificate fingerprint thumbprint trust password proxy jump socks timeout rate limit algorithms import winscp filezilla'),
    notes: [
      t('Name'), t('Group'), t('Protocol'), t('Host'), t('Port'), t('TLS begins'), t('User name'), t('With'), t('Password'), t('SSH key'), t('Tags'), t('Host key'), t('Fingerprint'), t('Certificate'), t('SHA-256 of the certificate'), t('Oldest TLS'), t('Newest TLS'), t('No progress for'), t('Reconnect'),
      t('Keep alive'), t('Give up connecting after'), t('Sessions at once'), t('Requests'), t('Data connections'), t('Speed limit'), t('Time zone of the hours'), t('Reached'), t('Jump host'), t("Proxy's host"), t('User of the proxy'), t('Password of the proxy'),
    ],
  },
  keys: {
    title: t('Keys and OpenPGP'), icon: KeyRound, about: t('Making, importing, retiring and revoking keys; what decrypting promises.'), words: t('pgp gpg openpgp ssh encrypt decrypt sign verify passphrase expire expiry revoke successor private public'),
    notes: [t('Name'), t('User'), t('Kind'), t('Good for'), t('Last day'), t('Passphrase'), t('Passphrase again'), t('File'), t('Successor'), t('Format'), t('Why'), t('Message'), t('Revocation certificate'), t('Tags')],
  },
  files: { title: t('Files and passports'), icon: FileSearch, about: t('Where a file came from, what was done to it, where it went.'), words: t('receipt sha256 hash passport send again provenance'), notes: [] },
  audit: { title: t('Audit'), icon: ScrollText, about: t('The record of every change, and whether it is whole.'), words: t('log record chain verify checkpoint export who'), notes: [t('Format'), t('What')] },
  notifications: {
    title: t('Notifications and the outbox'), icon: Bell, about: t('Who is told of what, and what did not arrive.'), words: t('email mail smtp webhook amqp rabbitmq desktop rules log outbox dead replay bell'),
    notes: [t('Name'), t('Mail server'), t('Port'), t('Protection'), t('From'), t('To'), t('User name'), t('Password'), t('Address'), t('Exchange'), t('Routing key')],
  },
  settings: {
    title: t('Settings and the vault'), icon: SlidersHorizontal, about: t('The vault, limits and policies, tags, several Couriers, versions.'), words: t('vault passphrase recovery code keychain lock limits policies tags nodes postgres about version fips'),
    notes: [t('Passphrase'), t('The same again'), t('Key file'), t('Recovery code'), t('Passphrase of the vault'), t('Name'), t('Category'), t('Notes')],
  },
  'command-line': { title: t('Command line'), icon: Terminal, about: t('The courier command: runs, agents, bundles, backups.'), words: t('cli courier command agent service bundle yaml apply export backup restore doctor json scripts'), notes: [] },
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
