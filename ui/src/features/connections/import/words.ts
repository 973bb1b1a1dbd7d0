/** What the programs are called whose connections come in, where they keep them, and what becomes of one. */
import { t } from '@/i18n';
import type { ImportedConnection, ImportKind, ImportPreview } from '@/ipc';

export const PROGRAMS: Record<ImportKind, { label: string; file: string; help: string }> = {
  ssh_config: { label: t('OpenSSH'), file: '~/.ssh/config', help: t('The hosts of a client configuration, usually .ssh/config in your home folder. What it includes is read, too.') },
  winscp: { label: t('WinSCP'), file: 'WinSCP.ini', help: t('In WinSCP choose Tools, Export/Backup Configuration. Passwords are hidden in it and stay there.') },
  filezilla: { label: t('FileZilla'), file: 'sitemanager.xml', help: t('FileZilla’s sites: sitemanager.xml in its own folder, or what File, Export writes.') },
};

export const KINDS: readonly ImportKind[] = ['ssh_config', 'winscp', 'filezilla'];

/** Whether the import makes a connection of it. */
export const comesIn = ({ action }: ImportedConnection): boolean => action === 'create' || action === 'renamed';

export function serverOf({ host, port, username }: ImportedConnection): string {
  if (host === '') return '–';
  const place = port ? `${host}:${port}` : host;
  return username === '' ? place : `${username}@${place}`;
}

export function loginOf(connection: ImportedConnection): string {
  if (!comesIn(connection)) return '';
  if (connection.missing === 'password') return t('Password missing');
  if (connection.missing === 'ssh_key') return t('Key missing');
  return connection.ssh_key === null ? t('Password') : t('Key {{ssh_key}}', { ssh_key: connection.ssh_key });
}

export function outcomeOf({ action, name, imported_from }: ImportedConnection): string {
  switch (action) {
    case 'create':
      return t('New');
    case 'renamed':
      return t('New, as {{name}}: {{imported_from}} is taken', { name, imported_from });
    case 'exists':
      return name === imported_from ? t('There already, stays as it is') : t('There already as {{name}}, stays as it is', { name });
    case 'skipped':
      return t('Left out');
  }
}

/** The names in the file that come in when these are wanted: the servers on the way to them, too. */
export function withTheirWay(preview: ImportPreview, wanted: ReadonlySet<string>): ReadonlySet<string> {
  const all = new Set(wanted);
  // What is added is gone through as well.
  for (const name of all) for (const { imported_from, through } of preview.connections) if (imported_from === name && through !== null) all.add(through);
  return all;
}

export const connectionsWords = (number: number): string => t('{{count}} connections', { count: number });
