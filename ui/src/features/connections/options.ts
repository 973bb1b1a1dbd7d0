/** Servers as something to choose from. */
import type { Option } from '@/components/Select';
import { t } from '@/i18n';
import type { ConnectionRow } from '@/ipc';

export const serverOptions = (rows: readonly ConnectionRow[] = []): Option<string>[] =>
  rows.map(({ connection }) => ({ value: connection.id, label: connection.name, note: connection.status === 'disabled' ? t('disabled') : connection.host }));
