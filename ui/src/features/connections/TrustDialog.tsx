/**
 * Both fingerprints, and the question whether to trust the new one. Refusing is the default: trusting needs the whole
 * fingerprint, entered from what the server's owner said and not from what is on the screen.
 */
import { useMutation } from '@tanstack/react-query';
import { Copy, ShieldAlert, Workflow } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { AlertDialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { toast } from '@/components/toast';
import { invoke, type ConnectionView } from '@/ipc';
import { cn } from '@/lib/cn';
import { day, shortTime } from '@/lib/format';
import { keyTypeName } from './ConnectionForm';
import { compareFingerprint } from './fingerprint';

export function TrustDialog({
  view,
  shown,
  expected,
  greeting,
  address,
  at,
  onClose,
  onTrusted,
}: {
  view: ConnectionView;
  shown: { fingerprint: string; keyType: string };
  expected: readonly string[];
  greeting: string;
  address: string;
  at: string;
  onClose: () => void;
  onTrusted: () => void;
}) {
  const [typed, setTyped] = useState('');
  const { name } = view.connection;
  const isFirst = expected.length === 0;
  const match = compareFingerprint(typed, shown.fingerprint);
  const trust = useMutation({
    mutationFn: () => invoke.connectionsTrust(view.connection.id, shown.fingerprint, shown.keyType),
    onSuccess: () => {
      toast.done(`The key of ${name} is trusted now`, 'Written to the audit with your name.');
      onTrusted();
    },
  });
  const jobs = [...new Set(view.used_by.map((use) => use.job_name))];
  const letter = [
    `Is this the fingerprint of your SFTP server ${view.connection.host}?`,
    shown.fingerprint,
    ...(isFirst ? [] : ['Until now it was:', ...expected]),
  ].join('\n');

  return (
    <AlertDialog
      open
      onClose={onClose}
      id="trust-dialog"
      width={620}
      icon={<ShieldAlert className="text-fail" />}
      title={isFirst ? `Is this the server of ${name}?` : `The host key of ${name} has changed`}
      description={
        isFirst
          ? `Courier has not seen this server before. Ask ${name}, by telephone or another way you already trust, for the fingerprint of their key.`
          : `Either they replaced their server's key, or something between you and the server poses as it. Courier cannot tell which. Ask ${name}, by telephone or another way you already trust, for the fingerprint of their key.`
      }
      footer={
        <>
          <Button
            variant="ghost"
            className="mr-auto"
            onClick={() =>
              void navigator.clipboard.writeText(letter).then(
                () => toast.done('Copied for the partner'),
                () => toast.failed(new Error('The clipboard is not available.')),
              )
            }
          >
            <Copy />
            Copy for the partner
          </Button>
          <Button
            id="trust-new-key"
            variant="danger"
            disabled={match.state !== 'same'}
            title={match.state === 'same' ? undefined : 'Enter the whole fingerprint first'}
            busy={trust.isPending}
            onClick={() => trust.mutate()}
          >
            {isFirst ? 'Trust this key' : 'Trust new key'}
          </Button>
          <Button id="keep-refusing" variant="primary" onClick={onClose}>
            {isFirst ? 'Do not trust yet' : 'Keep refusing'}
          </Button>
        </>
      }
    >
      <dl className="overflow-hidden rounded-md border border-line">
        {expected.map((fingerprint) => {
          const known = view.known_hosts.find((host) => host.fingerprint === fingerprint);
          return (
            <Print
              key={fingerprint}
              title="Known key"
              since={known ? `since ${day(known.first_seen)}` : 'entered by hand'}
              fingerprint={fingerprint}
              note={known ? `${keyTypeName(known.key_type)}, last seen ${shortTime(known.last_seen)}` : ''}
            />
          );
        })}
        <Print
          isNew
          title="Shown now"
          since={`at ${shortTime(at)}`}
          fingerprint={shown.fingerprint}
          note={[keyTypeName(shown.keyType), address && `address ${address}`, greeting && `greeting ${greeting}`].filter(Boolean).join(', ')}
        />
      </dl>
      <Field
        label={`Fingerprint that ${name} gave you`}
        help="Paste or type it. You can trust the new key when all of it is the same."
        error={match.state === 'different' ? 'This is not the fingerprint that the server showed. Do not trust it.' : null}
      >
        <Input
          id="typed-fingerprint"
          mono
          autoFocus
          placeholder="SHA256:…"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          tail={
            <span className={cn('num text-xs', match.state === 'same' && 'text-ok')} role="status">
              {match.state === 'same' ? 'all the same' : match.state === 'so_far' ? `${match.entered} of ${match.of}, same so far` : ''}
            </span>
          }
        />
      </Field>
      {jobs.length > 0 && (
        <p className="flex items-start gap-1.5 text-sm text-muted">
          <Workflow className="mt-0.5 size-3.5 flex-none" aria-hidden />
          <span>
            Until then{' '}
            {jobs.map((job, index) => (
              <span key={job}>
                {index > 0 && (index === jobs.length - 1 ? ' and ' : ', ')}
                <b className="font-medium text-ink">{job}</b>
              </span>
            ))}{' '}
            {jobs.length === 1 ? 'fails' : 'fail'} at once. Nothing is sent.
          </span>
        </p>
      )}
      {trust.error && <ErrorNotice error={trust.error} />}
    </AlertDialog>
  );
}

function Print({ title, since, fingerprint, note, isNew = false }: { title: string; since: string; fingerprint: string; note: string; isNew?: boolean }) {
  return (
    <div className={cn('grid min-h-[52px] grid-cols-[120px_minmax(0,1fr)] items-center gap-3 border-t border-line px-3 py-1.5 first:border-t-0', isNew && 'bg-fail-soft')}>
      <dt>
        <span className={cn('font-medium', isNew && 'text-fail')}>{title}</span>
        <div className="num text-xs text-faint">{since}</div>
      </dt>
      <dd className="min-w-0">
        <div className="mono selectable break-all" data-fingerprint={isNew ? 'shown' : 'known'}>
          {fingerprint}
        </div>
        <div className="num truncate text-xs text-faint">{note}</div>
      </dd>
    </div>
  );
}
