// The partner: someone with gpg and zip who sends encrypted, signed archives.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../harness/processes.mjs';

const USER = 'Meridian Trading <billing@meridian.example>';

export function makePartner(folder) {
  // The agent's socket lies in the home, and its path has at most 108 bytes.
  const home = mkdtempSync('/tmp/cw-');
  const env = { ...process.env, GNUPGHOME: home };
  const gpg = (...args) =>
    run('gpg', ['--batch', '--yes', '--no-tty', '--quiet', '--trust-model', 'always', '--pinentry-mode', 'loopback', '--passphrase', '', ...args], { env });
  gpg('--quick-generate-key', USER, 'default', 'default', '1y');
  const publicKey = join(folder, 'meridian.asc');
  gpg('--armor', '--output', publicKey, '--export', USER);

  return {
    user: USER,
    publicKey,
    /** Takes our public key in; what is sent is encrypted to it. */
    knows: (key) => gpg('--import', key),
    /**
     * Puts one signed and encrypted archive a day into `folder`. Returns the SHA-256 of each file inside by its name.
     * `bytes` is the size of the large file in each: random, so that nothing shrinks it.
     */
    send(to, recipient, days, bytes) {
      const sums = {};
      for (const day of days) {
        const inside = join(folder, day);
        mkdirSync(inside);
        const put = (name, content) => {
          writeFileSync(join(inside, name), content);
          sums[name] = createHash('sha256').update(content).digest('hex');
        };
        const lines = Array.from({ length: 200 }, (_, n) => `${day};INV-${n + 1};${(n * 37) % 1000},00;EUR`);
        put(`invoices-${day}.csv`, `${lines.join('\r\n')}\r\n`);
        put(`scans-${day}.pdf`, randomBytes(bytes));
        const archive = join(folder, `invoices-${day}.zip`);
        run('zip', ['-q', '-j', archive, ...readdirSync(inside).map((name) => join(inside, name))]);
        gpg('--local-user', USER, '--sign', '--recipient', recipient, '--output', join(to, `invoices-${day}.zip.pgp`), '--encrypt', archive);
      }
      return sums;
    },
    end() {
      run('gpgconf', ['--kill', 'all'], { env });
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The SHA-256 of each file in a folder by its name. */
export const sumsOf = (folder) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, createHash('sha256').update(readFileSync(join(folder, name))).digest('hex')]));
