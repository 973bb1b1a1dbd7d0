// Lays the packages of all systems side by side as one release, with SHA256SUMS and, where they are signed, the
// latest.json that updaters read.
//
//   node scripts/bundle/release.mjs FROM TO URL
//
// FROM has a folder for each system, named as updaters name it (linux-x86_64, darwin-aarch64, …); URL is where the files
// of TO will be.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main, root, Stop } from '../command.mjs';

/** How an updater asks: for its own kind of package, and the first kind of each system without one, as older ones do. */
const KINDS = { AppImage: 'appimage', deb: 'deb', rpm: 'rpm', exe: 'nsis', msi: 'msi', gz: 'app' };
const FIRST = ['appimage', 'nsis', 'app'];

main(() => {
  const [from, to, url] = process.argv.slice(2);
  if (!url) throw new Stop('Say from where, to where, and at which URL the files will be.');
  mkdirSync(to, { recursive: true });
  const sums = [];
  const platforms = {};
  for (const platform of readdirSync(from).sort()) {
    for (const file of filesBelow(join(from, platform))) {
      // One name serves macOS on both processors.
      const name = file.name.replace(/^Courier\.app\.tar/, `Courier_${platform}.app.tar`);
      const bytes = readFileSync(file.path);
      const written = join(to, name);
      if (sums.some((line) => line.endsWith(`  ${name}`))) throw new Stop(`Two files are called ${name}.`);
      copyFileSync(file.path, written);
      sums.push(`${createHash('sha256').update(bytes).digest('hex')}  ${name}`);
      if (!name.endsWith('.sig')) continue;
      const of = name.slice(0, -'.sig'.length);
      const kind = KINDS[of.split('.').pop()];
      if (!kind) throw new Stop(`No updater knows what ${of} is.`);
      const entry = { signature: bytes.toString('utf8').trim(), url: `${url}/${of}` };
      platforms[`${platform}-${kind}`] = entry;
      if (FIRST.includes(kind)) platforms[platform] = entry;
    }
  }
  if (sums.length === 0) throw new Stop(`There are no packages in ${from}.`);
  writeFileSync(join(to, 'SHA256SUMS'), `${sums.sort().join('\n')}\n`);
  console.log(`${sums.length} files, ${Object.keys(platforms).length} of them for updaters.`);
  if (Object.keys(platforms).length === 0) {
    console.log('No latest.json: the packages are not signed.');
    return;
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const latest = { version, pub_date: new Date().toISOString(), platforms };
  writeFileSync(join(to, 'latest.json'), `${JSON.stringify(latest, null, 2)}\n`);
});

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => ({ name: entry.name, path: join(entry.parentPath, entry.name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
