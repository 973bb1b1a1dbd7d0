// A real OpenSSH server on loopback, for one user with one key, out of a folder of its own.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';

/** Starts the server; gives its address, the client's key and `stop`. */
export async function startSshd(folder) {
  const port = await freePort();
  const key = join(folder, 'client');
  for (const name of ['host', 'client']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(folder, name)]);
  }
  copyFileSync(`${key}.pub`, join(folder, 'authorized'));
  writeFileSync(join(folder, 'sshd_config'), [
    `Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${join(folder, 'host')}`, 'PidFile none',
    `AuthorizedKeysFile ${join(folder, 'authorized')}`, 'StrictModes no', 'UsePAM no', 'PermitRootLogin yes',
    'PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'MaxStartups 100', 'MaxSessions 100', 'Subsystem sftp internal-sftp', '',
  ].join('\n'));
  // As root sshd insists on its folder for unprivileged children.
  if (process.getuid() === 0 && !existsSync('/run/sshd')) mkdirSync('/run/sshd', { mode: 0o755 });
  // Into a file: nobody empties a pipe while a run is waited for, and a server that cannot log stands still.
  const log = join(folder, 'sshd.log');
  const into = openSync(log, 'a');
  const server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'sshd_config')], { stdio: ['ignore', 'ignore', into] });
  closeSync(into);
  await answers(port, server, log);
  return {
    host: '127.0.0.1', port, user: userInfo().username, key,
    /** The line for a client's known hosts; a proxy before the server has another port. */
    knownHost: (seenAt = port) => `[127.0.0.1]:${seenAt} ${readFileSync(join(folder, 'host.pub'), 'utf8')}`,
    stop: () => server.kill(),
  };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => { const { port } = probe.address(); probe.close(() => resolve(port)); });
  });
}

/** Waits until the server greets. */
function answers(port, server, log) {
  return new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`sshd ${why}:\n${readFileSync(log, 'utf8')}`));
    const ended = () => fail('ended');
    server.once('error', (error) => fail(error.message)).once('exit', ended);
    const deadline = Date.now() + 10_000;
    const knock = () => {
      const socket = connect(port, '127.0.0.1');
      // From now on its end is nobody's trouble, and its log may be gone by then.
      socket.once('data', () => { socket.destroy(); server.off('exit', ended); resolve(); });
      socket.once('error', () => (Date.now() > deadline ? fail('did not answer') : setTimeout(knock, 20)));
    };
    knock();
  });
}
