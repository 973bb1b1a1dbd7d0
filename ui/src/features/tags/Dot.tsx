import { cn } from '@/lib/cn';

/** A tag's colour; grey for one without. */
export function Dot({ color, className }: { color: string | null; className?: string }) {
  return <span className={cn('inline-block size-2 flex-none rounded-full bg-idle-solid', className)} style={{ backgroundColor: color ?? undefined }} aria-hidden />;
}
