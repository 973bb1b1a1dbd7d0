/** The button that opens an archive's list of entries. */
import { PackageSearch } from 'lucide-react';
import { useState } from 'react';
import { t } from '@/i18n';
import { cn } from '@/lib/cn';
import { nameOf } from '@/lib/paths';
import { ArchivePreview } from './ArchivePreview';

export function LookInside({ path, className }: { path: string; className?: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        aria-label={t('Look inside {{name}}', { name: nameOf(path) })}
        title={t('Look inside')}
        data-look-inside={nameOf(path)}
        className={cn('flex-none rounded-sm p-0.5 text-faint hover:bg-hover hover:text-ink', className)}
        onClick={(event) => {
          event.stopPropagation();
          setOpen(true);
        }}
      >
        <PackageSearch className="size-3.5" aria-hidden />
      </button>
      {open && <ArchivePreview path={path} onClose={() => setOpen(false)} />}
    </>
  );
}
