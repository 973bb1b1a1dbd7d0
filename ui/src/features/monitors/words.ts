/** Monitors in words. */
import { CircleCheck, CirclePause, CircleX } from 'lucide-react';
import { DISABLED, type StateLook } from '@/components/State';
import { t } from '@/i18n';
import type { FileMonitor, MonitorState, TriggerEvent } from '@/ipc';

export const MONITOR_STATES: Record<MonitorState, StateLook> = {
  active: { tone: 'ok', icon: CircleCheck, word: t('Active') },
  paused: { tone: 'pause', icon: CirclePause, word: t('Paused') },
  disabled: DISABLED,
  error: { tone: 'fail', icon: CircleX, word: t('Error') },
};

/** `Active, 2 failures in a row`. */
export function healthOf({ state, consecutive_failure_count: failures }: FileMonitor): string {
  const { word } = MONITOR_STATES[state];
  return failures > 0 && state !== 'disabled' ? t('{{state}}, {{count}} failures in a row', { state: word, count: failures }) : word;
}

export const EVENTS: Record<TriggerEvent, { label: string; short: string; help: string }> = {
  file_created: { label: t('New file'), short: t('New'), help: t('A file counts once. If it goes and comes back, it counts as new.') },
  file_modified: { label: t('Changed file'), short: t('Changed'), help: t('Its size or time is another one.') },
  file_exists: { label: t('File is there'), short: t('There'), help: t('At every look, again and again, until the file is gone.') },
};

/** `60 s`, `5 min`, `2 h`. */
export function seconds(value: number): string {
  if (value >= 3600 && value % 3600 === 0) return t('{{n}} h', { n: value / 3600 });
  return value > 60 && value % 60 === 0 ? t('{{n}} min', { n: value / 60 }) : t('{{n}} s', { n: value });
}
