/** What happened to a file, in words. */
import type { FileEvent } from '@/ipc';

/** What a type of step did. The others are told by what became of the file. */
const DONE: Record<string, string> = {
  'pgp.decrypt': 'Decrypted',
  'pgp.encrypt': 'Encrypted',
  'pgp.sign': 'Signed',
  'pgp.verify': 'Signature checked',
  'file.unzip': 'Unpacked',
  'file.zip': 'Packed',
  'file.copy': 'Copied',
  'file.rename': 'Renamed',
  'file.checksum': 'SHA-256 checked',
  'sftp.rename': 'Renamed',
  'ftp.rename': 'Renamed',
  'ftps.rename': 'Renamed',
  'http.request': 'Received from a web service',
  'command.run': 'Made by a program',
};

const BY_HAND: Record<string, string> = { 'hand.fetch': 'Fetched', 'hand.send': 'Sent', 'hand.send_again': 'Sent again' };

/** `label` is what the type of the step is called. */
export function wordsOf(event: FileEvent, label: string | undefined): string {
  const server = event.result?.connection_name ?? event.source?.connection_name ?? null;
  const done = DONE[event.operation];
  const onServer = server === null ? '' : ` on ${server}`;
  const by = event.run === null && event.performed_by !== null ? ` by ${event.performed_by}` : '';
  switch (event.fate) {
    case 'fetched':
      return `${BY_HAND[event.operation] ?? 'Fetched'} from ${server ?? 'a server'}${by}`;
    case 'sent':
      return `${BY_HAND[event.operation] ?? 'Sent'} to ${server ?? 'a server'}${by}`;
    case 'moved':
      return `${done ?? 'Moved'}${onServer}`;
    case 'checked':
      return done ?? 'Checked';
    case 'removed':
      return `Removed${server === null ? '' : ` from ${server}`}${label === undefined ? by : ` by ${label}`}`;
    case 'made':
      return done ?? (label === undefined ? 'Made' : `Made by ${label}`);
  }
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
