/** What both trust dialogs are made of: fingerprints one under the other, the typed one, and who waits for the answer. */
import { Copy, Workflow } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '@/components/Button';
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { Listed } from '@/components/Text';
import { toast } from '@/components/toast';
import { rich, t } from '@/i18n';
import type { ConnectionView } from '@/ipc';
import { cn } from '@/lib/cn';
import type { FingerprintMatch } from '../fingerprint';

export function Prints({ children }: { children: ReactNode }) {
  return <dl className="flex-none overflow-hidden rounded-md border border-line">{children}</dl>;
}

export function Print({ title, since, fingerprint, note, isNew = false }: { title: string; since: string; fingerprint: string; note: ReactNode; isNew?: boolean }) {
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
        <div className="num selectable text-xs text-faint">{note}</div>
      </dd>
    </div>
  );
}

/** Trusting needs the whole fingerprint, entered from what the server's owner said and not from what is on the screen. */
export function TypedFingerprint({ name, typed, onType, match, placeholder, what }: { name: string; typed: string; onType: (text: string) => void; match: FingerprintMatch; placeholder: string; what: string }) {
  return (
    <Field
      label={t('Fingerprint that {{name}} gave you', { name })}
      help={t('Paste or type it. You can trust the {{what}} when all of it is the same.', { what })}
      error={match.state === 'different' ? t('This is not the fingerprint that the server showed. Do not trust it.') : null}
    >
      <Input
        id="typed-fingerprint"
        mono
        autoFocus
        placeholder={placeholder}
        value={typed}
        onChange={(event) => onType(event.target.value)}
        tail={
          <span className={cn('num text-xs', match.state === 'same' && 'text-ok')} role="status">
            {match.state === 'same' ? t('all the same') : match.state === 'so_far' ? t('{{entered}} of {{of}}, same so far', { entered: match.entered, of: match.of }) : ''}
          </span>
        }
      />
    </Field>
  );
}

export function JobsThatWait({ view }: { view: ConnectionView }) {
  const jobs = [...new Set(view.used_by.map((use) => use.job_name))];
  if (jobs.length === 0) return null;
  return (
    <p className="flex items-start gap-1.5 text-sm text-muted">
      <Workflow className="mt-0.5 size-3.5 flex-none" aria-hidden />
      <span>
        {rich('Until then {{jobs}} fail at once. Nothing is sent.', { count: jobs.length, jobs: <Listed items={jobs} of={(job) => <b className="font-medium text-ink">{job}</b>} /> })}
      </span>
    </p>
  );
}

export function CopyForPartner({ lines }: { lines: readonly string[] }) {
  return (
    <Button
      variant="ghost"
      className="mr-auto"
      onClick={() =>
        void navigator.clipboard.writeText(lines.join('\n')).then(
          () => toast.done(t('Copied for the partner')),
          () => toast.failed(new Error(t('The clipboard is not available.'))),
        )
      }
    >
      <Copy />
      {t('Copy for the partner')}
    </Button>
  );
}
