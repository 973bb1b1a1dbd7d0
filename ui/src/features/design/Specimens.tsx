/** How a page of parts is laid out: a section a kind, a line a part, its states side by side. */
import type { ReactNode } from 'react';

export function Kind({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} data-kind={title} className="border-b border-line px-4 py-4 last:border-b-0">
      <h2 className="mb-3 text-lg font-semibold">{title}</h2>
      <div className="flex flex-col gap-4">{children}</div>
    </section>
  );
}

export function Specimens({ of, children }: { of: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[148px_minmax(0,1fr)] items-start gap-4" data-part={of}>
      <span className="pt-1 text-sm text-faint">{of}</span>
      <div className="flex min-w-0 flex-wrap items-start gap-x-4 gap-y-3">{children}</div>
    </div>
  );
}
