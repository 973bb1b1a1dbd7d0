/** A recovery code to note, and the word that it was noted. */
import { Copy } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Checkbox } from '@/components/Toggle';
import { toast } from '@/components/toast';

export function RecoveryCode({ code, noted, onNoted }: { code: string; noted: boolean; onNoted: (noted: boolean) => void }) {
  const [copied, setCopied] = useState(false);
  const copy = () =>
    void navigator.clipboard.writeText(code).then(
      () => setCopied(true),
      () => toast.failed(new Error('The clipboard is not available; select the code and copy it.')),
    );
  return (
    <>
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
        <Checkbox id="recovery-noted" checked={noted} onCheckedChange={onNoted} />
        I have noted the recovery code
      </label>
    </>
  );
}
