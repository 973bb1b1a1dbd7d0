// Listing one large folder over SFTP, on loopback and over a path with a long round trip, beside `sftp ls -1`.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from './harness/courier.mjs';
import { delayed } from './harness/delay.mjs';
import { fillMany, inMemory } from './harness/folder.mjs';
import { HEADER, inTurn, rows } from './harness/measure.mjs';
import { peers } from './harness/peers.mjs';
import { startSshd } from './harness/sshd.mjs';

const NAMES = Number(process.env.COURIER_BENCH_NAMES ?? 100_000);
const PAIRS = Number(process.env.COURIER_BENCH_PAIRS ?? 5);
const ROUND_TRIP = Number(process.env.COURIER_BENCH_RTT_MS ?? 20);

export default async function bench({ courier }) {
  const folder = inMemory(NAMES / 100 + 256);
  const server = await startSshd(folder);
  const far = await delayed(server, ROUND_TRIP);
  try {
    fillMany(join(folder, 'source'), NAMES, 0);
    return [...HEADER,
      ...measure(courier, folder, server, `list ${NAMES} names`, 1),
      ...measure(courier, folder, far, `list ${NAMES} names, ${ROUND_TRIP} ms round trip`, 5),
      '', `${PAIRS} runs of each in turn, whole programs from start to end. Courier also tells sizes and times.`];
  } finally {
    far.stop();
    server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(courier, folder, server, what, goal) {
  const source = join(folder, 'source');
  const ours = prepare(courier, folder, server);
  const { sftp } = peers(folder, server);
  const after = (printed) => {
    const found = printed.split('\n').filter((line) => line.includes('file-')).length;
    if (found !== NAMES) throw new Error(`${found} of ${NAMES} names were printed`);
  };
  const runs = inTurn([
    { name: 'courier', program: courier, args: ['--quiet', 'connection', 'ls', 'bench', source], ...ours, after },
    { name: 'sftp ls -1', program: 'sftp', args: [...sftp.options, '-b', '-', sftp.place], input: `ls -1 ${source}\n`, after },
  ], PAIRS);
  return rows(what, runs, NAMES, goal, 'names/s');
}
