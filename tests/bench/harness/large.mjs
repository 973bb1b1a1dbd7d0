// One large file down and up beside OpenSSH's sftp and rclone on the same server, whole programs from start to end.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from './courier.mjs';
import { delayed } from './delay.mjs';
import { fill, place } from './folder.mjs';
import { inTurn, rows } from './measure.mjs';
import { peers } from './peers.mjs';
import { startSshd } from './sshd.mjs';

/** The rows of a table. `roundTripMs` 0 is loopback as it is; `goals` has `down` and `up` for rows(). Removes `folder`. */
export async function large({ courier, folder, mib, pairs, roundTripMs = 0, goals, where = place(folder) }) {
  const near = await startSshd(folder);
  let server = near;
  try {
    if (roundTripMs > 0) server = await delayed(near, roundTripMs);
    const source = join(folder, 'source.bin');
    fill(source, mib);
    const target = (name) => { const path = join(folder, 'targets', name); mkdirSync(path, { recursive: true }); return path; };
    const into = (name) => join(target(name), 'source.bin');
    const ours = prepare(courier, folder, server, {
      download: { type_key: 'sftp.download', remote_path: source, local_path: `${target('courier')}/` },
      upload: { type_key: 'sftp.upload', local_path: source, remote_path: `${target('courier')}/` },
    });
    const { sftp, rclone } = peers(folder, server);
    const contender = (name, program, args, extra = {}) => ({
      name, program, args, ...extra,
      before: () => rmSync(into(name), { force: true }),
      after: () => { execFileSync('cmp', [source, into(name)]); rmSync(into(name)); },
    });
    const down = inTurn([
      contender('courier', courier, ours.run('download'), ours),
      contender('sftp', 'sftp', [...sftp.options, `${sftp.place}:${source}`, into('sftp')]),
      contender('rclone', 'rclone', [...rclone, 'copyto', `:sftp:${source}`, into('rclone')]),
    ], pairs);
    const up = inTurn([
      contender('courier', courier, ours.run('upload'), ours),
      contender('sftp', 'sftp', [...sftp.options, '-b', '-', sftp.place], { input: `put ${source} ${into('sftp')}\n` }),
      contender('rclone', 'rclone', [...rclone, 'copyto', source, `:sftp:${into('rclone')}`]),
    ], pairs);
    return [...rows(`${mib} MiB down, ${where}`, down, mib, goals.down), ...rows(`${mib} MiB up, ${where}`, up, mib, goals.up)];
  } finally {
    if (server !== near) server.stop();
    near.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
