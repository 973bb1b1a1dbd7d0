/** Takes one row of a list away. */
import { X } from 'lucide-react';
import { t } from '@/i18n';

export function RemoveRow({ label, onRemove }: { label: string; onRemove: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={t('Remove')}
      className="mt-1.5 flex-none rounded-sm p-0.5 text-faint hover:bg-hover hover:text-ink"
      onClick={onRemove}
    >
      <X className="size-3.5" aria-hidden />
    </button>
  );
}
