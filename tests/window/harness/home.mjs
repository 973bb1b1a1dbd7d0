// A new home for Courier: its data folder, its vault's key file, and a user's home around it, all in one folder.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, startedWith } from './processes.mjs';
import { until } from './wait.mjs';

/** So long may what the window started take to end after it. */
const ENDS = 20_000;

export function makeHome() {
  const folder = mkdtempSync(join(tmpdir(), 'courier-window-'));
  const at = (...names) => {
    const path = join(folder, ...names);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  };
  const keyFile = join(at('keys'), 'vault.key');
  writeFileSync(keyFile, randomBytes(32), { mode: 0o600 });
  const home = at('courier');
  const user = at('user');
  return {
    folder,
    /** A folder for files beside Courier's own. */
    at,
    home,
    env: {
      COURIER_HOME: home,
      COURIER_VAULT_KEY_FILE: keyFile,
      // The page's storage and the window's place lie in the user's folders.
      HOME: user,
      XDG_DATA_HOME: at('user', 'data'),
      XDG_CONFIG_HOME: at('user', 'config'),
      XDG_CACHE_HOME: at('user', 'cache'),
    },
    /** The end of Courier's own log. */
    log(lines = 40) {
      try {
        const logs = join(home, 'logs');
        const all = readdirSync(logs).sort().map((name) => readFileSync(join(logs, name), 'utf8')).join('');
        return all.trim().split('\n').slice(-lines).join('\n');
      } catch {
        return '(no log)';
      }
    },
    /** The web view's helpers write their caches until a moment after the window has gone. */
    async remove() {
      const inhabitants = () => startedWith('COURIER_HOME', home);
      await until('nothing runs in the home any more', () => inhabitants().length === 0, ENDS).catch((error) => {
        throw new Error(`${error.message}; still there: ${inhabitants().map(describe).join(', ')}`);
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
