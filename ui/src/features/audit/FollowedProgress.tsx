/** How far a look through the record is. */
import { Progress } from '@/components/Progress';
import { locale, t } from '@/i18n';
import type { AuditProgress } from '@/ipc';

export function FollowedProgress({ progress, what }: { progress: AuditProgress | null; what: string }) {
  const words = progress === null ? t('Beginning') : t('{{done}} of {{of}} entries', { done: progress.done.toLocaleString(locale), of: progress.of.toLocaleString(locale) });
  return (
    <div className="flex flex-col gap-1.5" aria-live="off">
      <Progress label={what} share={progress === null || progress.of === 0 ? null : progress.done / progress.of} />
      <span className="num text-sm text-muted">{words}</span>
    </div>
  );
}
