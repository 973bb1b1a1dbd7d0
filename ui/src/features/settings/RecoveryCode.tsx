/** A recovery code to keep: copied, saved or written down, and the word that it was. */
import { useMutation } from '@tanstack/react-query';
import { Copy, Save } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { ErrorNotice } from '@/components/ErrorState';
import { MiddlePath } from '@/components/Text';
import { Checkbox } from '@/components/Toggle';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke } from '@/ipc';

export function RecoveryCode({ code, noted, onNoted }: { code: string; noted: boolean; onNoted: (noted: boolean) => void }) {
  const [copied, setCopied] = useState(false);
  const copy = () =>
    void navigator.clipboard.writeText(code).then(
      () => setCopied(true),
      () => toast.failed(new Error(t('The clipboard is not available; select the code and copy it.'))),
    );
  const save = useMutation({
    mutationFn: async () => {
      const path = await invoke.localPick({ kind: 'save_file', title: t('Save the recovery code'), name: 'courier-recovery-code.txt' });
      if (path !== null) await invoke.recoveryCodeSave(path, code);
      return path;
    },
    gcTime: 0,
  });
  return (
    <>
      <code id="recovery-code" className="mono selectable rounded-md border border-line bg-sunken px-3 py-3 text-center text-base font-medium [overflow-wrap:anywhere]">
        {code}
      </code>
      <div className="flex min-w-0 items-center gap-2">
        <Button id="recovery-copy" size="sm" onClick={copy}>
          <Copy />
          {copied ? t('Copied') : t('Copy')}
        </Button>
        <Button id="recovery-save" size="sm" busy={save.isPending} onClick={() => save.mutate()}>
          <Save />
          {t('Save to a file')}
        </Button>
        {save.data && (
          <span id="recovery-saved" className="flex min-w-0 items-center gap-1.5 text-sm text-muted" role="status">
            {t('Saved as')}{' '}<MiddlePath text={save.data} />
          </span>
        )}
      </div>
      {save.error && <ErrorNotice error={save.error} />}
      <label className="flex items-center gap-2">
        <Checkbox id="recovery-noted" checked={noted} onCheckedChange={onNoted} />
        {t('I have kept the recovery code')}
      </label>
    </>
  );
}
