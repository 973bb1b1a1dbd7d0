// What the Linux packages hold and need beside what tauri.conf.json says. What they need is read from the programs.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, Stop } from '../command.mjs';

/** Loaded by name when the tray is made, so no program says that it needs it. */
const TRAY = { deb: 'libayatana-appindicator3-1', rpm: 'libayatana-appindicator3.so.1()(64bit)' };

export function linuxSettings(release, programs) {
  const completions = writeCompletions(release, programs.courier);
  const files = (zsh) => ({
    '/usr/share/bash-completion/completions/courier': completions.bash,
    '/usr/share/fish/vendor_completions.d/courier.fish': completions.fish,
    [`/usr/share/zsh/${zsh}/_courier`]: completions.zsh,
  });
  const both = Object.values(programs);
  return {
    linux: {
      deb: { depends: [...debianPackages(both), TRAY.deb], files: files('vendor-completions') },
      rpm: { depends: libraries(both), recommends: [TRAY.rpm], files: files('site-functions') },
    },
  };
}

function writeCompletions(release, courier) {
  const folder = join(release, 'completions');
  mkdirSync(folder, { recursive: true });
  return Object.fromEntries(['bash', 'fish', 'zsh'].map((shell) => {
    const text = ask(courier, ['completions', shell]);
    if (!text) throw new Stop(`courier completions ${shell} failed.`);
    const path = join(folder, shell);
    writeFileSync(path, `${text}\n`);
    return [shell, path];
  }));
}

/** The Debian packages that the programs' libraries are in, with the versions whose functions they call. */
function debianPackages(programs) {
  const folder = mkdtempSync(join(tmpdir(), 'courier-bundle-'));
  try {
    // It reads which package this is for.
    mkdirSync(join(folder, 'debian'));
    writeFileSync(join(folder, 'debian', 'control'), 'Source: courier\n\nPackage: courier\nArchitecture: any\n');
    const said = ask('dpkg-shlibdeps', ['-O', ...programs.map((program) => `-e${program}`)], folder);
    const depends = /^shlibs:Depends=(.+)$/m.exec(said ?? '')?.[1];
    if (!depends) throw new Stop('dpkg-shlibdeps does not say what the programs need.');
    return depends.split(', ');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same in the words of rpm, which every system that installs by it understands: `libc.so.6(GLIBC_2.34)(64bit)`. */
function libraries(programs) {
  const needed = new Set();
  for (const program of programs) {
    let library = null;
    for (const line of (ask('objdump', ['-p', program]) ?? '').split('\n')) {
      const name = /^\s+NEEDED\s+(\S+)$/.exec(line)?.[1];
      if (name) needed.add(`${name}()(64bit)`);
      library = /^\s+required from (\S+):$/.exec(line)?.[1] ?? library;
      const version = /^\s+0x[0-9a-f]+ 0x[0-9a-f]+ \d+ (\S+)$/.exec(line)?.[1];
      if (version) needed.add(`${library}(${version})(64bit)`);
    }
  }
  if (needed.size === 0) throw new Stop('objdump does not say what the programs need.');
  return [...needed].sort();
}
