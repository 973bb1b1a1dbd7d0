/** The events that a rule tells of, by group. */
import { Checkbox } from '@/components/Toggle';
import { t } from '@/i18n';
import type { EventType } from '@/ipc';
import { EVENT_TYPES, EVENTS } from './words';

const GROUPS = [...new Set(EVENT_TYPES.map((type) => EVENTS[type].group))];

export function EventChoice({ chosen, error, onChange }: { chosen: readonly EventType[]; error: string | undefined; onChange: (types: EventType[]) => void }) {
  const set = (types: readonly EventType[], on: boolean) => onChange(EVENT_TYPES.filter((type) => (types.includes(type) ? on : chosen.includes(type))));
  return (
    <div className="flex flex-col gap-3">
      <div className="grid grid-cols-3 gap-x-4 gap-y-3">
        {GROUPS.map((group) => {
          const types = EVENT_TYPES.filter((type) => EVENTS[type].group === group);
          const on = types.filter((type) => chosen.includes(type)).length;
          return (
            <div key={group} role="group" aria-label={group} className="min-w-0">
              <label className="mb-1 flex items-center gap-2 text-sm font-medium text-muted">
                {types.length > 1 && <Checkbox aria-label={t('{{group}}: all', { group })} checked={on === types.length} indeterminate={on > 0 && on < types.length} onCheckedChange={(all) => set(types, all)} />}
                {group}
              </label>
              {types.map((type) => (
                <label key={type} className="flex min-h-6 items-center gap-2" title={EVENTS[type].words}>
                  <Checkbox aria-label={EVENTS[type].words} data-event={type} checked={chosen.includes(type)} onCheckedChange={(next) => set([type], next)} />
                  <span className="min-w-0 truncate">{EVENTS[type].short}</span>
                </label>
              ))}
            </div>
          );
        })}
      </div>
      {error && (
        <p role="alert" className="text-sm text-fail">
          {error}
        </p>
      )}
    </div>
  );
}
