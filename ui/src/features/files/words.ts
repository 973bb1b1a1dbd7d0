/** What happened to a file, in words. */
import { t } from '@/i18n';
import type { FileEvent } from '@/ipc';

/** What a type of step did. The others are told by what became of the file. */
const DONE: Record<string, string> = {
  'pgp.decrypt': t('Decrypted'),
  'pgp.encrypt': t('Encrypted'),
  'pgp.sign': t('Signed'),
  'pgp.verify': t('Signature checked'),
  'file.unzip': t('Unpacked'),
  'file.zip': t('Packed'),
  'file.copy': t('Copied'),
  'file.rename': t('Renamed'),
  'file.checksum': t('SHA-256 checked'),
  'sftp.rename': t('Renamed'),
  'ftp.rename': t('Renamed'),
  'ftps.rename': t('Renamed'),
  'http.request': t('Received from a web service'),
  'command.run': t('Made by a program'),
};

/** `label` is what the type of the step is called. */
export function wordsOf(event: FileEvent, label: string | undefined): string {
  const server = event.result?.connection_name ?? event.source?.connection_name ?? null;
  const done = DONE[event.operation];
  const by = event.run === null ? event.performed_by : null;
  switch (event.fate) {
    case 'fetched':
      return fetched(server ?? t('a server'), by);
    case 'sent':
      return sent(server ?? t('a server'), by, event.operation === 'hand.send_again');
    case 'moved':
      return server === null ? (done ?? t('Moved')) : t('{{done}} on {{server}}', { done: done ?? t('Moved'), server });
    case 'checked':
      return done ?? t('Checked');
    case 'removed':
      return removed(server, label ?? by);
    case 'made':
      return done ?? (label === undefined ? t('Made') : t('Made by {{label}}', { label }));
  }
}

const fetched = (server: string, by: string | null) => (by === null ? t('Fetched from {{server}}', { server }) : t('Fetched from {{server}} by {{by}}', { server, by }));

function sent(server: string, by: string | null, again: boolean): string {
  if (by === null) return again ? t('Sent again to {{server}}', { server }) : t('Sent to {{server}}', { server });
  return again ? t('Sent again to {{server}} by {{by}}', { server, by }) : t('Sent to {{server}} by {{by}}', { server, by });
}

function removed(server: string | null, by: string | null): string {
  if (server === null) return by === null ? t('Removed') : t('Removed by {{by}}', { by });
  return by === null ? t('Removed from {{server}}', { server }) : t('Removed from {{server}} by {{by}}', { server, by });
}

/** The name of its glyph; `icon` is that of the type of the step. */
export function iconOf(event: FileEvent, icon: string | undefined): string | undefined {
  switch (event.fate) {
    case 'fetched':
      return 'download';
    case 'sent':
      return 'upload';
    case 'removed':
      return 'trash-2';
    case 'checked':
      return icon ?? 'shield-check';
    case 'moved':
    case 'made':
      return icon;
  }
}
