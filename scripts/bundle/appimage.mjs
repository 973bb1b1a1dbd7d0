// The AppImage: what the deb installs, WebKit and the libraries that it brings along, behind AppImageKit's runtime. It is
// made here, because Tauri's bundler downloads tools of no fixed version for it.
import { createHash } from 'node:crypto';
import {
  chmodSync, copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { ask, quietly, root, Stop } from '../command.mjs';

/** AppImageKit's release 13, as the crate carries it; any other file is refused. */
const RUNTIME = { crate: 'appimage', version: '0.4.0', sha256: '328e0d745c5c6817048c27bc3e8314871703f8f47ffa81a37cb06cd95a94b323' };

/** Of the system that it runs on: the C library, the drivers and what must fit them, and what every desktop has. */
const LEFT_OUT = new RegExp(`^(${[
  'ld-linux.*', 'lib(c|m|dl|rt|pthread|resolv|nsl|util|anl|mvec)', 'lib(gcc_s|stdc\\+\\+)',
  'lib(GL|EGL|GLX|GLESv2|GLdispatch|OpenGL|drm|gbm|glapi)', 'lib(X11|X11-xcb|xcb|xcb-dri[23]|ICE|SM)', 'libwayland-.*',
  'lib(fontconfig|freetype|harfbuzz|fribidi|thai|expat|z)', 'lib(gpg-error|com_err|keyutils|p11-kit|systemd|udev)', 'libasound',
].join('|')})\\.so`);
/** Loaded by name while it runs. */
const TRAY = 'libayatana-appindicator3.so.1';
/** All others are in the library itself. */
const LOADER = 'libpixbufloader-svg.so';
const SCHEMAS = '/usr/share/glib-2.0/schemas';

export function makeAppImage(packages) {
  if (process.arch !== 'x64') return console.log(`No AppImage: there is no runtime for ${process.arch}.`);
  const folder = join(packages, 'appimage');
  const tree = join(folder, 'Courier.AppDir');
  const at = (...names) => join(tree, ...names);
  const deb = readdirSync(join(packages, 'deb')).find((name) => name.endsWith('.deb'));
  mkdirSync(tree, { recursive: true });
  must('dpkg-deb', '-x', join(packages, 'deb', deb), tree);
  copyFileSync(join(root, 'src-tauri', 'packaging', 'AppRun'), at('AppRun'));
  copyFileSync(at('usr', 'share', 'applications', 'Courier.desktop'), at('courier-desktop.desktop'));
  copyFileSync(at('usr', 'share', 'icons', 'hicolor', '256x256', 'apps', 'courier-desktop.png'), at('courier-desktop.png'));
  symlinkSync('courier-desktop.png', at('.DirIcon'));

  const webkit = bringWebKit(at);
  const loader = bringPixbufLoader(at);
  bringSchemas(at);
  const programs = [at('usr', 'bin', 'courier-desktop'), at('usr', 'bin', 'courier'), ...webkit.programs];
  const libraries = bringLibraries(at, [...programs, ...webkit.libraries, loader]);
  // WebKit's own folder becomes one below the current one.
  const pages = libraries.find((path) => basename(path).startsWith('libwebkit2gtk-4.1.so'));
  replaceIn(pages, webkit.folder, webkit.folder.replace(/^\/usr/, '././'));
  // An updater asks the program what it came as.
  replaceIn(programs[0], '__TAURI_BUNDLE_TYPE_VAR_DEB', '__TAURI_BUNDLE_TYPE_VAR_APP');
  // A path in the program counts for every library below it, and, unlike LD_LIBRARY_PATH, for no program that it starts.
  for (const program of programs) {
    const up = ['$ORIGIN', ...relative(at('usr'), dirname(program)).split('/').map(() => '..'), 'lib'].join('/');
    must('patchelf', '--force-rpath', '--set-rpath', `${up}:${up}/gdk-pixbuf`, program);
  }
  for (const library of libraries) if (ask('patchelf', ['--print-rpath', library])) must('patchelf', '--remove-rpath', library);

  const image = join(folder, deb.replace(/\.deb$/, '.AppImage'));
  const files = join(folder, 'files');
  // xz would save a fifth, and every start would pay for it.
  must('mksquashfs', tree, files, '-root-owned', '-noappend', '-no-xattrs', '-comp', 'gzip', '-no-progress');
  writeFileSync(image, Buffer.concat([runtime(packages), readFileSync(files)]));
  chmodSync(image, 0o755);
  rmSync(files);
  return image;
}

function must(program, ...args) {
  if (!quietly(program, args)) throw new Stop(`The AppImage could not be made: ${program} failed.`);
}

/** Where the dynamic linker finds what a file needs. */
function needs(file) {
  const said = ask('ldd', [file]);
  if (said === null || said.includes('not found')) throw new Stop(`What ${file} needs cannot be found:\n${said ?? ''}`);
  return [...said.matchAll(/^\s*(\S+) => (\/\S+)/gm)].map(([, name, path]) => ({ name, path }));
}

function bringLibraries(at, files) {
  const tray = /=> (\/.*)$/m.exec((ask('ldconfig', ['-p']) ?? '').split('\n').find((line) => line.includes(TRAY)) ?? '')?.[1];
  if (!tray) throw new Stop(`${TRAY} is not installed.`);
  const found = new Map([[TRAY, tray]]);
  for (const file of [...files, tray]) {
    for (const { name, path } of needs(file)) if (!LEFT_OUT.test(name)) found.set(name, path);
  }
  return [...found].map(([name, path]) => {
    const copy = at('usr', 'lib', name);
    copyFileSync(realpathSync(path), copy);
    return copy;
  });
}

/** The programs that show and load pages, beside the library that starts them. */
function bringWebKit(at) {
  const library = needs(at('usr', 'bin', 'courier-desktop')).find(({ name }) => name.startsWith('libwebkit2gtk-4.1.so'));
  const folder = /\/usr\/[\w./-]+\/webkit2gtk-4\.1(?=\/?\0)/.exec(readFileSync(library.path, 'latin1'))?.[0];
  if (!folder) throw new Stop('WebKit does not say where its programs are.');
  const programs = readdirSync(folder).filter((name) => /^WebKit\w+Process$/.test(name));
  for (const name of [...programs, 'injected-bundle']) cpSync(join(folder, name), join(at(), folder, name), { recursive: true });
  return {
    folder,
    programs: programs.map((name) => join(at(), folder, name)),
    libraries: [join(at(), folder, 'injected-bundle', 'libwebkit2gtkinjectedbundle.so')],
  };
}

/** In a built file, so both must be of one length. */
function replaceIn(file, from, to) {
  const bytes = readFileSync(file);
  let found = bytes.indexOf(from);
  if (found < 0 || from.length !== to.length) throw new Stop(`${from} cannot be replaced in ${file}.`);
  for (; found >= 0; found = bytes.indexOf(from, found + to.length)) bytes.write(to, found, 'latin1');
  writeFileSync(file, bytes);
}

function bringPixbufLoader(at) {
  const system = ask('pkg-config', ['--variable=gdk_pixbuf_moduledir', 'gdk-pixbuf-2.0']);
  const folder = at('usr', 'lib', 'gdk-pixbuf');
  const loader = join(folder, LOADER);
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(system, LOADER), loader);
  const cache = ask(join(system, '..', '..', 'gdk-pixbuf-query-loaders'), [join(system, LOADER)]);
  if (!cache) throw new Stop('gdk-pixbuf-query-loaders failed.');
  // By its name alone it is searched for where the program's libraries are.
  writeFileSync(join(folder, 'loaders.cache'), `${cache.replaceAll(join(system, LOADER), LOADER)}\n`);
  return loader;
}

