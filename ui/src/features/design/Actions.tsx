/** Buttons, menus, and what opens above the page. */
import { Copy, Play, Plus, Trash2, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton, Kbd } from '@/components/Button';
import { ConfirmDialog, Dialog } from '@/components/Dialog';
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { Menu } from '@/components/Menu';
import { Popover } from '@/components/Popover';
import { toast } from '@/components/toast';
import { Kind, Specimens } from './Specimens';

const nothing = () => undefined;

export function Actions() {
  const [open, setOpen] = useState<'dialog' | 'question' | null>(null);
  const close = () => setOpen(null);
  return (
    <Kind title="Actions">
      {(['primary', 'outline', 'ghost', 'danger', 'link'] as const).map((variant) => (
        <Specimens key={variant} of={`Button, ${variant}`}>
          <Button variant={variant}>
            {variant === 'danger' ? <Trash2 /> : <Play />}
            {variant === 'danger' ? 'Delete' : 'Run'}
          </Button>
          <Button variant={variant} size="sm">
            Small
          </Button>
          <Button variant={variant} disabled title="Says why">
            Disabled
          </Button>
          <Button variant={variant} busy>
            Busy
          </Button>
        </Specimens>
      ))}
      <Specimens of="Icon button">
        <IconButton label="Copy" shortcut="Ctrl C">
          <Copy />
        </IconButton>
        <IconButton label="Copy, small" size="sm">
          <Copy />
        </IconButton>
        <IconButton label="Copy, disabled" disabled>
          <Copy />
        </IconButton>
        <IconButton label="Copy, busy" busy>
          <Copy />
        </IconButton>
      </Specimens>
      <Specimens of="Keys">
        <Kbd>Ctrl K</Kbd>
        <Button variant="primary">
          New job
          <Kbd onAccent>N</Kbd>
        </Button>
      </Specimens>
      <Specimens of="Menu">
        <Menu
          trigger={<Button id="design-menu">More</Button>}
          align="start"
          actions={[
            { label: 'Run', icon: <Play />, shortcut: 'R', onSelect: nothing },
            { label: 'Duplicate', icon: <Copy />, disabled: true, title: 'Nothing is selected', note: 'nothing selected', onSelect: nothing },
            { label: 'Delete', icon: <Trash2 />, danger: true, separated: true, onSelect: nothing },
          ]}
        />
      </Specimens>
      <Specimens of="Popover">
        <Popover label="More about it" trigger={<Button id="design-popover">Show</Button>} className="p-3">
          <p className="max-w-60 text-sm text-muted">The page stays usable beside it.</p>
        </Popover>
      </Specimens>
      <Specimens of="Dialog">
        <Button id="design-dialog" onClick={() => setOpen('dialog')}>
          Open
        </Button>
        <Button id="design-question" variant="danger" onClick={() => setOpen('question')}>
          Ask
        </Button>
      </Specimens>
      <Specimens of="Toast">
        <Button id="design-done" onClick={() => toast.done('Aldgate payments is on its way', 'It is the third run today.', { label: 'Undo', onClick: nothing })}>
          Done
        </Button>
        <Button id="design-failed" onClick={() => toast.failed(new Error('The folder /data/out is not there.'), 'It did not start')}>
          Failed
        </Button>
      </Specimens>
      {open === 'dialog' && (
        <Dialog
          open
          onClose={close}
          id="design-dialog-open"
          title="Add a connection"
          description="What it is called, and where it leads."
          footer={
            <>
              <Button onClick={close}>Cancel</Button>
              <Button variant="primary" onClick={close}>
                <Plus />
                Add
              </Button>
            </>
          }
        >
          <Field label="Name" required>
            <Input placeholder="Partner" />
          </Field>
        </Dialog>
      )}
      {open === 'question' && (
        <ConfirmDialog open onClose={close} onConfirm={close} title="Delete 3 jobs?" action="Delete 3 jobs" keep="Keep them">
          <span className="flex items-center gap-1.5">
            <TriangleAlert className="size-3.5 text-warn" aria-hidden />
            Two schedules and a monitor start them.
          </span>
        </ConfirmDialog>
      )}
    </Kind>
  );
}
