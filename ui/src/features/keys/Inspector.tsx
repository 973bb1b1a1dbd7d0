/** The panel beside a list of keys. */
import { Copy } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '@/components/Button';
import { toast } from '@/components/toast';
import { cn } from '@/lib/cn';
import { day } from '@/lib/format';

export function Inspector({ title, actions, children }: { title: string; actions: ReactNode; children: ReactNode }) {
  return (
    <aside aria-label={title} className="flex w-[316px] flex-none flex-col border-l border-line" data-inspector={title}>
      <div className="flex h-11 flex-none items-center gap-1 border-b border-line px-4">
        <h2 className="min-w-0 flex-1 truncate font-semibold" title={title}>
          {title}
        </h2>
        {actions}
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
    </aside>
  );
}

export function InspectorSection({ title, aside, children, className }: { title?: string; aside?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section className={cn('flex flex-col gap-2 border-b border-line px-4 py-3 last:border-b-0', className)}>
      {title && (
        <div className="flex items-center">
          <h3 className="font-semibold">{title}</h3>
          {aside && <span className="ml-auto text-sm">{aside}</span>}
        </div>
      )}
      {children}
    </section>
  );
}

/** Puts a text on the clipboard and says so. */
export const copy = (text: string, what: string): void =>
  void navigator.clipboard.writeText(text).then(
    () => toast.done(`${what} copied`),
    () => toast.failed(new Error('The clipboard is not available.'), 'It was not copied'),
  );

/** A fingerprint as it is read aloud; copied as it is typed. */
export function Fingerprint({ text, shown }: { text: string; shown?: string }) {
  return (
    <span className="flex items-start gap-1">
      <span className="mono min-w-0 max-w-[168px] leading-[17px] break-words [overflow-wrap:anywhere]">{shown ?? text}</span>
      <IconButton id="copy-fingerprint" label="Copy fingerprint" size="sm" className="-mt-1 ml-auto" onClick={() => copy(text, 'Fingerprint')}>
        <Copy />
      </IconButton>
    </span>
  );
}

/** When it came into the store, and by whom. */
export function Added({ at, by }: { at: string; by: string }) {
  return (
    <>
      {day(at)}
      <div className="truncate text-faint" title={by}>
        {by}
      </div>
    </>
  );
}
