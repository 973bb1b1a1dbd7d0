// FTPS of one large file over loopback, down and up, beside lftp and curl on the same vsftpd.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from './harness/courier.mjs';
import { startExample } from './harness/example.mjs';
import { fill, inMemory, place } from './harness/folder.mjs';
import { HEADER, inTurn, rows } from './harness/measure.mjs';

const MIB = Number(process.env.COURIER_BENCH_MIB ?? 1024);
const PAIRS = Number(process.env.COURIER_BENCH_PAIRS ?? 5);
const GOAL = 1.0;

export default async function bench({ courier }) {
  const folder = inMemory(5 * MIB);
  const served = join(folder, 'served');
  mkdirSync(served);
  chmodSync(folder, 0o755);
  const { line, stop } = await startExample('ftpd', [served]);
  try {
    const server = { host: '127.0.0.1', ...JSON.parse(line) };
    return [...HEADER, ...measure(courier, folder, served, server), '',
      `${PAIRS} runs of each in turn, whole programs from start to end, files ${place(folder)}, explicit TLS. Courier checks the certificate and forces each file to the disk; the others do neither here.`];
  } finally {
    stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(courier, folder, served, server) {
  const source = join(served, 'source.bin');
  fill(source, MIB);
  const here = join(folder, 'here');
  const there = join(served, 'there');
  for (const path of [here, there]) mkdirSync(path);
  for (const path of [source, there]) chownSync(path, server.uid, server.gid);
  const ours = prepare(courier, folder, server, {
    download: { type_key: 'ftps.download', remote_path: '/source.bin', local_path: `${here}/` },
    upload: { type_key: 'ftps.upload', local_path: source, remote_path: '/there/' },
  });
  // Passwords are not for arguments.
  const curlrc = join(folder, 'curlrc');
  writeFileSync(curlrc, `user = "${server.user}:${server.password}"\ninsecure\nssl-reqd\nsilent\nshow-error\n`, { mode: 0o600 });
  const url = `ftp://${server.host}:${server.port}`;
  const lftp = (name, command) => {
    const script = join(folder, `lftp-${name}`);
    writeFileSync(script, ['set ssl:verify-certificate no', 'set ftp:ssl-force yes', 'set ftp:ssl-protect-data yes',
      `open -p ${server.port} -u ${server.user},${server.password} ftp://${server.host}`, command, ''].join('\n'), { mode: 0o600 });
    return ['--norc', '-f', script];
  };
  const contender = (into) => (name, program, args, extra = {}) => ({
    name, program, args, ...extra,
    before: () => rmSync(into, { force: true }),
    after: () => { execFileSync('cmp', [source, into]); rmSync(into); },
  });
  const fetch = contender(join(here, 'source.bin'));
  const down = inTurn([
    fetch('courier', courier, ours.run('download'), ours),
    fetch('lftp', 'lftp', lftp('down', `get /source.bin -o ${join(here, 'source.bin')}`)),
    fetch('curl', 'curl', ['-K', curlrc, '-o', join(here, 'source.bin'), `${url}/source.bin`]),
  ], PAIRS);
  const deliver = contender(join(there, 'source.bin'));
  const up = inTurn([
    deliver('courier', courier, ours.run('upload'), ours),
    deliver('lftp', 'lftp', lftp('up', `put ${source} -o /there/source.bin`)),
    deliver('curl', 'curl', ['-K', curlrc, '-T', source, `${url}/there/source.bin`]),
  ], PAIRS);
  const where = place(folder);
  return [...rows(`${MIB} MiB down, ${where}`, down, MIB, GOAL), ...rows(`${MIB} MiB up, ${where}`, up, MIB, GOAL)];
}
