/** Archives in the fake host: each holds what its name says (`hostile`, `doubled`, `sealed`, `broken`, `large`, `locked`, `empty`). */
import type { ArchiveListing, ArchiveListingEntry } from '../bindings';
import { appError } from './error';

const SHOWN = 5_000;

const entry = (name: string, size: number, rest: Partial<ArchiveListingEntry> = {}): ArchiveListingEntry => ({
  name, kind: name.endsWith('/') ? 'directory' : 'file', size, packed_size: Math.round(size / 3), encrypted: false, modified_at: '2026-11-20T08:00:00Z', refused: null, ...rest,
});

export function listArchive(path: string, password: string | null): ArchiveListing {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name.includes('missing')) throw appError('file_not_found', `Cannot read ${path}: there is no such file.`);
  if (name.includes('broken')) throw appError('archive_damaged', `${path} is damaged: its directory ends too early. Ask the sender for a fresh copy`);
  const format = /\.(zip|tar\.gz|tar\.zst|tar|7z|gz)$/.exec(name)?.[1];
  if (!format) throw appError('archive_damaged', `${path} is not an archive of a known kind (zip, tar, tar.gz, tar.zst, gzip, 7z)`);
  if (name.includes('sealed') && password === null) throw appError('archive_password', `${path} is encrypted: set the step's password`);
  if (name.includes('sealed') && password !== 'right') throw appError('archive_password', `the password does not open ${path}`);
  const encrypted = name.includes('sealed') || name.includes('locked');
  // Solid formats say no size for each entry.
  const rest = { encrypted, ...(format.startsWith('tar') ? { packed_size: null } : {}) };
  const entries = name.includes('empty')
    ? []
    : [
        entry('invoices/', 0, rest),
        entry('invoices/2026/november/INV-4711-halden-rowe-corrected-after-review-by-finance.csv', 48_213, rest),
        entry('invoices/INV-4712.csv', 51_002, rest),
        entry('readme.txt', 812, rest),
      ];
  if (name.includes('large')) for (let index = 0; index < 6_000; index += 1) entries.push(entry(`photos/IMG-${index + 1}.jpg`, 2_100_000, { packed_size: 2_090_000, ...rest }));
  if (name.includes('doubled')) entries.push(entry('readme.txt', 90, { ...rest, refused: 'another entry has the same name' }));
  if (name.includes('hostile')) {
    entries.push(entry('../../etc/cron.d/x', 40, { ...rest, refused: 'its name leads out of the target folder (`..`)' }));
    entries.push(entry('latest', 0, { ...rest, kind: 'symlink', refused: 'it is a symbolic link' }));
  }
  return {
    format, archive_size: 34_100, entries: entries.slice(0, SHOWN), total_entries: entries.length, total_size: entries.reduce((sum, one) => sum + one.size, 0), truncated: entries.length > SHOWN,
  };
}
