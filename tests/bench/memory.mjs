// Memory of a transfer: a large file beside a small one, both ways, and eight at once. Sources are sparse files, so the disk
// holds what is fetched only; it is removed after each run.
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from './harness/courier.mjs';
import { onDisk } from './harness/folder.mjs';
import { once } from './harness/measure.mjs';
import { peers } from './harness/peers.mjs';
import { startSshd } from './harness/sshd.mjs';

const SMALL = Number(process.env.COURIER_BENCH_SMALL_MB ?? 100);
const LARGE = Number(process.env.COURIER_BENCH_LARGE_MB ?? 10_000);
const EIGHT = Number(process.env.COURIER_BENCH_EIGHT_MB ?? 1_000);
const GROWTH = 64;
/** As the setting `transfer.memory_budget` has it by default. */
const BUDGET = 256;

export default async function bench({ courier }) {
  const folder = onDisk();
  const server = await startSshd(folder);
  try {
    const source = (name, megabytes) => {
      const path = join(folder, name);
      const file = openSync(path, 'w');
      ftruncateSync(file, megabytes * 1e6);
      closeSync(file);
      return path;
    };
    const [tiny, small, large] = [source('tiny', 0.001), source('small', SMALL), source('large', LARGE)];
    mkdirSync(join(folder, 'eight'));
    for (let n = 0; n < 8; n++) source(`eight/${n}`, EIGHT);
    const into = join(folder, 'into');
    const jobs = Object.fromEntries([['tiny', tiny], ['small', small], ['large', large], ['eight', `${join(folder, 'eight')}/*`]].flatMap(([name, path]) => [
      [`${name}-down`, { type_key: 'sftp.download', remote_path: path, local_path: `${into}/`, concurrency: 8 }],
      [`${name}-up`, { type_key: 'sftp.upload', local_path: path, remote_path: `${into}/`, concurrency: 8 }],
    ]));
    const ours = prepare(courier, folder, server, jobs);
    const { sftp } = peers(folder, server);
    const measured = (run, megabytes, count = 1) => {
      rmSync(into, { recursive: true, force: true });
      mkdirSync(into);
      const ended = once(run);
      const name = count === 1 ? null : '0';
      const arrived = ended && statSync(join(into, name ?? run.file)).size;
      rmSync(into, { recursive: true, force: true });
      if (ended && arrived !== Math.round(megabytes * 1e6)) throw new Error(`${arrived} bytes arrived of ${megabytes} MB`);
      return ended;
    };
    const courierRun = (job, file) => ({ program: courier, args: ours.run(job), env: ours.env, file });
    const theirs = (way, file) => ({
      program: 'sftp', file, args: [...sftp.options, '-b', '-', sftp.place],
      input: way === 'down' ? `get ${join(folder, file)} ${into}/${file}\n` : `put ${join(folder, file)} ${into}/${file}\n`,
    });
    const lines = ['| what | way | Courier: peak MiB | growth over 1 KB | goal | s | sftp: peak MiB | s |', '|---|---|---|---|---|---|---|---|'];
    for (const way of ['down', 'up']) {
      const base = measured(courierRun(`tiny-${way}`, 'tiny'), 0.001);
      for (const [file, megabytes] of [['small', SMALL], ['large', LARGE]]) {
        lines.push(row(`${megabytes} MB`, way, measured(courierRun(`${file}-${way}`, file), megabytes), base, GROWTH, measured(theirs(way, file), megabytes)));
      }
      lines.push(row(`8 × ${EIGHT} MB at once`, way, measured(courierRun(`eight-${way}`, '0'), EIGHT, 8), base, BUDGET, null));
    }
    return [...lines, '', 'One run of each. Peak is the resident memory of the whole program.'];
  } finally {
    server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function row(what, way, ours, base, goal, theirs) {
  const peer = theirs === null ? '– | –' : `${Math.round(theirs.peak)} | ${theirs.seconds.toFixed(1)}`;
  if (ours === null || base === null) return `| ${what} | ${way} | did not end | – | missed | – | ${peer} |`;
  const growth = ours.peak - base.peak;
  return `| ${what} | ${way} | ${Math.round(ours.peak)} | ${growth.toFixed(1)} | ≤ ${goal}: ${growth <= goal ? 'met' : 'missed'} | ${ours.seconds.toFixed(1)} | ${peer} |`;
}
