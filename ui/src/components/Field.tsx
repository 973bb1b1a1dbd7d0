/** A labelled control with help or its problem underneath. The problem comes from the Rust checks, by path. */
import { Field as Base } from '@base-ui/react/field';
import { CircleX } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

export interface FieldProps {
  label: ReactNode;
  required?: boolean;
  help?: ReactNode;
  /** What is wrong, in a sentence; shown instead of the help. */
  error?: string | null | undefined;
  /** At the right end of the label's line. */
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}

export function Field({ label, required, help, error, aside, className, children }: FieldProps) {
  return (
    <Base.Root invalid={Boolean(error)} className={cn('flex min-w-0 flex-col gap-1', className)}>
      <div className="flex items-center gap-2">
        <Base.Label className="flex items-center gap-1 text-sm font-medium text-muted">
          {label}
          {required && (
            <span className="text-fail" aria-hidden>
              *
            </span>
          )}
        </Base.Label>
        {aside && <span className="ml-auto text-sm">{aside}</span>}
      </div>
      {children}
      {error ? (
        <Base.Error match className="flex items-start gap-1 text-sm text-fail" role="alert">
          <CircleX className="mt-[3px] size-3 flex-none" aria-hidden />
          {error}
        </Base.Error>
      ) : (
        help && <Base.Description className="text-sm text-faint">{help}</Base.Description>
      )}
    </Base.Root>
  );
}
