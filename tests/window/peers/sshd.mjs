// OpenSSH's own server on loopback, with its own keys, configuration and log.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, run, says, start, stop } from '../harness/processes.mjs';

const PROGRAM = '/usr/sbin/sshd';

/** A server that keeps everything below `folder`. Nobody may log in until `allow` was called. */
export async function startSshd(folder) {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: install openssh-server`);
  // Its folder for separated privileges, usually made by the service.
  if (process.getuid() === 0) mkdirSync('/run/sshd', { recursive: true });
  const data = join(folder, 'data');
  const allowed = join(folder, 'authorized_keys');
  mkdirSync(join(data, 'out'), { recursive: true });
  writeFileSync(allowed, '');
  const port = await freePort();
  let server = null;
  let generation = 0;
  let hostKey = null;

  const launch = async () => {
    generation += 1;
    hostKey = join(folder, `host_key_${generation}`);
    run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', hostKey]);
    const config = join(folder, 'sshd_config');
    writeFileSync(config, `ListenAddress 127.0.0.1
Port ${port}
HostKey ${hostKey}
AuthorizedKeysFile ${allowed}
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PermitRootLogin yes
PidFile none
LogLevel DEBUG
UseDNS no
PrintMotd no
Subsystem sftp internal-sftp
`);
    server = start(PROGRAM, ['-D', '-e', '-f', config]);
    await says(server, 'Server listening on');
  };
  await launch();
  return {
    port,
    data,
    user: userInfo().username,
    /** Lets the owner of a public key in. */
    allow: (line) => writeFileSync(allowed, `${line.trim()}\n`, { flag: 'a' }),
    /** As ssh-keygen prints it. */
    fingerprint: () => run('ssh-keygen', ['-lf', `${hostKey}.pub`]).split(' ')[1],
    /** How often someone tried to log in since the server was last started. */
    attempts: () => server.said.split('userauth-request for user').length - 1,
    async restartWithOtherHostKey() {
      await stop(server);
      await launch();
    },
    log: () => server.said,
    stop: () => stop(server),
  };
}
