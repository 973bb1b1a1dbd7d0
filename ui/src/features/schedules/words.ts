/** What a schedule does when things do not go as planned, in words. */
import { t } from '@/i18n';
import type { MisfirePolicy, MissedRow, OverlapPolicy, ScheduleDraft, ScheduleRow } from '@/ipc';

export const MISFIRE: Record<MisfirePolicy, { label: string; words: string }> = {
  run_once: { label: t('Run once for all of them'), words: t('missed times run once') },
  skip: { label: t('Skip them'), words: t('missed times are skipped') },
  run_all: { label: t('Run each, at most 100'), words: t('each missed time runs') },
};

export const OVERLAP: Record<OverlapPolicy, { label: string; words: string }> = {
  queue: { label: t('Wait for it'), words: t('waits while its last run goes on') },
  skip: { label: t('Skip this time'), words: t('skipped while its last run goes on') },
};

/** Why times were missed, and what became of them. */
export function missedWords({ reason, count: times, started, message }: MissedRow): string {
  if (reason === 'refused') return message ? t('It could not be started: {{message}}', { message }) : t('It could not be started.');
  if (reason === 'overlap') return t('{{count}} times left out: its last run was not over.', { count: times });
  const missed = t('{{count}} times were missed while Courier was off or asleep.', { count: times });
  const since = started === 0 ? t('Nothing was run afterwards.') : t('{{count}} runs started afterwards.', { count: started });
  return `${missed} ${since}`;
}

/** What was entered about a schedule, for editing it and for bringing it back. */
export const draftOf = (row: ScheduleRow): ScheduleDraft => ({
  schedule_type: row.schedule_type, cron_expression: row.cron_expression, run_at: row.run_at, time_zone: row.time_zone, calendar_id: row.calendar_id, misfire_policy: row.misfire_policy,
  overlap_policy: row.overlap_policy, parameters: row.parameters, is_enabled: row.is_enabled,
});
