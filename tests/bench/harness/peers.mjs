// How the peers are told of a bench's server: the same key, the same host key, no questions.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The arguments of each peer for `server`, whose files of its own go into `folder`. */
export function peers(folder, server) {
  const known = join(folder, `known_hosts-${server.port}`);
  writeFileSync(known, server.knownHost(server.port));
  const options = ['-q', '-i', server.key, '-o', `UserKnownHostsFile=${known}`];
  const place = `${server.user}@${server.host}`;
  return {
    sftp: { options: [...options, '-P', `${server.port}`], place },
    rclone: ['--config', '/dev/null', '--ignore-checksum', '--sftp-disable-hashcheck', '--sftp-host', server.host,
      '--sftp-port', `${server.port}`, '--sftp-user', server.user, '--sftp-key-file', server.key],
    /** Runs `commands` in lftp, logged in. */
    lftp: (commands) => ['--norc', '-c', [`set sftp:connect-program "ssh -a -x ${options.join(' ')}"`,
      `open -p ${server.port} sftp://${server.user}:unused@${server.host}`, commands].join('; ')],
  };
}
