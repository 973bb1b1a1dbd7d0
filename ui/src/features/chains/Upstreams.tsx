/** What a member waits for: several may be ticked, each with whether it may also have failed. */
import { ChevronsUpDown } from 'lucide-react';
import { Popover } from '@/components/Popover';
import { Checkbox } from '@/components/Toggle';
import { t } from '@/i18n';
import { cn } from '@/lib/cn';
import { useChain, useChainStore } from './context';
import type { Member } from './model/doc';

/** `text` stands on the button instead of the names. */
export function Upstreams({ member, label, text }: { member: Member; label: string; text?: string }) {
  const store = useChainStore();
  const members = useChain((state) => state.doc.members);
  const others = members.filter((other) => other.key !== member.key);
  const edgeOf = (key: string) => member.after.find((edge) => edge.from === key);
  const chosen = others.filter((other) => edgeOf(other.key));
  const words = chosen.map(({ key, name }) => (edgeOf(key)?.also ? t('{{name}} (also failed)', { name: name || t('No name') }) : name || t('No name'))).join(', ');
  const shown = text ?? (words || t('Begins at once'));
  return (
    <Popover
      className="max-h-80 w-80 overflow-y-auto"
      label={label}
      trigger={
        <button
          type="button"
          data-upstreams={member.name}
          data-field="depends_on"
          aria-label={`${label}: ${shown}`}
          title={words || undefined}
          disabled={others.length === 0}
          className="flex h-7 w-full min-w-0 items-center gap-1.5 rounded-md border border-line-control bg-raised px-2 text-left disabled:border-line disabled:bg-sunken disabled:text-off"
        >
          <span className={cn('min-w-0 flex-1 truncate', (text !== undefined || chosen.length === 0) && 'text-muted')}>{shown}</span>
          <ChevronsUpDown className="size-3 flex-none text-faint" aria-hidden />
        </button>
      }
    >
      <div role="group" aria-label={label} className="flex flex-col">
        {others.map((other) => {
          const edge = edgeOf(other.key);
          const name = other.name || t('No name');
          return (
            <div key={other.key} className="flex min-h-7 items-center gap-3 rounded-[5px] px-2 hover:bg-hover">
              <label className="flex min-w-0 flex-1 items-center gap-2">
                <Checkbox
                  aria-label={t('After {{name}}', { name })}
                  data-upstream={other.name}
                  checked={edge !== undefined}
                  onCheckedChange={(on) => (on ? store.getState().connect(other.key, member.key) : store.getState().disconnect(other.key, member.key))}
                />
                <span className="truncate">{name}</span>
              </label>
              {edge && (
                <label className="flex flex-none items-center gap-1.5 text-sm text-muted">
                  <Checkbox
                    aria-label={t('Also after failure of {{name}}', { name })}
                    data-also={other.name}
                    checked={edge.also}
                    onCheckedChange={(on) => store.getState().setAlso(other.key, member.key, on)}
                  />
                  {t('also after failure')}
                </label>
              )}
            </div>
          );
        })}
      </div>
    </Popover>
  );
}
