// One OpenPGP key pair, made by gpg, in the hands of gpg, sq and Courier.
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const USER = 'bench@example.org';

/** `jobs` maps a name to { type_key, ...configuration }; keys in it are called `bench`. */
export function partners(courier, folder, jobs = {}) {
  // The agent's socket lies in the home, and its path has at most 108 bytes.
  const home = mkdtempSync(join(tmpdir(), 'cb-'));
  const quiet = { env: { ...process.env, GNUPGHOME: home }, stdio: ['ignore', 'pipe', 'pipe'] };
  const base = ['--batch', '--yes', '--quiet', '--trust-model', 'always', '--pinentry-mode', 'loopback', '--passphrase', ''];
  const run = (args) => execFileSync('gpg', [...base, ...args], quiet);
  run(['--quick-generate-key', USER, 'future-default', 'default', '1y']);
  const file = (name, content) => { const path = join(folder, name); writeFileSync(path, content, { mode: 0o600 }); return path; };
  const secret = file('bench.key', run(['--export-secret-keys', USER]));
  const certificate = file('bench.cert', run(['--export', USER]));

  const env = { COURIER_HOME: join(folder, 'home'), COURIER_VAULT_KEY_FILE: file('vault.key', randomFillSync(Buffer.alloc(32))) };
  mkdirSync(env.COURIER_HOME);
  const bundle = {
    courier: 1,
    pgp_keys: [{ name: 'bench', import: { file: secret } }],
    jobs: Object.entries(jobs).map(([name, { type_key, ...configuration }]) => ({ name, steps: [{ name, type_key, configuration, timeout_seconds: 0 }] })),
  };
  execFileSync(courier, ['apply', '-f', file('bundle.json', JSON.stringify(bundle))], { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
  return {
    user: USER, secret, certificate, env,
    gpg: (...args) => ({ program: 'gpg', args: [...base, ...args], env: { GNUPGHOME: home } }),
    sq: (...args) => ({ program: 'sq', args }),
    courier: (...args) => ({ program: courier, args: ['--quiet', ...args], env }),
    stop: () => execFileSync('gpgconf', ['--kill', 'all'], quiet),
  };
}
