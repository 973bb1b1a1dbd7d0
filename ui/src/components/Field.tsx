/**
 * A labelled control with help or its problem underneath, and a button that explains it. The problem comes from the Rust
 * checks, by path.
 */
import { Field as Base } from '@base-ui/react/field';
import { CircleX } from 'lucide-react';
import { useContext, type ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { AboutButton, AboutContext } from './About';

export interface FieldProps {
  label: ReactNode;
  required?: boolean;
  help?: ReactNode;
  /** What is wrong, in a sentence; shown instead of the help. */
  error?: string | null | undefined;
  /** At the right end of the label's line. */
  aside?: ReactNode;
  /** What the field is called, where its label is no text. */
  name?: string;
  /** What there is to read about it, if not what those around it say; `false` for nothing. */
  about?: ReactNode;
  className?: string;
  children: ReactNode;
}

export function Field({ label, required, help, error, aside, name, about, className, children }: FieldProps) {
  const told = useContext(AboutContext);
  const called = name ?? (typeof label === 'string' ? label : null);
  const words = called === null || about === false ? null : (about ?? told?.(called) ?? null);
  return (
    <Base.Root invalid={Boolean(error)} data-about-field={words === null ? undefined : called} className={cn('flex min-w-0 flex-col gap-1', className)}>
      <div className="flex items-center gap-2">
        <span className="flex min-w-0 items-center gap-1">
          <Base.Label className="flex items-center gap-1 text-sm font-medium text-muted">
            {label}
            {required && (
              <span className="text-fail" aria-hidden>
                *
              </span>
            )}
          </Base.Label>
          {called !== null && words !== null && <AboutButton name={called}>{words}</AboutButton>}
        </span>
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
