/** A page without content, teaching the first action. */
import type { ReactNode } from 'react';

export function EmptyState({
  art,
  title,
  children,
  actions,
  note,
  alert = false,
}: {
  art?: ReactNode;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  note?: ReactNode;
  alert?: boolean;
}) {
  return (
    <div role={alert ? 'alert' : undefined} className="flex flex-1 flex-col items-center justify-center gap-1.5 p-8 text-center" data-empty>
      {art && <div className="mb-2 text-faint">{art}</div>}
      <h2 className="text-lg font-semibold">{title}</h2>
      {children && <p className="selectable max-w-[400px] text-muted">{children}</p>}
      {actions && <div className="mt-2.5 flex gap-2">{actions}</div>}
      {note && <p className="mt-2.5 text-sm text-faint">{note}</p>}
    </div>
  );
}
