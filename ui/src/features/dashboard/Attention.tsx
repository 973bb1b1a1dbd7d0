/** The list of what needs a person, each with its next action. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { CalendarX2, Check, CircleCheck, CircleX, FileClock, Hourglass, LockKeyhole, RotateCcw, ShieldAlert, TriangleAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useChrome } from '@/app/chrome';
import { Button, IconButton } from '@/components/Button';
import { SectionHead } from '@/components/Page';
import { When } from '@/components/Text';
import { toast } from '@/components/toast';
import { invoke, jobQuery } from '@/ipc';
import { useRunJob } from '@/features/jobs/useRunJob';
import { t } from '@/i18n';
import { cn } from '@/lib/cn';
import type { Item } from './attention-items';

export function Attention({ items, onDismiss }: { items: readonly Item[]; onDismiss: (missed: string) => void }) {
  return (
    <section aria-label={t('Needs attention')}>
      <SectionHead className="px-4" title={t('Needs attention')} count={items.length || undefined} />
      {items.length === 0 ? (
        <p className="flex h-[52px] items-center gap-2.5 border-y border-grid px-4 text-muted">
          <CircleCheck className="size-4 text-ok" aria-hidden />
          {t('Nothing. The last run of every job went well, no key expires soon, no file is overdue and no schedule was missed.')}
        </p>
      ) : (
        <ul className="border-b border-grid">
          {items.map((item) => (
            <AttentionLine key={item.kind === 'missed' ? item.missed.id : item.title} item={item} onDismiss={onDismiss} />
          ))}
        </ul>
      )}
    </section>
  );
}

function AttentionLine({ item, onDismiss }: { item: Item; onDismiss: (missed: string) => void }) {
  const navigate = useNavigate();
  switch (item.kind) {
    case 'vault':
      return (
        <Line icon={LockKeyhole} tone="text-warn" title={item.title} note={item.note} detail={item.detail}>
          <Button size="sm" onClick={() => useChrome.getState().setVault(true)}>
            {t('Unlock')}
          </Button>
        </Line>
      );
    case 'job':
      return <FailedJob item={item} />;
    case 'monitor':
      return <FailedMonitor item={item} />;
    case 'expected':
      return (
        <Line icon={FileClock} tone="text-warn" title={item.title} note={item.note} detail={item.detail} at={item.at}>
          <Button size="sm" onClick={() => void navigate({ to: '/monitors/$monitorId', params: { monitorId: item.monitor.id } })}>
            {t('Open monitor')}
          </Button>
        </Line>
      );
    case 'missed': {
      const { missed } = item;
      return (
        <Line icon={CalendarX2} tone="text-warn" title={item.title} note={item.note} detail={item.detail} at={item.at}>
          {missed.job_id !== null && (
            <Button size="sm" onClick={() => void navigate({ to: '/executions', search: { job: missed.job_id ?? '' } })}>
              {t('Show runs')}
            </Button>
          )}
          <IconButton label={t('Dismiss: {{title}}', { title: item.title })} variant="outline" size="sm" onClick={() => onDismiss(missed.id)}>
            <Check />
          </IconButton>
        </Line>
      );
    }
    case 'key':
      return (
        <Line icon={Hourglass} tone="text-warn" title={item.title} note={item.note} detail={item.detail}>
          <Button size="sm" onClick={() => void navigate({ to: '/keys', search: { key: item.row.key.id } })}>
            {t('Open key')}
          </Button>
        </Line>
      );
  }
}

function FailedJob({ item }: { item: Extract<Item, { kind: 'job' }> }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const run = useRunJob();
  const { job } = item;
  const trust = item.code === 'host_key_changed' || item.code === 'host_key_unknown';
  const logIn = item.code === 'authentication_failed';
  /** The connection of the job's first transfer step is where the host key or password is. */
  const openConnection = async () => {
    try {
      const view = await client.fetchQuery(jobQuery(job.id));
      const id = view.job.steps.map((step) => step.configuration.connection_id).find((value) => typeof value === 'string');
      if (typeof id === 'string') await navigate({ to: '/connections/$connectionId', params: { connectionId: id } });
      else await navigate({ to: '/jobs/$jobId', params: { jobId: job.id } });
    } catch (error) {
      toast.failed(error);
    }
  };
  const openRun = () => job.last && void navigate({ to: '/executions/$executionId', params: { executionId: job.last.execution_id } });
  return (
    <Line icon={trust ? ShieldAlert : CircleX} tone="text-fail" title={item.title} note={item.note} detail={item.detail} at={item.at}>
      {trust || logIn ? (
        <Button size="sm" onClick={() => void openConnection()}>
          {trust ? t('Compare keys') : t('Check log-in')}
        </Button>
      ) : (
        <Button size="sm" onClick={openRun}>
          {t('Open run')}
        </Button>
      )}
      <IconButton label={t('Run {{name}} again', { name: job.name })} variant="outline" size="sm" busy={run.isPending} onClick={() => run.mutate(job)}>
        <RotateCcw />
      </IconButton>
    </Line>
  );
}

function FailedMonitor({ item }: { item: Extract<Item, { kind: 'monitor' }> }) {
  const navigate = useNavigate();
  const { monitor } = item;
  const acknowledge = useMutation({
    mutationFn: () => invoke.monitorsAcknowledge(monitor.id),
    onSuccess: () => toast.done(t('{{name}} looks again', { name: monitor.name })),
    onError: (error) => toast.failed(error),
  });
  return (
    <Line icon={TriangleAlert} tone="text-fail" title={item.title} note={item.note} detail={item.detail} at={item.at}>
      <Button size="sm" onClick={() => void navigate({ to: '/monitors/$monitorId', params: { monitorId: monitor.id } })}>
        {t('Open monitor')}
      </Button>
      <IconButton label={t('Acknowledge, so that {{name}} looks again', { name: monitor.name })} variant="outline" size="sm" busy={acknowledge.isPending} onClick={() => acknowledge.mutate()}>
        <Check />
      </IconButton>
    </Line>
  );
}

function Line({ icon: Icon, tone, title, note, detail, at, children }: { icon: LucideIcon; tone: string; title: string; note: string; detail: string; at?: string | null; children: ReactNode }) {
  return (
    <li className="flex h-[52px] items-center gap-3 border-t border-grid px-4 hover:bg-hover" data-attention={title}>
      <Icon className={cn('mt-[9px] size-4 flex-none self-start', tone)} aria-hidden />
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline gap-1.5">
          <span className="truncate font-medium" title={title}>
            {title}
          </span>
          {note && (
            <span className={cn('num flex-none text-sm', tone)}>
              <span className="mr-1.5 text-faint" aria-hidden>
                ·
              </span>
              {note}
            </span>
          )}
        </div>
        <div className="truncate text-sm text-muted" title={detail}>
          {detail}
        </div>
      </div>
      {at && <When at={at} className="text-sm text-faint" />}
      <div className="flex flex-none justify-end gap-1.5">{children}</div>
    </li>
  );
}
