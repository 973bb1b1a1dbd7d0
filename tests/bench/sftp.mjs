// SFTP of one large file over loopback, down and up, beside OpenSSH's sftp and rclone on the same server; files in
// memory, then on the disk.
import { inMemory, onDisk } from './harness/folder.mjs';
import { large } from './harness/large.mjs';
import { HEADER } from './harness/measure.mjs';

const MIB = Number(process.env.COURIER_BENCH_MIB ?? 1024);
const PAIRS = Number(process.env.COURIER_BENCH_PAIRS ?? 5);
const GOALS = { down: 1.2, up: 1.0 };

export default async function bench({ courier }) {
  const setting = { courier, mib: MIB, pairs: PAIRS, goals: GOALS };
  return [...HEADER, ...await large({ ...setting, folder: inMemory(5 * MIB) }), ...await large({ ...setting, folder: onDisk() }),
    '', `${PAIRS} runs of each in turn, whole programs from start to end. Courier forces each file to the disk; the others leave that to the system.`];
}
