/** What is moved by hand on a connection: live, with its proof when it has arrived. */
import { ArrowDownToLine, ArrowUpFromLine, Square } from 'lucide-react';
import { Button, IconButton } from '@/components/Button';
import { SectionHead } from '@/components/Page';
import { Progress } from '@/components/Progress';
import { toast } from '@/components/toast';
import { ShowRowInFiles } from '@/features/files/ShowInFiles';
import { rich, t } from '@/i18n';
import { presentation } from '@/ipc';
import { bytes, rate } from '@/lib/format';
import { forgetEnded, stop, useTransfers, type HandTransfer } from './transfers';

export function TransferList({ connectionId, onReplace }: { connectionId: string; onReplace: (transfer: HandTransfer) => void }) {
  const all = useTransfers((state) => state.all).filter((one) => one.connectionId === connectionId);
  if (all.length === 0) return null;
  const running = all.filter((one) => one.state === 'running').length;
  return (
    <section aria-label={t('Transfers by hand')} className="flex max-h-52 flex-none flex-col border-t border-line">
      <SectionHead
        className="px-4"
        title={t('Moved by hand')}
        count={running > 0 ? t('{{count}} running', { count: running }) : undefined}
        aside={
          running < all.length && (
            <Button size="sm" variant="ghost" onClick={() => forgetEnded(connectionId)}>
              {t('Clear')}
            </Button>
          )
        }
      />
      <ul className="min-h-0 overflow-y-auto pb-1.5">
        {[...all].reverse().map((one) => (
          <Line key={one.id} transfer={one} onReplace={() => onReplace(one)} />
        ))}
      </ul>
    </section>
  );
}

function Line({ transfer, onReplace }: { transfer: HandTransfer; onReplace: () => void }) {
  const { direction, name, state, file } = transfer;
  const Icon = direction === 'download' ? ArrowDownToLine : ArrowUpFromLine;
  return (
    <li data-hand-transfer={name} data-hand-state={state} className="grid min-h-8 grid-cols-[14px_minmax(80px,180px)_minmax(0,1fr)_auto] items-center gap-2.5 px-4">
      <Icon className="size-3.5 text-faint" aria-label={direction === 'download' ? t('Download') : t('Upload')} />
      <span className="truncate" title={`${transfer.remote}\n${transfer.local}`}>
        {name}
      </span>
      <State transfer={transfer} />
      <span className="flex justify-end gap-1">
        {state === 'running' && (
          <IconButton label={t('Stop {{name}}', { name })} size="sm" onClick={() => void stop(transfer.id).catch((error: unknown) => toast.failed(error))}>
            <Square />
          </IconButton>
        )}
        {state === 'done' && direction === 'download' && file !== null && <ShowRowInFiles path={file} />}
        {transfer.error?.code === 'already_exists' && (
          <Button size="sm" onClick={onReplace}>
            {t('Replace')}
          </Button>
        )}
      </span>
    </li>
  );
}

/** How far a transfer is, and how fast it goes. */
export function TransferProgress({ transfer }: { transfer: HandTransfer }) {
  const seconds = Math.max(0.2, (Date.now() - transfer.startedAt) / 1000);
  return (
    <span className="flex min-w-0 items-center gap-2.5">
      <Progress className="flex-1" label={transfer.name} share={transfer.total ? transfer.bytes / transfer.total : null} />
      <span className="num flex-none text-sm text-muted">
        {transfer.total === null ? bytes(transfer.bytes) : t('{{size}} of {{total}}', { size: bytes(transfer.bytes), total: bytes(transfer.total) })}, {rate(transfer.bytes / seconds)}
      </span>
    </span>
  );
}

function State({ transfer }: { transfer: HandTransfer }) {
  switch (transfer.state) {
    case 'running':
      return <TransferProgress transfer={transfer} />;
    case 'done':
      return (
        <span className="num selectable truncate text-sm text-muted" title={transfer.sha256 ?? undefined}>
          {rich('<span>arrived</span>, {{size}}, SHA-256 {{sha256}}', { span: (inner) => <span className="text-ok">{inner}</span>, size: bytes(transfer.size), sha256: <span className="mono">{transfer.sha256}</span> })}
        </span>
      );
    case 'stopped':
      return <span className="text-sm text-muted">{t('stopped; nothing stands under its name')}</span>;
    case 'failed': {
      const { error } = transfer;
      const said = error ? `${presentation(error).title}. ${error.message}` : t('failed');
      return (
        <span className="selectable truncate text-sm text-fail" title={said}>
          {said}
        </span>
      );
    }
  }
}
