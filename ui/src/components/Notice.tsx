/** Plain words, then what to do. */
import { CircleAlert, CircleCheck, Info, TriangleAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

export type NoticeTone = 'fail' | 'warn' | 'ok' | 'idle';

const LOOK: Record<NoticeTone, { box: string; icon: LucideIcon; tint: string }> = {
  fail: { box: 'border-fail-line bg-fail-soft', icon: CircleAlert, tint: 'text-fail' },
  warn: { box: 'border-warn-line bg-warn-soft', icon: TriangleAlert, tint: 'text-warn' },
  ok: { box: 'border-ok-line bg-ok-soft', icon: CircleCheck, tint: 'text-ok' },
  idle: { box: 'border-idle-line bg-idle-soft', icon: Info, tint: 'text-muted' },
};

export function Notice({
  tone = 'idle',
  icon,
  title,
  children,
  actions,
  aside,
  className,
}: {
  tone?: NoticeTone;
  icon?: LucideIcon;
  title: ReactNode;
  children?: ReactNode;
  /** Under the words. */
  actions?: ReactNode;
  /** Buttons at the right, where there is room; else under the words. */
  aside?: ReactNode;
  className?: string;
}) {
  const look = LOOK[tone];
  const Icon = icon ?? look.icon;
  return (
    <div role={tone === 'fail' ? 'alert' : 'status'} className={cn('flex gap-2.5 rounded-md border px-3 py-2.5', look.box, className)}>
      <Icon className={cn('mt-px size-4 flex-none', look.tint)} aria-hidden />
      <div className="min-w-0 flex-1">
        <div className="font-medium">{title}</div>
        {children && <div className="mt-0.5 text-sm text-muted">{children}</div>}
        {actions && <div className="mt-2 flex flex-wrap gap-2">{actions}</div>}
      </div>
      {aside && <div className="flex flex-none items-center gap-2 self-center">{aside}</div>}
    </div>
  );
}