/** Without them GTK's file dialog ends the program. */
function bringSchemas(at) {
  const folder = at(SCHEMAS);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(SCHEMAS)) if (name.startsWith('org.gtk.Settings.')) copyFileSync(join(SCHEMAS, name), join(folder, name));
  must('glib-compile-schemas', folder);
}

/** What is before the files in an AppImage: mounts them, or unpacks them where it is told to, and starts AppRun. */
function runtime(packages) {
  const { crate, version, sha256 } = RUNTIME;
  const folder = join(packages, '..', 'runtime');
  mkdirSync(join(folder, 'src'), { recursive: true });
  writeFileSync(join(folder, 'Cargo.toml'), `[package]\nname = "runtime"\n\n[workspace]\n\n[dependencies]\n${crate} = "=${version}"\n`);
  writeFileSync(join(folder, 'src', 'lib.rs'), '');
  const metadata = ask('cargo', ['metadata', '--quiet', '--format-version', '1', '--manifest-path', join(folder, 'Cargo.toml')]);
  const manifest = metadata && JSON.parse(metadata).packages.find(({ name }) => name === crate)?.manifest_path;
  if (!manifest) throw new Stop(`cargo could not fetch ${crate} ${version}, which carries the AppImage runtime.`);
  const bytes = readFileSync(join(dirname(manifest), 'assets', 'runtime-x86_64'));
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw new Stop('The AppImage runtime is not the one that is expected.');
  return bytes;
}
