/** Text that must fit: paths and names of files shorten in the middle, times show the exact instant on hover. */
import { Fragment, type ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { exactTime, listParts, shortTime } from '@/lib/format';

/** A path or fingerprint, shortened before its last part, and in the middle of that where it must; whole on hover. */
export function MiddlePath({ text, className }: { text: string; className?: string }) {
  const cut = Math.max(text.lastIndexOf('/', text.length - 2), text.lastIndexOf('\\', text.length - 2));
  const [head, tail] = cut > 0 ? [text.slice(0, cut), text.slice(cut)] : ['', text];
  return (
    <span className={cn('mono selectable flex min-w-0 whitespace-nowrap', className)} title={text}>
      {head && <span className="min-w-4 shrink-[999] truncate">{head}</span>}
      <MiddleName name={tail} />
    </span>
  );
}

/** A file's name, shortened in the middle, because files of one delivery differ at the end. */
export function MiddleName({ name }: { name: string }) {
  // A beginning of fewer letters would be given more room than it fills.
  const cut = name.length > 14 ? name.length - 10 : 0;
  return (
    <>
      {cut > 0 && <span className="min-w-6 truncate">{name.slice(0, cut)}</span>}
      <span className="flex-none">{name.slice(cut)}</span>
    </>
  );
}

/** When, as short as it is clear; the exact time on hover. */
export function When({ at, className }: { at: string | null | undefined; className?: string }) {
  if (!at) return <span className={cn('text-faint', className)}>–</span>;
  return (
    <time dateTime={at} title={exactTime(at)} className={cn('num', className)}>
      {shortTime(at)}
    </time>
  );
}

/** Things in a sentence: `a, b and c`, each as `of` shows it. */
export function Listed<T>({ items, of }: { items: readonly T[]; of: (item: T) => ReactNode }) {
  const parts = listParts(items.map((_, index) => String(index)));
  return (
    <>
      {parts.map(({ type, value }, index) => (
        <Fragment key={index}>{type === 'element' ? of(items[Number(value)] as T) : value}</Fragment>
      ))}
    </>
  );
}
