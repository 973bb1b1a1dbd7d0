import { t } from '@/i18n';
import { shortHash } from '@/lib/format';
import { copy } from './clipboard';

/** The hash of a file, short; whole on hover, and copied by a click. */
export function Sha256({ hash }: { hash: string }) {
  return (
    <button
      type="button"
      title={`${hash}\n${t('Click to copy')}`}
      data-sha256={hash}
      className="mono text-faint hover:text-ink hover:underline"
      onClick={(event) => {
        event.stopPropagation();
        copy(hash, 'SHA-256');
      }}
    >
      {shortHash(hash)}
    </button>
  );
}
