/** What came of an import, with the way to what it made. */
import { useNavigate } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { Notice } from '@/components/Notice';
import { t } from '@/i18n';
import type { ImportPreview } from '@/ipc';
import { listed } from '@/lib/format';
import { comesIn, connectionsWords } from './words';

/** Connections that are named one by one. */
const NAMED = 12;

export function ImportDone({ done, onClose }: { done: ImportPreview; onClose: () => void }) {
  const navigate = useNavigate();
  const made = done.connections.filter(comesIn);
  const closed = made.filter(({ missing }) => missing !== null);
  const there = done.connections.filter(({ action }) => action === 'exists').map(({ name }) => name);
  const names = made.slice(0, NAMED).map(({ name }) => name);
  const more = made.length - names.length;
  const show = () => {
    onClose();
    void navigate({ to: '/connections' });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      id="import-dialog"
      title={made.length === 0 ? t('Nothing was imported') : t('{{connections}} imported', { connections: connectionsWords(made.length) })}
      icon={<CircleCheck className="text-ok" />}
      width={560}
      footer={
        <>
          <Button id="import-close" onClick={onClose}>
            {t('Close')}
          </Button>
          <Button id="import-show" variant="primary" autoFocus onClick={show}>
            {t('Show the connections')}
          </Button>
        </>
      }
    >
      <div id="import-result" className="flex flex-col gap-3" role="status">
        {made.length > 0 && <p className="selectable">{more > 0 ? t('{{names}} and {{more}} more.', { names: names.join(', '), more }) : `${listed(names)}.`}</p>}
        {done.keys.length > 0 && <p className="text-muted">{t('{{count}} private keys came along: {{keys}}.', { count: done.keys.length, keys: listed(done.keys.map(({ name }) => name)) })}</p>}
        {there.length > 0 && <p className="text-muted">{t('{{there}} were there already and stay as they are.', { count: there.length, there: listed(there.slice(0, NAMED)) })}</p>}
        {closed.length > 0 && (
          <Notice tone="warn" title={closed.length === made.length && made.length > 1 ? t('All are disabled for now') : t('{{connections}} are disabled for now', { count: closed.length, connections: connectionsWords(closed.length) })}>
            {t('A password or key is missing. Open the connection, enter it, and enable the connection. Its notes say what is missing.')}
          </Notice>
        )}
        <p className="text-muted">{t("Each server's host key is remembered at the first test, and refused when it changes.")}</p>
      </div>
    </Dialog>
  );
}
