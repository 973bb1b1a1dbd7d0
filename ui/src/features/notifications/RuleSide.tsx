/** Beside a rule's form: the test, and what the rule told last. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Send } from 'lucide-react';
import { Button } from '@/components/Button';
import { InspectorSection } from '@/components/Inspector';
import { StateGlyph } from '@/components/State';
import { When } from '@/components/Text';
import { t } from '@/i18n';
import { newestDeliveriesQuery, type NotificationRule } from '@/ipc';
import { TrialResult } from './Trial';
import type { Trial } from './trials';
import { EVENTS, lookOf } from './words';

export function RuleSide({ rule, unsaved, busy, trial, onTest }: { rule: NotificationRule | null; unsaved: boolean; busy: boolean; trial: Trial | undefined; onTest: () => void }) {
  return (
    <aside aria-label={t('Test and last notices')} className="min-h-0 overflow-y-auto border-l border-line">
      <InspectorSection title={t('Test')}>
        <p className="text-sm text-muted">{t('Sends a notice now that only says that the rule works, and shows what the other side answered.')}</p>
        <Button id="test-rule" className="self-start" busy={busy} onClick={onTest}>
          <Send />
          {unsaved ? t('Save and send a test') : t('Send a test')}
        </Button>
        <TrialResult trial={trial} />
      </InspectorSection>
      {rule && <LastNotices rule={rule} />}
    </aside>
  );
}

const SHOWN = 8;

function LastNotices({ rule }: { rule: NotificationRule }) {
  const newest = useQuery(newestDeliveriesQuery({ rule_id: rule.id, limit: SHOWN }));
  return (
    <InspectorSection
      title={t('Last notices')}
      aside={
        <Link to="/settings/notifications" search={{ tab: 'log', rule: rule.id }} className="text-accent-ink hover:underline">
          {t('All')}
        </Link>
      }
    >
      {newest.data?.items.length === 0 && <p className="text-sm text-muted">{t('Nothing yet. What happened before the rule was made is not told.')}</p>}
      {newest.isError && (
        <p className="text-sm text-muted">
          {t('They could not be loaded.')}{' '}
          <Button variant="link" size="sm" onClick={() => void newest.refetch()}>
            {t('Try again')}
          </Button>
        </p>
      )}
      <ul className="flex flex-col gap-1.5 text-sm">
        {newest.data?.items.map(({ delivery, event_type, subject_name }) => (
          <li key={delivery.id} className="flex items-center gap-2" title={delivery.last_error ?? undefined}>
            <StateGlyph look={lookOf(delivery)} />
            <span className="min-w-0 flex-1 truncate">{[EVENTS[event_type].words, subject_name].filter(Boolean).join(': ')}</span>
            <When at={delivery.created_at} className="flex-none text-muted" />
          </li>
        ))}
      </ul>
    </InspectorSection>
  );
}
