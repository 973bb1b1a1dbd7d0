/** What can be done to all selected steps at once. */
import { ArrowDown, ArrowUp, ClipboardCopy, Copy, Power, Scissors, Trash2, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, IconButton, Kbd } from '@/components/Button';
import { StepIcon } from '@/components/StepIcon';
import { t } from '@/i18n';
import { useStepClipboard } from '../clipboard';
import { useBuilder, useBuilderStore, useSpecs } from '../context';
import { find } from '../model/tree';

export function Several({ keys }: { keys: readonly string[] }) {
  const steps = useBuilder((state) => state.doc.steps);
  const specs = useSpecs();
  const actions = useBuilderStore().getState();
  const clipboard = useStepClipboard();
  const nodes = keys.flatMap((key) => find(steps, key)?.node ?? []);
  const [first] = keys;
  if (first === undefined) return null;
  const anyEnabled = nodes.some((node) => node.enabled);
  return (
    <>
      <div className="flex h-11 flex-none items-center gap-2 border-b border-line px-4">
        <span className="num font-semibold" id="several-selected">{t('{{count}} steps selected', { count: nodes.length })}</span>
        <IconButton label={t('Select one only')} shortcut="Esc" size="sm" className="ml-auto" id="several-clear" onClick={() => actions.select(actions.selected ?? first)}>
          <X />
        </IconButton>
      </div>
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-4 py-3">
        <ul aria-label={t('Selected steps')} className="flex flex-col gap-1.5">
          {nodes.map((node) => (
            <li key={node.key} className="flex min-w-0 items-center gap-2">
              <span className="flex-none text-muted [&_svg]:size-3.5">
                <StepIcon name={specs.get(node.type_key)?.icon} />
              </span>
              <span className={node.enabled ? 'truncate' : 'truncate text-faint line-through decoration-off'}>{node.name || t('Without a name')}</span>
            </li>
          ))}
        </ul>
        <div className="flex flex-col gap-1.5">
          <Act id="several-copy" icon={<ClipboardCopy />} keys="Ctrl C" onClick={() => clipboard.copy(first)}>{t('Copy')}</Act>
          <Act id="several-cut" icon={<Scissors />} keys="Ctrl X" onClick={() => clipboard.cut(first)}>{t('Cut')}</Act>
          <Act id="several-duplicate" icon={<Copy />} keys="Ctrl D" onClick={() => actions.duplicate(first)}>{t('Duplicate')}</Act>
          <Act id="several-toggle" icon={<Power />} keys="D" onClick={() => actions.toggle(first)}>{anyEnabled ? t('Disable') : t('Enable')}</Act>
          <Act id="several-up" icon={<ArrowUp />} keys="Alt ↑" onClick={() => actions.nudge(first, -1)}>{t('Move up')}</Act>
          <Act id="several-down" icon={<ArrowDown />} keys="Alt ↓" onClick={() => actions.nudge(first, 1)}>{t('Move down')}</Act>
          <Act id="several-delete" icon={<Trash2 />} keys="Del" onClick={() => actions.remove(first)}>{t('Delete')}</Act>
        </div>
        <p className="text-sm text-faint">{t('Each is one change: Ctrl Z takes it back for all of them.')}</p>
      </div>
    </>
  );
}

function Act({ id, icon, keys, onClick, children }: { id: string; icon: ReactNode; keys: string; onClick: () => void; children: ReactNode }) {
  return (
    <Button id={id} className="justify-start" onClick={onClick}>
      {icon}
      {children}
      <span className="ml-auto flex gap-0.5">
        {keys.split(' ').map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </span>
    </Button>
  );
}
