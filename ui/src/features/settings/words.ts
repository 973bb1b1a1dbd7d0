/** Where the vault's key comes from, in words. */
import { t } from '@/i18n';
import type { KeySource } from '@/ipc';

export function keySource(source: KeySource | null): string {
  switch (source) {
    case null:
      return t('nothing yet');
    case 'keychain':
      return t('the system keychain');
    case 'passphrase':
      return t('a passphrase');
    case 'key_file':
      return t('a key file');
    case 'systemd_credential':
      return t('a credential of the system service');
  }
}
