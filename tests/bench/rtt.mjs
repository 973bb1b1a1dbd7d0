// SFTP of one large file over a path with a long round trip, down and up, beside OpenSSH's sftp and rclone.
import { inMemory } from './harness/folder.mjs';
import { large } from './harness/large.mjs';
import { HEADER } from './harness/measure.mjs';

const MIB = Number(process.env.COURIER_BENCH_MIB ?? 256);
const PAIRS = Number(process.env.COURIER_BENCH_PAIRS ?? 5);
const ROUND_TRIP = Number(process.env.COURIER_BENCH_RTT_MS ?? 50);
const GOAL = { sftp: 3 };

export default async function bench({ courier }) {
  const table = await large({
    courier, folder: inMemory(5 * MIB), mib: MIB, pairs: PAIRS, roundTripMs: ROUND_TRIP,
    goals: { down: GOAL, up: GOAL }, where: `${ROUND_TRIP} ms round trip`,
  });
  return [...HEADER, ...table, '', `${PAIRS} runs of each in turn, whole programs from start to end, the same delaying proxy before the server for all.`];
}
