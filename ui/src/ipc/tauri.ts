/** The host inside the window: generated commands and events. */
import { Channel } from '@tauri-apps/api/core';
import { commands, events } from './bindings';
import type { Host } from './host';

export const tauriHost: Host = {
  kind: 'tauri',
  commands,
  channel: (onMessage) => new Channel(onMessage),
  subscribe: (onChange) => {
    const pending = events.changes.listen((event) => event.payload.changes.forEach(onChange));
    return () => void pending.then((stop) => stop());
  },
  onPageAsked: (onAsked) => {
    const pending = events.pageAsked.listen(() => onAsked());
    void pending.then(onAsked);
    return () => void pending.then((stop) => stop());
  },
  onFilesDragged: (onDrag) => {
    const pending = events.filesDragged.listen((event) => onDrag(event.payload));
    return () => void pending.then((stop) => stop());
  },
};
