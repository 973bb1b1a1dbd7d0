/** What came of an import, with the way to what it made. */
import { useNavigate } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { Notice } from '@/components/Notice';
import type { ImportPreview } from '@/ipc';
import { count, listed } from '@/lib/format';
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
      title={made.length === 0 ? 'Nothing was imported' : `${connectionsWords(made.length)} imported`}
      icon={<CircleCheck className="text-ok" />}
      width={560}
      footer={
        <>
          <Button id="import-close" onClick={onClose}>
            Close
          </Button>
          <Button id="import-show" variant="primary" autoFocus onClick={show}>
            Show the connections
          </Button>
        </>
      }
    >
      <div id="import-result" className="flex flex-col gap-3" role="status">
        {made.length > 0 && <p className="selectable">{more > 0 ? `${names.join(', ')} and ${more} more.` : `${listed(names)}.`}</p>}
        {done.keys.length > 0 && <p className="text-muted">{`${count(done.keys.length, 'private key')} came along: ${listed(done.keys.map(({ name }) => name))}.`}</p>}
        {there.length > 0 && <p className="text-muted">{`${listed(there.slice(0, NAMED))} ${there.length === 1 ? 'was there already and stays as it is' : 'were there already and stay as they are'}.`}</p>}
        {closed.length > 0 && (
          <Notice tone="warn" title={closed.length === made.length && made.length > 1 ? 'All are disabled for now' : `${connectionsWords(closed.length)} ${closed.length === 1 ? 'is' : 'are'} disabled for now`}>
            A password or key is missing. Open the connection, enter it, and enable the connection. Its notes say what is missing.
          </Notice>
        )}
        <p className="text-muted">Each server's host key is remembered at the first test, and refused when it changes.</p>
      </div>
    </Dialog>
  );
}
