/** A path field that takes what is dropped on it. While files are over the window it shows that it does. */
import { useEffect, useRef, type ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { addField, FIELD, type FieldTarget } from './targets';

export interface DropFieldProps {
  label: string;
  several?: boolean;
  /** A path of elsewhere is none that could be dropped. */
  disabled?: boolean;
  onDrop: FieldTarget['take'];
  className?: string;
  children: ReactNode;
}

export function DropField({ label, several = false, disabled = false, onDrop, className, children }: DropFieldProps) {
  const root = useRef<HTMLDivElement>(null);
  const take = useRef(onDrop);
  take.current = onDrop;
  useEffect(() => {
    const element = root.current;
    if (element === null || disabled) return undefined;
    return addField(element, { label, several, take: (dropped) => take.current(dropped) });
  }, [label, several, disabled]);
  return (
    <div
      ref={root}
      {...(disabled ? {} : { [FIELD]: label })}
      className={cn(
        'min-w-0 rounded-md outline-offset-2 outline-accent',
        !disabled && 'in-data-files-over:outline-1 in-data-files-over:outline-dashed data-drop-over:outline-2! data-drop-over:outline-solid!',
        className,
      )}
    >
      {children}
    </div>
  );
}
