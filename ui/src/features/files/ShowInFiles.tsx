/** The button that shows a file or folder of this computer in its file manager. A path of elsewhere has none. */
import { FolderSearch } from 'lucide-react';
import { IconButton } from '@/components/Button';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke } from '@/ipc';
import { cn } from '@/lib/cn';
import { isWhole } from '@/lib/paths';

const LABEL = t('Show in the file manager');

const show = (path: string) => void invoke.localReveal(path).catch((error: unknown) => toast.failed(error, t('It cannot be shown')));

/** Beside the path, where that is written. */
export function ShowInFiles({ path, className }: { path: string; className?: string }) {
  if (!isWhole(path)) return null;
  return (
    <button
      type="button"
      aria-label={`${LABEL}: ${path}`}
      title={LABEL}
      data-reveal={path}
      className={cn('flex-none rounded-sm p-0.5 text-faint hover:bg-hover hover:text-ink', className)}
      onClick={(event) => {
        event.stopPropagation();
        show(path);
      }}
    >
      <FolderSearch className="size-3.5" aria-hidden />
    </button>
  );
}

/** Among the actions of a row. */
export function ShowRowInFiles({ path }: { path: string }) {
  if (!isWhole(path)) return null;
  return (
    <IconButton label={LABEL} size="sm" data-reveal={path} onClick={() => show(path)}>
      <FolderSearch />
    </IconButton>
  );
}
