/** Every key that does something where one is now. */
import { Kbd } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { t } from '@/i18n';
import { useKeyGroups } from '@/lib/shortcuts';
import { useChrome } from './chrome';

export function KeysDialog() {
  const open = useChrome((state) => state.keysOpen);
  const setKeys = useChrome((state) => state.setKeys);
  const groups = useKeyGroups();
  return (
    <Dialog open={open} onClose={() => setKeys(false)} title={t('Keys')} width={460} id="keys-dialog">
      {groups.map(({ title, keys }) => (
        <section key={title} aria-label={title} className="flex flex-col gap-1.5">
          <h3 className="text-sm font-medium text-faint">{title}</h3>
          <dl className="flex flex-col gap-1.5">
            {keys.map(([key, does]) => (
              <div key={`${key} ${does}`} data-key={key} className="flex items-baseline gap-3">
                <dt className="w-28 flex-none">
                  <Kbd>{key}</Kbd>
                  <span className="sr-only">{key}</span>
                </dt>
                <dd className="min-w-0">{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
