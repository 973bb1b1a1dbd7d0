/** A button that opens a list of actions. */
import { Menu as Base } from '@base-ui/react/menu';
import type { ReactElement, ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { Kbd } from './Button';

export interface MenuAction {
  label: string;
  icon?: ReactNode;
  onSelect: () => void;
  shortcut?: string;
  danger?: boolean;
  disabled?: boolean;
  /** Why it is disabled. */
  title?: string;
  /** Faint, at the right end: why it is disabled, in a few words. */
  note?: string;
  /** A line above. */
  separated?: boolean;
  id?: string;
}

export function Menu({
  trigger,
  actions,
  align = 'end',
}: {
  trigger: ReactElement;
  actions: readonly MenuAction[];
  align?: 'start' | 'center' | 'end';
}) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} className="z-50 outline-none">
          <Base.Popup className="min-w-44 rounded-lg bg-raised p-1 shadow-float outline-none">
            {actions.map((action) => (
              <div key={action.label} role="none">
                {action.separated && <Base.Separator className="my-1 h-px bg-line" />}
                <Base.Item
                  id={action.id}
                  disabled={action.disabled}
                  title={action.title}
                  onClick={action.onSelect}
                  data-action={action.label}
                  className={cn(
                    'flex h-[26px] items-center gap-2 rounded-[5px] px-2 outline-none data-disabled:text-off data-highlighted:bg-selected [&_svg]:size-3.5',
                    action.danger && !action.disabled && 'text-fail',
                  )}
                >
                  {action.icon}
                  <span className="flex-1 whitespace-nowrap">{action.label}</span>
                  {action.note && <span className="pl-3 text-xs whitespace-nowrap text-muted">{action.note}</span>}
                  {action.shortcut && <Kbd>{action.shortcut}</Kbd>}
                </Base.Item>
              </div>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
