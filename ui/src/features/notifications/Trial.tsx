/** What came of a test: on its way, taken, or what the other side said. */
import { Button, Spinner } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Notice } from '@/components/Notice';
import { inside, t } from '@/i18n';
import { sentence, type NotificationRule } from '@/ipc';
import { clock } from '@/lib/format';
import { isSending, sendTest, useTrials, type Trial } from './trials';
import { CHANNELS, targetOf } from './words';

export function TrialResult({ trial }: { trial: Trial | undefined }) {
  if (trial === undefined) return <div aria-live="polite" />;
  const { rule, result, at, error } = trial;
  const target = targetOf(rule.channel);
  return (
    <div aria-live="polite" data-trial={isSending(trial) ? 'sending' : result?.delivered ? 'taken' : 'failed'}>
      {isSending(trial) && (
        <p className="flex h-7 items-center gap-2 text-muted [&_svg]:size-3.5 [&_svg]:flex-none">
          <Spinner />
          <span className="min-w-0 truncate" title={target}>{t('Sending to {{target}}', { target })}</span>
        </p>
      )}
      {error !== null && <ErrorNotice error={error} />}
      {result && (
        <Notice tone={result.delivered ? 'ok' : 'fail'} title={result.delivered ? t('It was taken') : t('It was not taken')}>
          <span className="selectable [overflow-wrap:anywhere]">
            {result.error !== null && <span className="block text-ink">{sentence(result.error)}</span>}
            {`${at === null ? '' : `${clock(at)}, `}${inside(CHANNELS[rule.channel.type].label)}: ${target}`}
          </span>
        </Notice>
      )}
    </div>
  );
}

/** From the list, where it was sent at once. */
export function TrialDialog({ rule, onClose }: { rule: NotificationRule; onClose: () => void }) {
  const trial = useTrials((state) => state.trials[rule.id]);
  return (
    <Dialog
      open
      onClose={onClose}
      id="trial-dialog"
      title={t('Test of {{name}}', { name: rule.name })}
      description={t('A notice that only says that the rule works. It is sent also while the rule is disabled.')}
      footer={
        <>
          <Button disabled={isSending(trial)} onClick={() => void sendTest(rule)}>
            {t('Send another')}
          </Button>
          <Button variant="primary" onClick={onClose}>
            {t('Close')}
          </Button>
        </>
      }
    >
      <TrialResult trial={trial} />
    </Dialog>
  );
}
