// The FTP servers that the tests speak to. Debian's refuse to be installed side by side, and nobody wants three FTP
// services started on his machine: their packages are unpacked into a cache outside the checkout and the tests start
// the programs from there, which tests/testkit finds by the same rule.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ask, quietly, Stop } from './command.mjs';
import { becomeRoot, missingPackages } from './packages.mjs';

const SERVERS = ['proftpd-core', 'proftpd-mod-crypto', 'pure-ftpd', 'vsftpd'];
const PROGRAMS = ['usr/sbin/proftpd', 'usr/sbin/pure-ftpd', 'usr/bin/pure-pw', 'usr/sbin/vsftpd'];
const MODULES = 'usr/lib/proftpd';

/** Set, it names a folder that holds the programs already, as `/` does where they are installed. */
const given = process.env.COURIER_TEST_SERVERS;
const folder = given || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'courier', 'servers');

export function ensureServers() {
  if (process.platform !== 'linux' || isReady()) return;
  const names = SERVERS.join(' ');
  if (given) {
    const absent = PROGRAMS.filter((name) => !existsSync(join(folder, name)));
    throw new Stop(`COURIER_TEST_SERVERS is ${given}, but there is no ${absent.join(', no ')} below it.`);
  }
  if (ask('apt-get', ['--version']) === null || ask('dpkg-deb', ['--version']) === null) {
    throw new Stop(`The tests need the FTP servers ProFTPD (with mod_tls and mod_sftp), Pure-FTPd and vsftpd.\n`
      + `Unpack what your system calls these Debian packages into one folder, then try again with its path in\n`
      + `COURIER_TEST_SERVERS (the folder holds ${PROGRAMS.join(', ')} and ${MODULES}):\n\n  ${names}`);
  }
  console.log(`Unpacking FTP servers for the tests: ${names}`);
  mkdirSync(join(folder, '..'), { recursive: true });
  // Beside its place, so that a set-up cut in the middle leaves nothing that looks whole.
  const fresh = mkdtempSync(`${folder}.new-`);
  try {
    unpack(fresh);
    writeFileSync(join(fresh, 'packages'), names);
    // The servers leave root's rights behind, but must still reach their files.
    chmodSync(fresh, 0o755);
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  } catch (error) {
    // Another set-up may have been faster.
    if (!isReady()) throw error;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function isReady() {
  if (PROGRAMS.some((name) => !existsSync(join(folder, name)))) return false;
  const stamp = join(folder, 'packages');
  return Boolean(given) || (existsSync(stamp) && readFileSync(stamp, 'utf8') === SERVERS.join(' '));
}

function unpack(into) {
  const asked = new Set(SERVERS);
  let wanted = SERVERS;
  while (wanted.length > 0) {
    const packages = download(into, wanted);
    const needed = packages.flatMap(libraries).filter((name) => !asked.has(name));
    for (const file of packages) {
      if (!quietly('dpkg-deb', ['--extract', file, into])) throw new Stop(`${file} could not be unpacked.`);
      rmSync(file);
    }
    wanted = needed.length > 0 ? missingPackages([...new Set(needed)]) : [];
    for (const name of wanted) asked.add(name);
  }
  checkLibraries(into);
}

/** Fetches packages into the folder and gives their files. */
function download(into, names) {
  // The user that apt would change to may not write into a folder of ours.
  const fetch = () => spawnSync('apt-get', ['-qq', '-o', 'APT::Sandbox::User=root', 'download', ...names],
    { cwd: into, encoding: 'utf8' });
  let done = fetch();
  if (done.status !== 0) {
    const asRoot = becomeRoot();
    if (asRoot !== null) {
      const [program, ...rest] = [...asRoot, 'apt-get', '-qq', 'update'];
      quietly(program, rest);
      done = fetch();
    }
  }
  if (done.status !== 0) {
    throw new Stop(`apt-get could not download ${names.join(' ')}:\n${done.stderr.trim()}\n\nPerhaps \`apt-get update\` helps.`);
  }
  return readdirSync(into).filter((name) => name.endsWith('.deb')).map((name) => join(into, name));
}

/** The libraries that a package asks for, the first of several choices. */
function libraries(file) {
  const depends = ask('dpkg-deb', ['--field', file, 'Depends']) ?? '';
  return depends.split(',').map((one) => one.trim().split(/[\s(|:]/)[0]).filter((name) => name.startsWith('lib'));
}

function checkLibraries(root) {
  const below = (path) => (existsSync(join(root, path)) ? readdirSync(join(root, path)).map((name) => join(root, path, name)) : []);
  const paths = below('usr/lib').concat(below('lib')).filter((path) => path.endsWith('-linux-gnu')).join(':');
  // LDAP, SQL and the like are modules of ProFTPD that no test loads; they come in packages of their own.
  const modules = ['mod_tls.so', 'mod_sftp.so'].map((name) => join(root, MODULES, name));
  for (const program of [...PROGRAMS.map((name) => join(root, name)), ...modules]) {
    const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8', env: { ...process.env, LD_LIBRARY_PATH: paths } });
    const absent = (stdout ?? '').split('\n').filter((line) => line.includes('not found')).map((line) => line.trim().split(' ')[0]);
    if (absent.length > 0) throw new Stop(`${program} needs libraries that are not there: ${absent.join(', ')}`);
  }
}
