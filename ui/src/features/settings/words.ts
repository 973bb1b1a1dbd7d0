/** Where the vault's key comes from, in words. */
import type { KeySource } from '@/ipc';

export function keySource(source: KeySource | null): string {
  switch (source) {
    case null:
      return 'nothing yet';
    case 'keychain':
      return 'the system keychain';
    case 'passphrase':
      return 'a passphrase';
    case 'key_file':
      return 'a key file';
    case 'systemd_credential':
      return 'a credential of the system service';
  }
}
