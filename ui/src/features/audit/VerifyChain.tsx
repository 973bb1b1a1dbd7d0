/** Computes the whole chain anew, and says in plain words what came of it and how much stands behind that. */
import { useEffect, useRef } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Notice } from '@/components/Notice';
import { locale, t } from '@/i18n';
import { invoke, sentence, type AuditReport } from '@/ipc';
import { exactTime } from '@/lib/format';
import { FollowedProgress } from './FollowedProgress';
import { useFollowed } from './useFollowed';

export function VerifyChain({ onShow, onClose }: { onShow: (sequence: number) => void; onClose: () => void }) {
  const check = useFollowed((_: void, name, channel) => invoke.auditVerify(name, channel));
  const { start } = check;
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    start();
  }, [start]);
  const report = check.answer;
  const broken = report?.broken ?? null;
  return (
    <Dialog
      open
      onClose={onClose}
      id="verify-dialog"
      title={t('Verify the chain')}
      description={t('Each entry holds a hash of itself and of the one before it. All of them are computed anew, and compared with the signed checkpoints.')}
      width={520}
      footer={
        check.busy ? (
          <Button id="stop-verify" onClick={check.stop}>
            {t('Stop')}
          </Button>
        ) : (
          <>
            {(check.error || check.stopped) && (
              <Button id="verify-again" onClick={() => start()}>
                {t('Start again')}
              </Button>
            )}
            {broken && broken.sequence > 0 && (
              <Button id="show-broken" onClick={() => onShow(broken.sequence)}>
                {t('Show entry {{entry}}', { entry: broken.sequence.toLocaleString(locale) })}
              </Button>
            )}
            <Button variant="primary" onClick={onClose}>
              {t('Close')}
            </Button>
          </>
        )
      }
    >
      {check.busy && <FollowedProgress progress={check.progress} what={t('Verifying the chain')} />}
      {check.stopped && <Notice title={t('It was stopped')}>{t('Nothing can be said of the chain.')}</Notice>}
      {check.error && <ErrorNotice error={check.error} />}
      {report && !check.busy && <Report report={report} />}
    </Dialog>
  );
}

function Report({ report }: { report: AuditReport }) {
  const { broken, first_sequence: first, whole_to: last } = report;
  const entries = last - first + 1;
  const behind = behindOf(report);
  return (
    <div data-report={broken ? 'broken' : 'whole'} className="flex flex-col gap-3">
      {broken ? (
        <Notice tone="fail" title={t('The chain is broken at entry {{entry}}', { entry: broken.sequence.toLocaleString(locale) })}>
          <p className="[overflow-wrap:anywhere]">{sentence(broken.reason.charAt(0).toUpperCase() + broken.reason.slice(1))}</p>
          <p className="mt-1">{entries > 0 ? t('{{count}} entries before it are as they were written. What comes after cannot be relied on.', { count: entries }) : t('No entry can be relied on.')}</p>
        </Notice>
      ) : (
        <Notice tone="ok" title={t('The chain is whole')}>
          {entries > 0 ? t('{{count}} entries: all are as they were written, and none is missing.', { count: entries }) : t('There is no entry yet.')}
        </Notice>
      )}
      {behind.length > 0 && (
        <ul className="flex flex-col gap-1 text-sm text-muted">
          {behind.map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      )}
      {report.notes.length > 0 && (
        <Notice title={t('What cannot be told')}>
          {report.notes.map((note) => (
            <p key={note} className="[overflow-wrap:anywhere]">{note}</p>
          ))}
        </Notice>
      )}
    </div>
  );
}

/** What the verdict rests on. */
function behindOf({ broken, first_sequence, pruned_by, pruned_at, checkpoints, sealed_to, outside_checkpoints, sealed_outside_to }: AuditReport): string[] {
  const words: string[] = [];
  if (pruned_by !== null && pruned_at !== null) words.push(t('Entries up to {{number}} were given up by {{who}} on {{time}}, on a signed record.', { number: (first_sequence - 1).toLocaleString(locale), who: pruned_by, time: exactTime(pruned_at) }));
  if (broken) return words;
  if (sealed_to !== null) words.push(t('{{count}} signed checkpoints in the store fit, the last at entry {{entry}}.', { count: checkpoints, entry: sealed_to.toLocaleString(locale) }));
  if (sealed_outside_to !== null) words.push(t('{{count}} checkpoints kept outside the store fit, the last at entry {{entry}}.', { count: outside_checkpoints, entry: sealed_outside_to.toLocaleString(locale) }));
  if (sealed_to === null && sealed_outside_to === null) words.push(t('No checkpoint seals it yet. The engine makes one for each 1,000 entries, or after 15 minutes.'));
  return words;
}
