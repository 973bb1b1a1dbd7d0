/**
 * Files of keys on their way in, one after the other, each with what came of it. A file that is no key of the one kind
 * is tried as the other: nobody sorts files before importing them.
 */
import { t } from '@/i18n';
import { asAppError, invoke, type AppError } from '@/ipc';
import type { KeyKind } from './KeysPage';

export interface KeyFile {
  path: string;
  /** `locked` waits for a passphrase; what is `done` or `refused` is not tried again. */
  state: 'waiting' | 'busy' | 'locked' | 'refused' | 'done';
  imported: readonly string[];
  updated: readonly string[];
  /** What the file had that is of no use or needs attention. */
  warnings: readonly string[];
  failure: AppError | null;
  first: { id: string; kind: KeyKind } | null;
}

export const waiting = (path: string): KeyFile => ({ path, state: 'waiting', imported: [], updated: [], warnings: [], failure: null, first: null });

export const isOpen = (file: KeyFile): boolean => file.state === 'waiting' || file.state === 'locked';

export interface Given {
  name: string | null;
  passphrase: string | null;
  /** SSH keys that are here already: the host answers with the known one. */
  known: ReadonlySet<string>;
}

export async function importFile(file: KeyFile, kind: KeyKind, given: Given): Promise<KeyFile> {
  try {
    return await take(file, kind, given);
  } catch (error) {
    if (asAppError(error).code !== 'key_unreadable') return failed(file, error);
    // The words of the kind that was asked for say most when it is neither.
    return take(file, kind === 'pgp' ? 'ssh' : 'pgp', given).catch((other: unknown) => failed(file, asAppError(other).code === 'key_unreadable' ? error : other));
  }
}

async function take(file: KeyFile, kind: KeyKind, { name, passphrase, known }: Given): Promise<KeyFile> {
  const source = { name, path: file.path, passphrase };
  if (kind === 'ssh') {
    const key = await invoke.sshKeysImport(source);
    const old = known.has(key.id);
    return { ...waiting(file.path), state: 'done', first: { id: key.id, kind }, imported: old ? [] : [key.name], warnings: old ? [t('The key is there already, as `{{name}}`.', { name: key.name })] : [] };
  }
  const { imported, updated, warnings } = await invoke.pgpKeysImport(source);
  const first = imported[0] ?? updated[0];
  return {
    ...waiting(file.path), state: 'done', imported: imported.map((key) => key.name), updated: updated.map((key) => key.name), warnings, first: first ? { id: first.id, kind } : null,
  };
}

function failed(file: KeyFile, error: unknown): KeyFile {
  const failure = asAppError(error);
  return { ...file, state: failure.code === 'wrong_passphrase' ? 'locked' : 'refused', failure };
}
