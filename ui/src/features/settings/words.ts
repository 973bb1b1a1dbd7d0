/** Where the vault's key comes from, in words. A source that is not known is shown as it is. */
export function keySource(source: string | null): string {
  switch (source) {
    case null:
      return 'nothing yet';
    case 'keychain':
      return 'the system keychain';
    case 'passphrase':
      return 'a passphrase';
    case 'key_file':
      return 'a key file';
    default:
      return source;
  }
}
