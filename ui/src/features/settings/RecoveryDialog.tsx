/** A new vault's recovery code: shown once, and gone when the person says that it was noted. */
import { Copy, LifeBuoy } from 'lucide-react';
import { useState } from 'react';
import { useChrome } from '@/app/chrome';
import { Button } from '@/components/Button';
import { AlertDialog } from '@/components/Dialog';
import { Checkbox } from '@/components/Toggle';
import { toast } from '@/components/toast';

export function RecoveryDialog() {
  const code = useChrome((state) => state.recoveryCode);
  return code === null ? null : <Shown code={code} />;
}

function Shown({ code }: { code: string }) {
  const [noted, setNoted] = useState(false);
  const [copied, setCopied] = useState(false);
  const copy = () =>
    void navigator.clipboard.writeText(code).then(
      () => setCopied(true),
      () => toast.failed(new Error('The clipboard is not available; select the code and copy it.')),
    );
  return (
    <AlertDialog
      open
      onClose={() => undefined}
      id="recovery-dialog"
      icon={<LifeBuoy className="text-warn" />}
      title="Write down the recovery code"
      description="It opens the vault when nothing else does, and it is shown only now. Keep it away from this computer."
      footer={
        <Button
          id="recovery-done"
          variant="primary"
          disabled={!noted}
          title={noted ? undefined : 'Note the code first'}
          onClick={() => useChrome.getState().setRecoveryCode(null)}
        >
          Done
        </Button>
      }
    >
      <div className="flex items-center gap-2 rounded-md border border-line bg-sunken px-3 py-2">
        <code id="recovery-code" className="mono selectable flex-1 font-medium">
          {code}
        </code>
        <Button size="sm" onClick={copy}>
          <Copy />
          {copied ? 'Copied' : 'Copy'}
        </Button>
      </div>
      <label className="flex items-center gap-2">
        <Checkbox id="recovery-noted" checked={noted} onCheckedChange={setNoted} />
        I have noted the recovery code
      </label>
    </AlertDialog>
  );
}
