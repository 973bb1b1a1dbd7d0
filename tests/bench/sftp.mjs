// SFTP of one large file over loopback, down and up, beside OpenSSH's sftp and rclone on the same server.
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HEADER, inTurn, rows } from './harness/measure.mjs';
import { startSshd } from './harness/sshd.mjs';

const MIB = Number(process.env.COURIER_BENCH_MIB ?? 1024);
const PAIRS = Number(process.env.COURIER_BENCH_PAIRS ?? 5);

export default async function bench({ courier }) {
  const folder = mkdtempSync(join(memoryOrDisk(), 'courier-bench-'));
  const server = await startSshd(folder);
  try {
    const source = join(folder, 'source.bin');
    fill(source);
    const target = (name) => { const path = join(folder, 'targets', name); mkdirSync(path, { recursive: true }); return path; };
    const env = prepare(courier, folder, server, source, target('courier'));
    writeFileSync(join(folder, 'known_hosts'), server.knownHost);

    const contender = (name, program, args, extra = {}) => {
      const result = join(target(name), 'source.bin');
      return {
        name, program, args, ...extra,
        before: () => rmSync(result, { force: true }),
        after: () => execFileSync('cmp', [source, result]),
      };
    };
    const login = ['-q', '-P', `${server.port}`, '-i', server.key, '-o', `UserKnownHostsFile=${join(folder, 'known_hosts')}`];
    const remote = `${server.user}@${server.host}`;
    const rclone = ['--config', '/dev/null', '--ignore-checksum', '--sftp-host', server.host, '--sftp-port', `${server.port}`,
      '--sftp-user', server.user, '--sftp-key-file', server.key, 'copyto'];
    const into = (name) => join(target(name), 'source.bin');
    const put = (from, to) => ({ input: `put ${from} ${to}\n` });

    const down = inTurn([
      contender('courier', courier, ['--quiet', 'run', 'bench-download'], { env }),
      contender('sftp', 'sftp', [...login, `${remote}:${source}`, into('sftp')]),
      contender('rclone', 'rclone', [...rclone, `:sftp:${source}`, into('rclone')]),
    ], PAIRS);
    const up = inTurn([
      contender('courier', courier, ['--quiet', 'run', 'bench-upload'], { env }),
      contender('sftp', 'sftp', [...login, '-b', '-', remote], put(source, into('sftp'))),
      contender('rclone', 'rclone', [...rclone, source, `:sftp:${into('rclone')}`]),
    ], PAIRS);
    return [...HEADER, ...rows(`${MIB} MiB down`, down, MIB, 1.2), ...rows(`${MIB} MiB up`, up, MIB, 1.0),
      '', `${PAIRS} runs of each in turn, whole programs from start to end, files in ${folder.startsWith('/dev/shm') ? 'memory' : 'a disk folder'}.`];
  } finally {
    server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Memory, if the source and the targets fit: the disk is not what is measured. */
function memoryOrDisk() {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize > 5 * MIB * 1024 * 1024) return '/dev/shm';
  } catch { /* no such file system here */ }
  return tmpdir();
}

/** Bytes that no layer can shrink. */
function fill(path) {
  const block = Buffer.alloc(1024 * 1024);
  const file = openSync(path, 'w');
  for (let n = 0; n < MIB; n++) writeSync(file, randomFillSync(block));
  closeSync(file);
}

/** A fresh Courier with one connection and the two jobs. Gives its environment. */
function prepare(courier, folder, server, source, target) {
  writeFileSync(join(folder, 'vault.key'), randomFillSync(Buffer.alloc(32)), { mode: 0o600 });
  const env = { COURIER_HOME: join(folder, 'home'), COURIER_VAULT_KEY_FILE: join(folder, 'vault.key') };
  const step = (name, type_key, configuration) =>
    [{ name, type_key, configuration: { connection_id: 'bench', ...configuration } }];
  const bundle = {
    courier: 1,
    ssh_keys: [{ name: 'bench', import: { file: server.key } }],
    connections: [{
      name: 'bench', protocol: 'sftp', host: server.host, port: server.port, username: server.user,
      auth_method: 'ssh_key', ssh_key_id: 'bench', host_key_policy: 'trust_on_first_use',
    }],
    jobs: [
      { name: 'bench-download', steps: step('Download', 'sftp.download', { remote_path: source, local_path: `${target}/` }) },
      { name: 'bench-upload', steps: step('Upload', 'sftp.upload', { local_path: source, remote_path: `${target}/` }) },
    ],
  };
  writeFileSync(join(folder, 'bundle.json'), JSON.stringify(bundle));
  execFileSync(courier, ['apply', '-f', join(folder, 'bundle.json')], { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
  return env;
}
