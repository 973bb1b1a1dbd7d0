/** Dialogs: a task that needs its own place, and a question before something is destroyed. */
import { AlertDialog as BaseAlert } from '@base-ui/react/alert-dialog';
import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { t } from '@/i18n';
import { cn } from '@/lib/cn';
import { Button, IconButton } from './Button';
import { ErrorNotice } from './ErrorState';

const backdrop =
  'fixed inset-0 z-40 bg-overlay transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0';
const popup =
  'fixed top-1/2 left-1/2 z-40 flex max-h-[calc(100vh-64px)] -translate-x-1/2 -translate-y-1/2 flex-col overflow-hidden rounded-lg bg-raised shadow-float outline-none transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0';

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  /** A sentence under the title. */
  description?: ReactNode;
  /** Beside the title. */
  icon?: ReactNode;
  children?: ReactNode;
  /** Buttons, right to left in importance; the primary one last. */
  footer?: ReactNode;
  width?: number;
  id?: string;
}

export function Dialog({ open, onClose, title, description, icon, children, footer, width = 480, id }: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={backdrop} />
        <Base.Popup id={id} className={popup} style={{ width, maxWidth: 'calc(100vw - 48px)' }}>
          <Head icon={icon} title={<Base.Title className={titleClass}>{title}</Base.Title>}>
            {description && <Base.Description className="mt-1 text-muted">{description}</Base.Description>}
          </Head>
          <Base.Close render={<IconButton label={t('Close')} size="sm" className="absolute top-3 right-3" />}>
            <X />
          </Base.Close>
          {children && <div className="flex min-h-0 flex-col gap-3 overflow-y-auto px-5 pt-1 pb-4">{children}</div>}
          {footer && <Foot>{footer}</Foot>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** A dialog that only a button closes; what keeps things as they are has the focus. */
export function AlertDialog({ open, onClose, title, description, icon, children, footer, width = 480, id }: DialogProps) {
  return (
    <BaseAlert.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <BaseAlert.Portal>
        <BaseAlert.Backdrop className={backdrop} />
        <BaseAlert.Popup id={id} className={popup} style={{ width, maxWidth: 'calc(100vw - 48px)' }}>
          <Head icon={icon} title={<BaseAlert.Title className={titleClass}>{title}</BaseAlert.Title>}>
            {description && (
              <BaseAlert.Description render={<div />} className="mt-1 text-muted">
                {description}
              </BaseAlert.Description>
            )}
          </Head>
          {children && <div className="flex min-h-0 flex-col gap-3 overflow-y-auto px-5 pt-1 pb-4">{children}</div>}
          {footer && <Foot>{footer}</Foot>}
        </BaseAlert.Popup>
      </BaseAlert.Portal>
    </BaseAlert.Root>
  );
}

const titleClass = 'pr-6 [overflow-wrap:anywhere] text-lg font-semibold tracking-[-0.01em]';

function Head({ icon, title, children }: { icon?: ReactNode; title: ReactNode; children?: ReactNode }) {
  return (
    <div className="flex flex-none items-start gap-3 px-5 pt-4 pb-3">
      {icon && <span className="mt-0.5 flex-none [&_svg]:size-4">{icon}</span>}
      <div className="min-w-0 flex-1">
        {title}
        {children}
      </div>
    </div>
  );
}

function Foot({ children }: { children: ReactNode }) {
  return (
    <div className="flex flex-none items-center justify-end gap-2 border-t border-line bg-sunken px-5 py-3">{children}</div>
  );
}

/** The question before something is destroyed. `children` says what is hit and where it is used. */
export function ConfirmDialog({
  open,
  onClose,
  onConfirm,
  title,
  children,
  action,
  keep = t('Keep it'),
  busy,
  blocked,
  error,
  danger = true,
}: {
  open: boolean;
  onClose: () => void;
  onConfirm: () => void;
  title: string;
  children: ReactNode;
  /** What the button does: "Delete 3 jobs". */
  action: string;
  keep?: string;
  busy?: boolean;
  /** Why it cannot be done yet. */
  blocked?: string | undefined;
  error?: unknown;
  danger?: boolean;
}) {
  return (
    <AlertDialog
      open={open}
      onClose={onClose}
      title={title}
      description={<div className="flex flex-col gap-2">{children}</div>}
      width={440}
      id="confirm-dialog"
      footer={
        <>
          <Button autoFocus onClick={onClose}>
            {keep}
          </Button>
          <Button
            id="confirm-action"
            variant={danger ? 'danger' : 'primary'}
            busy={busy}
            disabled={blocked !== undefined}
            title={blocked}
            onClick={onConfirm}
            className={cn(danger && blocked === undefined && 'border-fail-solid')}
          >
            {action}
          </Button>
        </>
      }
    >
      {error ? <ErrorNotice error={error} /> : null}
    </AlertDialog>
  );
}
