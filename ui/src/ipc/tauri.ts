/** The host inside the window: generated commands and events. */
import { Channel } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { commands, events } from './bindings';
import type { Host } from './host';

export const tauriHost: Host = {
  kind: 'tauri',
  commands,
  channel: (onMessage) => new Channel(onMessage),
  subscribe: (onChange) => {
    const pending = events.changed.listen((event) => onChange(event.payload));
    return () => void pending.then((stop) => stop());
  },
  onFilesDropped: ({ onDrop, onOver }) => {
    const pending = [
      listen<{ paths: string[] }>('tauri://drag-drop', (event) => {
        onOver?.(false);
        onDrop(event.payload.paths);
      }),
      listen('tauri://drag-enter', () => onOver?.(true)),
      listen('tauri://drag-leave', () => onOver?.(false)),
    ];
    return () => pending.forEach((listening) => void listening.then((stop) => stop()));
  },
};
