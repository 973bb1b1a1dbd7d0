/** When something starts next, or that it waits for files; by what, on hover. */
import { When } from '@/components/Text';
import { t } from '@/i18n';
import type { ScheduleOwner } from '@/ipc';
import { monitorsWords, startsWords, useStarts } from './starts';

export function NextStart({ owner, at }: { owner: ScheduleOwner; at: string | null }) {
  const starts = useStarts(owner);
  const words = startsWords(starts);
  if (at !== null) return <When at={at} />;
  if (monitorsWords(starts.monitors) !== null) return <span className="text-muted" title={words}>{t('on files')}</span>;
  return <When at={null} />;
}

/** By what it starts, in words. */
export function StartsWords({ owner }: { owner: ScheduleOwner }) {
  const starts = useStarts(owner);
  const words = startsWords(starts);
  return <span title={words}>{words}</span>;
}
