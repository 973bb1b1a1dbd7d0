// Where a bench puts its files, and what is in them.
import { randomFillSync } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MIB = 1024 * 1024;

/** A new folder in memory if `mib` fit there: the disk is not what is measured. */
export function inMemory(mib) {
  let parent = tmpdir();
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize > mib * MIB) parent = '/dev/shm';
  } catch { /* no such file system here */ }
  return mkdtempSync(join(parent, 'courier-bench-'));
}

/** A new folder on the disk. */
export function onDisk() {
  return mkdtempSync(join('/var/tmp', 'courier-bench-'));
}

/** What a table says about a folder. */
export const place = (folder) => (folder.startsWith('/dev/shm') ? 'in memory' : 'in a disk folder');

/** One file of bytes that no layer can shrink. */
export function fill(path, mib) {
  const block = Buffer.alloc(MIB);
  const file = openSync(path, 'w');
  for (let n = 0; n < mib; n++) writeSync(file, randomFillSync(block));
  closeSync(file);
}

/** A folder of `count` files of `bytes` each. */
export function fillMany(folder, count, bytes) {
  mkdirSync(folder, { recursive: true });
  const block = Buffer.alloc(bytes);
  for (let n = 0; n < count; n++) writeFileSync(join(folder, `file-${String(n).padStart(6, '0')}.dat`), bytes ? randomFillSync(block) : block);
}
