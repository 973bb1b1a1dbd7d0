/**
 * What the window may ask of its host. The rest of the UI knows only this interface, so that the same pages run in
 * the real window, in a plain browser and in tests.
 *
 * Invariant: exactly one host is installed before the first render.
 */
import type { Channel } from '@tauri-apps/api/core';
import type { Changed, commands, FilesDragged } from './bindings';

export type Commands = typeof commands;

export interface Host {
  readonly kind: 'tauri' | 'fake';
  readonly commands: Commands;
  /** A stream that a command writes to; `onMessage` is called for each message, in order. */
  channel<T>(onMessage: (message: T) => void): Channel<T>;
  /** Calls `onChange` for every change in the store until the returned function is called. */
  subscribe(onChange: (change: Changed) => void): () => void;
  /** Calls `onAsked` as soon as it listens, and whenever a page is asked for outside the window, until the returned function is called. */
  onPageAsked(onAsked: () => void): () => void;
  /** Calls `onDrag` for files that are carried over the window and dropped, until the returned function is called. */
  onFilesDragged(onDrag: (drag: FilesDragged) => void): () => void;
}

let installed: Host | null = null;

export function installHost(host: Host): void {
  installed = host;
}

export function host(): Host {
  if (installed === null) throw new Error('No host is installed.');
  return installed;
}
