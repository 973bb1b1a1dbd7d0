// A fresh Courier with the connection `bench` to a bench's server, and jobs of one step each.
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A connection by SFTP with a key, under the name `bench`. */
const byKey = (server) => ({
  ssh_keys: [{ name: 'bench', import: { file: server.key } }],
  connections: [{
    name: 'bench', protocol: 'sftp', host: server.host, port: server.port, username: server.user,
    auth_method: 'ssh_key', ssh_key_id: 'bench', host_key_policy: 'trust_on_first_use',
  }],
});

/** A connection by FTPS with a password and a pinned certificate. */
const byPassword = (server) => ({
  connections: [{
    name: 'bench', protocol: 'ftps', host: server.host, port: server.port, username: server.user,
    password: { env: 'COURIER_BENCH_PASSWORD' }, tls_cert_policy: 'pinned_thumbprint', tls_pinned_thumbprint: server.thumbprint,
  }],
});

/**
 * `jobs` maps a name to { type_key, ...configuration }. Gives { env, run(name) }: the environment to call the program
 * in, and the arguments that run a job.
 */
export function prepare(courier, folder, server, jobs = {}) {
  const home = mkdtempSync(join(folder, 'home-'));
  const key = join(home, 'vault.key');
  writeFileSync(key, randomFillSync(Buffer.alloc(32)), { mode: 0o600 });
  const env = { COURIER_HOME: join(home, 'data'), COURIER_VAULT_KEY_FILE: key };
  mkdirSync(env.COURIER_HOME);
  const bundle = {
    courier: 1,
    ...(server.password === undefined ? byKey(server) : byPassword(server)),
    jobs: Object.entries(jobs).map(([name, { type_key, ...configuration }]) => (
      { name, steps: [{ name, type_key, configuration: { connection_id: 'bench', ...configuration } }] })),
  };
  const file = join(home, 'bundle.json');
  writeFileSync(file, JSON.stringify(bundle));
  execFileSync(courier, ['apply', '-f', file], { env: { ...process.env, ...env, COURIER_BENCH_PASSWORD: server.password }, stdio: ['ignore', 'ignore', 'inherit'] });
  return { env, run: (name) => ['--quiet', 'run', name] };
}
