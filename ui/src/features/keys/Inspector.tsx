/** Parts of the panel beside a list of keys. */
import { Copy } from 'lucide-react';
import { IconButton } from '@/components/Button';
import { copy } from '@/components/clipboard';
import { t } from '@/i18n';
import { day } from '@/lib/format';

/** A fingerprint as it is read aloud; copied as it is typed. */
export function Fingerprint({ text, shown }: { text: string; shown?: string }) {
  return (
    <span className="flex items-start gap-1">
      <span className="mono min-w-0 max-w-[168px] leading-[17px] break-words [overflow-wrap:anywhere]">{shown ?? text}</span>
      <IconButton id="copy-fingerprint" label={t('Copy fingerprint')} size="sm" className="-mt-1 ml-auto" onClick={() => copy(text, t('Fingerprint'))}>
        <Copy />
      </IconButton>
    </span>
  );
}

/** When it came into the store, and by whom. */
export function Added({ at, by }: { at: string; by: string }) {
  return (
    <>
      {day(at)}
      <div className="truncate text-faint" title={by}>
        {by}
      </div>
    </>
  );
}
