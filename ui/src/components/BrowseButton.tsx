/** The folder at the end of a path's field: opens what shows the paths there are. */
import { FolderOpen } from 'lucide-react';
import type { ButtonHTMLAttributes } from 'react';

export type BrowseButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'type' | 'className' | 'children' | 'aria-label' | 'title'> & {
  label: string;
  /** Else the label. */
  title?: string | undefined;
};

export function BrowseButton({ label, title = label, ...rest }: BrowseButtonProps) {
  return (
    <button type="button" aria-label={label} title={title} className="rounded-sm p-0.5 hover:bg-hover hover:text-ink disabled:text-off" {...rest}>
      <FolderOpen className="size-3.5" aria-hidden />
    </button>
  );
}
