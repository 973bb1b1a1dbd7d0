/** What the programs are called whose connections come in, where they keep them, and what becomes of one. */
import type { ImportedConnection, ImportKind, ImportPreview } from '@/ipc';
import { count } from '@/lib/format';

export const PROGRAMS: Record<ImportKind, { label: string; file: string; help: string }> = {
  ssh_config: { label: 'OpenSSH', file: '~/.ssh/config', help: 'The hosts of a client configuration, usually .ssh/config in your home folder. What it includes is read, too.' },
  winscp: { label: 'WinSCP', file: 'WinSCP.ini', help: 'In WinSCP choose Tools, Export/Backup Configuration. Passwords are hidden in it and stay there.' },
  filezilla: { label: 'FileZilla', file: 'sitemanager.xml', help: 'FileZilla’s sites: sitemanager.xml in its own folder, or what File, Export writes.' },
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
  if (connection.missing === 'password') return 'Password missing';
  if (connection.missing === 'ssh_key') return 'Key missing';
  return connection.ssh_key === null ? 'Password' : `Key ${connection.ssh_key}`;
}

export function outcomeOf({ action, name, imported_from }: ImportedConnection): string {
  switch (action) {
    case 'create':
      return 'New';
    case 'renamed':
      return `New, as ${name}: ${imported_from} is taken`;
    case 'exists':
      return name === imported_from ? 'There already, stays as it is' : `There already as ${name}, stays as it is`;
    case 'skipped':
      return 'Left out';
  }
}

/** The names in the file that come in when these are wanted: the servers on the way to them, too. */
export function withTheirWay(preview: ImportPreview, wanted: ReadonlySet<string>): ReadonlySet<string> {
  const all = new Set(wanted);
  // What is added is gone through as well.
  for (const name of all) for (const { imported_from, through } of preview.connections) if (imported_from === name && through !== null) all.add(through);
  return all;
}

export const connectionsWords = (number: number): string => count(number, 'connection');
