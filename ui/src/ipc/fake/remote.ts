/** A server's files in memory. */
import type { Channel } from '@tauri-apps/api/core';
import type { AppError, Entry, ErrorCode, MovedFile, MoveRequest, ProgressTick } from '../bindings';
import { ago } from './seed';

const refused = (code: ErrorCode, message: string): AppError => ({ code, message, hint: null, context: {}, problems: [], retryable: 'never' });
const inside = (path: string, name: string) => (path === '.' ? name : `${path.replace(/\/$/, '')}/${name}`);

export function listing(path: string): Entry[] {
  const at = (name: string, size: number | null, hours: number): Entry => ({
    name, path: inside(path, name), size: size ?? 0, modified_at: ago(hours * 3_600_000), is_directory: size === null,
  });
  if (path.split('/').filter(Boolean).length > 2) return [];
  return [
    at('archive', null, 700), at('in', null, 30), at('out', null, 2), at('INV-20261120-AT.zip.pgp', 188_000_000, 3), at('INV-20261120-DE.zip.pgp', 412_300_000, 3),
    at('INV-20261120-PL.zip.pgp', 305_400_000, 3), at('CREDIT-20261120-DE.zip.pgp', 96_100_000, 3), at('manifest.csv', 4_096, 3),
  ];
}

export function createRemote() {
  const folders = new Map<string, Entry[]>();
  const stopped = new Map<string, () => void>();
  const list = (path: string): Entry[] => {
    const found = folders.get(path) ?? listing(path);
    folders.set(path, found);
    return found;
  };
  const parent = (path: string) => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) || '/' : '.');
  const named = (path: string, size: number | null): Entry => ({ name: path.split('/').at(-1) ?? path, path, size: size ?? 0, modified_at: ago(0), is_directory: size === null });
  const has = (path: string) => list(parent(path)).some((entry) => entry.path === path);
  const add = (entry: Entry) => {
    if (has(entry.path)) throw refused('already_exists', `${entry.path} is there already.`);
    folders.set(parent(entry.path), [...list(parent(entry.path)), entry]);
    return null;
  };
  /** Ends only by being stopped. */
  const stopping = async (name: string): Promise<never> => {
    await new Promise<void>((resolve) => stopped.set(name, resolve));
    throw refused('cancelled', 'It was stopped.');
  };
  const drop = (path: string) => folders.set(parent(path), list(parent(path)).filter((entry) => entry.path !== path));
  return {
    stopping,
    list: (path: string) => list(path),
    refused: (path: string) => (path.endsWith('archive') ? [{ name: 'bad\\nname', reason: 'it contains control characters' }] : []),
    makeFolder: (path: string) => add(named(path, null)),
    rename: (from: string, to: string) => {
      const entry = list(parent(from)).find((one) => one.path === from);
      if (!entry) throw refused('file_not_found', `There is no ${from}.`);
      add({ ...entry, name: to.split('/').at(-1) ?? to, path: to });
      drop(from);
      return null;
    },
    remove: (path: string) => {
      drop(path);
      return [path];
    },
    /** A file called `slow…` is under way until it is stopped. */
    move: async (request: MoveRequest, path: string, channel: Channel<ProgressTick>): Promise<MovedFile[]> => {
      const remote = path.replace(/^\.\//, '');
      const upload = request.remote.endsWith('/');
      if (!request.overwrite && upload && has(remote)) throw refused('already_exists', `${remote} is there already.`);
      channel.onmessage({ file: remote, bytes: 512_000, total: 1_024_000 });
      if (remote.includes('slow')) await stopping(request.transfer);
      if (upload && !has(remote)) add(named(remote, 1_024_000));
      return [{ remote_path: remote, local_path: request.local, size: 1_024_000, sha256: 'ab12'.repeat(16) }];
    },
    stop: (transfer: string) => {
      stopped.get(transfer)?.();
      return null;
    },
  };
}
