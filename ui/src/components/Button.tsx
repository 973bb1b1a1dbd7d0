/** Buttons. One primary button a page; red only for what destroys; a disabled one says why in its title. */
import { Button as Base } from '@base-ui/react/button';
import { cva, type VariantProps } from 'class-variance-authority';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

const button = cva(
  'inline-flex flex-none items-center justify-center gap-1.5 whitespace-nowrap border font-medium transition-colors disabled:pointer-events-auto [&_svg]:size-3.5 [&_svg]:flex-none',
  {
    variants: {
      variant: {
        outline:
          'border-line-control bg-raised text-ink hover:bg-hover disabled:border-line disabled:bg-sunken disabled:text-off [&_svg]:text-muted disabled:[&_svg]:text-off',
        primary:
          'border-accent bg-accent text-on-accent hover:border-accent-hover hover:bg-accent-hover disabled:border-track disabled:bg-track disabled:text-off',
        danger:
          'border-fail-line bg-raised text-fail hover:bg-fail-soft disabled:border-line disabled:bg-sunken disabled:text-off',
        ghost:
          'border-transparent bg-transparent text-muted hover:bg-hover hover:text-ink disabled:bg-transparent disabled:text-off',
        link: 'h-auto border-transparent bg-transparent px-0! text-accent-ink hover:underline disabled:text-off',
      },
      size: { md: 'h-7 rounded-md px-2.5', sm: 'h-6 rounded-[5px] px-2 text-sm' },
      shape: { text: '', icon: 'px-0' },
    },
    compoundVariants: [
      { shape: 'icon', size: 'md', class: 'w-7 [&_svg]:size-4' },
      { shape: 'icon', size: 'sm', class: 'w-6' },
    ],
    defaultVariants: { variant: 'outline', size: 'md', shape: 'text' },
  },
);

type Look = Omit<VariantProps<typeof button>, 'shape'>;
export type ButtonProps = Omit<Base.Props, 'className'> & Look & { className?: string; busy?: boolean };

export function Button({ variant, size, className, busy, disabled, children, ...rest }: ButtonProps) {
  return (
    <Base
      {...rest}
      disabled={disabled || busy}
      focusableWhenDisabled={busy}
      aria-busy={busy || undefined}
      className={cn(button({ variant, size }), className)}
    >
      {busy && <Spinner />}
      {children}
    </Base>
  );
}

/** A button that shows only a glyph; `label` is its name and its tooltip. */
export function IconButton({
  label,
  variant = 'ghost',
  size,
  className,
  shortcut,
  busy,
  disabled,
  children,
  ...rest
}: Omit<ButtonProps, 'aria-label'> & { label: string; shortcut?: string }) {
  return (
    <Base
      title={shortcut ? `${label}  ${shortcut}` : label}
      {...rest}
      disabled={disabled || busy}
      focusableWhenDisabled={busy}
      aria-busy={busy || undefined}
      aria-label={label}
      className={cn(button({ variant, size, shape: 'icon' }), className)}
    >
      {busy ? <Spinner /> : children}
    </Base>
  );
}

export function Spinner() {
  return (
    <svg viewBox="0 0 24 24" className="animate-spin" fill="none" stroke="currentColor" strokeWidth="2.4" aria-hidden>
      <path d="M12 3a9 9 0 1 0 9 9" strokeLinecap="round" />
    </svg>
  );
}

export function Kbd({ children, onAccent = false }: { children: ReactNode; onAccent?: boolean }) {
  return (
    <kbd
      aria-hidden
      className={cn(
        'rounded-sm border px-1 font-sans text-xs leading-4 font-medium whitespace-nowrap',
        onAccent ? 'border-white/45 text-on-accent' : 'border-line-strong bg-bg text-faint',
      )}
    >
      {children}
    </kbd>
  );
}
