/** Sends what was delivered once more: asks, shows how it goes, and replaces what is there only when told to. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Send } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button, IconButton, Spinner } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Notice } from '@/components/Notice';
import { KeyValues } from '@/components/Page';
import { toast } from '@/components/toast';
import { TransferProgress } from '@/features/connections/browse/TransferList';
import { move, stop, useTransfers, type HandTransfer } from '@/features/connections/browse/transfers';
import { t } from '@/i18n';
import { connectionsQuery, keys, sentence } from '@/ipc';
import { bytes } from '@/lib/format';
import { nameOf } from '@/lib/paths';

/** A delivery that is proved by a receipt. */
export interface Delivery {
  receiptId: string;
  connectionId: string;
  /** What the connection is called, where it is known. */
  server?: string | null;
  remote: string;
  local: string;
  size: number | null;
  sha256: string;
}

const newestOf = (all: readonly HandTransfer[], { receiptId }: Delivery) => all.findLast((one) => one.receiptId === receiptId);

/** The button, in words or as a glyph, with its dialog. */
export function SendAgain({ delivery, glyph = false }: { delivery: Delivery; glyph?: boolean }) {
  const [open, setOpen] = useState(false);
  const running = useTransfers(({ all }) => newestOf(all, delivery)?.state === 'running');
  const name = nameOf(delivery.remote);
  const icon = running ? <Spinner /> : <Send />;
  const button = { 'data-send-again': name, size: 'sm' as const, onClick: () => setOpen(true) };
  return (
    <>
      {glyph ? (
        <IconButton {...button} label={running ? t('{{name}} is being sent', { name }) : t('Send {{name}} again', { name })}>
          {icon}
        </IconButton>
      ) : (
        <Button {...button}>
          {icon}
          {running ? t('Sending') : t('Send again')}
        </Button>
      )}
      {open && <SendAgainDialog delivery={delivery} onClose={() => setOpen(false)} />}
    </>
  );
}

function SendAgainDialog({ delivery, onClose }: { delivery: Delivery; onClose: () => void }) {
  const client = useQueryClient();
  const { data: connections } = useQuery(connectionsQuery());
  const newest = useTransfers(({ all }) => newestOf(all, delivery));
  // How an earlier one ended is no news.
  const [begun, setBegun] = useState(newest?.state === 'running');
  const transfer = begun ? newest : undefined;
  const shown = useRef(true);
  useEffect(() => {
    shown.current = true;
    return () => {
      shown.current = false;
    };
  }, []);
  const done = transfer?.state === 'done';
  useEffect(() => {
    if (done) onClose();
    // oxlint-disable-next-line exhaustive-deps -- `onClose` is made anew on each render and does the same
  }, [done]);

  const { connectionId, remote, local } = delivery;
  const name = nameOf(remote);
  const server = delivery.server ?? connections?.find(({ connection }) => connection.id === connectionId)?.connection.name ?? t('the same server');
  const start = async (replace: boolean) => {
    setBegun(true);
    const arrived = await move({ connectionId, direction: 'upload', name, remote, local, receiptId: delivery.receiptId }, replace);
    if (arrived) toast.done(t('{{name}} was sent again', { name }), t('To {{server}}: {{remote}}', { server, remote }));
    else {
      const error = newestOf(useTransfers.getState().all, delivery)?.error;
      const replaceIt = { label: t('Replace'), onClick: () => void start(true) };
      if (error && !shown.current) toast.failed(error, t('{{name}} was not sent again', { name }), error.code === 'already_exists' ? replaceIt : undefined);
    }
    await client.invalidateQueries({ queryKey: keys.files });
  };

  const running = transfer?.state === 'running';
  const taken = transfer?.error?.code === 'already_exists';
  const failed = transfer?.state === 'failed' && !taken;
  return (
    <Dialog
      open
      onClose={onClose}
      id="send-again-dialog"
      title={t('Send {{name}} again?', { name })}
      description={t('The very bytes that were sent go once more to where they went, from wherever they still are on this machine.')}
      footer={
        <>
          <Button autoFocus onClick={onClose}>{running ? t('Go on in the background') : taken ? t('Keep what is there') : transfer ? t('Close') : t('Cancel')}</Button>
          <Button
            id={running ? 'send-again-stop' : taken ? 'send-again-replace' : 'send-again-start'}
            variant={running ? 'outline' : taken ? 'danger' : 'primary'}
            onClick={() => {
              if (running) void stop(transfer.id).catch((error: unknown) => toast.failed(error));
              else void start(taken);
            }}
          >
            {running ? t('Stop') : taken ? t('Replace') : failed ? t('Try again') : t('Send again')}
          </Button>
        </>
      }
    >
      <KeyValues
        rows={[
          [t('To'), server],
          [t('As'), <span key="as" className="mono [overflow-wrap:anywhere]">{remote}</span>],
          [t('Size'), <span key="size" className="num">{bytes(delivery.size)}</span>],
          ['SHA-256', <span key="sha256" className="mono [overflow-wrap:anywhere]">{delivery.sha256}</span>],
        ]}
      />
      <div data-send-again-state={transfer?.state}>
        {!transfer && <p className="text-sm text-muted">{t('What is there under this name by now is not replaced, unless you say so then.')}</p>}
        {running && <TransferProgress transfer={transfer} />}
        {transfer?.state === 'stopped' && <p role="status" className="text-muted">{t('Stopped. Nothing of it stands under its name.')}</p>}
        {taken && (
          <Notice tone="warn" title={t('Something is there already under this name')}>
            {t('{{message}} Replace it, or keep what is there.', { message: sentence(transfer.error?.message ?? '') })}
          </Notice>
        )}
      </div>
      {failed && <ErrorNotice error={transfer.error} />}
    </Dialog>
  );
}
