// The system packages that Courier needs, by their Debian names, and how they come onto the machine.
import { spawnSync } from 'node:child_process';
import { quietly, ask, Stop } from './command.mjs';

export const PACKAGES = {
  build: [
    'build-essential', 'libayatana-appindicator3-dev', 'libclang-dev', 'librsvg2-dev', 'libwebkit2gtk-4.1-dev',
    'libxdo-dev', 'nettle-dev', 'pkg-config',
  ],
  bundle: ['binutils', 'desktop-file-utils', 'dpkg-dev', 'lintian', 'patchelf', 'rpm', 'squashfs-tools'],
  run: ['libayatana-appindicator3-1', 'libwebkit2gtk-4.1-0'],
  test: [
    'curl', 'dbus', 'dbus-daemon', 'faketime', 'gnome-keyring', 'gnupg', 'imagemagick', 'lftp',
    'libglib2.0-bin', 'libsecret-tools', 'openssh-client', 'openssh-server', 'openssl', 'p7zip-full', 'postgresql',
    'putty-tools', 'python3-dbus', 'python3-gi', 'rabbitmq-server', 'rclone', 'sq', 'systemd', 'time', 'unzip',
    'webkit2gtk-driver', 'xauth', 'xvfb', 'zip', 'zstd',
  ],
};

/** What stands for the packages where there is no dpkg to ask. */
const LIBRARIES = ['webkit2gtk-4.1', 'nettle', 'librsvg-2.0'];

export function missingPackages(names) {
  // dpkg-query fails as soon as one name is unknown, but still lists the others.
  const format = '-f=${db:Status-Status} ${Package}\n';
  const { stdout } = spawnSync('dpkg-query', ['-W', format, ...names], { encoding: 'utf8' });
  const installed = new Set();
  for (const line of stdout.split('\n')) {
    const [status, name] = line.split(' ');
    if (status === 'installed') installed.add(name);
  }
  return names.filter((name) => !installed.has(name));
}

/** Installs what is missing where that needs no question, else says what a person has to do. */
export function ensurePackages(purposes) {
  if (process.platform !== 'linux') return;
  const names = [...new Set(purposes.flatMap((purpose) => PACKAGES[purpose]))].sort();
  if (ask('dpkg-query', ['--version']) === null) return ensureLibraries(names);
  const missing = missingPackages(names);
  if (missing.length === 0) return;

  const asRoot = becomeRoot();
  if (asRoot === null || ask('apt-get', ['--version']) === null) {
    throw new Stop(`Some system packages are missing. Install them, then try again:\n\n  sudo apt-get install ${missing.join(' ')}`);
  }
  console.log(`Installing system packages: ${missing.join(' ')}`);
  // An index that cannot be refreshed may still be good enough to install from.
  apt(asRoot, 'update');
  if (!apt(asRoot, 'install', '--yes', '--no-install-recommends', ...missing)) {
    throw new Stop(`apt-get could not install: ${missing.join(' ')}`);
  }
}

/** Asks no question, and prints nothing unless it fails; tells whether it succeeded. */
export function apt(asRoot, ...args) {
  const [program, ...rest] = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...args];
  return quietly(program, rest);
}

/** What to put before a command that needs root: nothing, sudo, or null where it would need a person. */
export function becomeRoot() {
  if (process.getuid() === 0) return [];
  return ask('sudo', ['-n', 'true']) === null ? null : ['sudo', '-n'];
}

function ensureLibraries(names) {
  const absent = LIBRARIES.filter((library) => ask('pkg-config', ['--exists', library]) === null);
  if (absent.length === 0) return;
  throw new Stop(`These libraries are missing: ${absent.join(', ')}.\nInstall what your system calls these Debian packages, then try again:\n\n  ${names.join(' ')}`);
}
