// A folder of small files over SFTP, down and up, on loopback and over a path with a long round trip, beside OpenSSH's
// sftp, rclone and lftp on the same server.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from './harness/courier.mjs';
import { delayed } from './harness/delay.mjs';
import { fillMany, inMemory, place } from './harness/folder.mjs';
import { HEADER, inTurn, rows } from './harness/measure.mjs';
import { peers } from './harness/peers.mjs';
import { startSshd } from './harness/sshd.mjs';

const FILES = Number(process.env.COURIER_BENCH_FILES ?? 1000);
const BYTES = Number(process.env.COURIER_BENCH_FILE_BYTES ?? 10_000);
const PAIRS = Number(process.env.COURIER_BENCH_PAIRS ?? 5);
/** Over the long path sftp alone takes minutes for a run. */
const FAR_PAIRS = Math.min(PAIRS, Number(process.env.COURIER_BENCH_FAR_PAIRS ?? 2));
const ROUND_TRIP = Number(process.env.COURIER_BENCH_RTT_MS ?? 20);
/** For every program that can. */
const AT_ONCE = 16;

export default async function bench({ courier }) {
  const folder = inMemory(FILES * BYTES * 10 / 2 ** 20 + 256);
  const server = await startSshd(folder);
  const far = await delayed(server, ROUND_TRIP);
  try {
    fillMany(join(folder, 'source'), FILES, BYTES);
    const what = `${FILES} × ${BYTES / 1000} KB`;
    return [...HEADER,
      ...measure(courier, folder, server, what, 1, PAIRS),
      ...measure(courier, folder, far, `${what}, ${ROUND_TRIP} ms round trip,`, { sftp: 5 }, FAR_PAIRS),
      '', `${PAIRS} runs of each in turn (${FAR_PAIRS} over the long path), whole programs from start to end, files ${place(folder)}; ${AT_ONCE} files at once in Courier, rclone and lftp.`];
  } finally {
    far.stop();
    server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(courier, folder, server, what, goal, pairs) {
  const source = join(folder, 'source');
  const into = (name) => join(folder, 'targets', name);
  const ours = prepare(courier, folder, server, {
    download: { type_key: 'sftp.download', remote_path: `${source}/*`, local_path: into('courier'), concurrency: AT_ONCE },
    upload: { type_key: 'sftp.upload', local_path: `${source}/*`, remote_path: `${into('courier')}/`, concurrency: AT_ONCE },
  });
  const { sftp, rclone, lftp } = peers(folder, server);
  const contender = (name, program, args, extra = {}) => ({
    name, program, args, ...extra,
    before: () => { rmSync(into(name), { recursive: true, force: true }); mkdirSync(into(name), { recursive: true }); },
    after: () => execFileSync('diff', ['-r', source, into(name)]),
  });
  const batch = (line) => ({ input: `${line}\n` });
  const down = inTurn([
    contender('courier', courier, ours.run('download'), ours),
    contender('sftp', 'sftp', [...sftp.options, '-b', '-', sftp.place], batch(`get ${source}/* ${into('sftp')}/`)),
    contender('rclone', 'rclone', [...rclone, '--transfers', `${AT_ONCE}`, 'copy', `:sftp:${source}`, into('rclone')]),
    contender('lftp', 'lftp', lftp(`mirror -P${AT_ONCE} ${source} ${into('lftp')}`)),
  ], pairs);
  const up = inTurn([
    contender('courier', courier, ours.run('upload'), ours),
    contender('sftp', 'sftp', [...sftp.options, '-b', '-', sftp.place], batch(`put ${source}/* ${into('sftp')}/`)),
    contender('rclone', 'rclone', [...rclone, '--transfers', `${AT_ONCE}`, 'copy', source, `:sftp:${into('rclone')}`]),
    contender('lftp', 'lftp', lftp(`mirror -R -P${AT_ONCE} ${source} ${into('lftp')}`)),
  ], pairs);
  return [...rows(`${what} down`, down, FILES, goal, 'files/s'), ...rows(`${what} up`, up, FILES, goal, 'files/s')];
}
