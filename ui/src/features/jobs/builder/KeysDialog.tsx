/** Every key of the builder. */
import { Kbd } from '@/components/Button';
import { Dialog } from '@/components/Dialog';

const KEYS: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  ['Steps', [['↑ ↓', 'Select'], ['Enter', 'Edit the selected step'], ['Alt ↑ ↓', 'Move up or down'], ['Alt ← →', 'Out of a block, or into the one beside it'], ['Ctrl D', 'Duplicate'], ['D', 'Disable or enable'], ['Del', 'Delete']]],
  ['Adding', [['/', 'Find a step'], ['Enter', 'Add the first one found'], ['{', 'Insert a value into a field']]],
  ['Everywhere', [['Ctrl Z', 'Undo'], ['Ctrl Shift Z', 'Redo'], ['Ctrl S', 'Save a version'], ['Esc', 'Back to the steps, or cancel a drag'], ['Ctrl K', 'Search or run a command']]],
];

export function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title="Keys" width={460} id="keys-dialog">
      {KEYS.map(([title, keys]) => (
        <section key={title} className="flex flex-col gap-1.5">
          <h3 className="text-sm font-medium text-faint">{title}</h3>
          {keys.map(([key, what]) => (
            <div key={`${key} ${what}`} className="flex items-center gap-3">
              <span className="w-28 flex-none">
                <Kbd>{key}</Kbd>
              </span>
              {what}
            </div>
          ))}
        </section>
      ))}
    </Dialog>
  );
}
