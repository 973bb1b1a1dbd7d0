/** A new vault's recovery code: shown once, and gone when the person says that it was kept. Nothing goes on before. */
import { LifeBuoy } from 'lucide-react';
import { useState } from 'react';
import { useChrome } from '@/app/chrome';
import { Button } from '@/components/Button';
import { AlertDialog } from '@/components/Dialog';
import { t } from '@/i18n';
import { RecoveryCode } from './RecoveryCode';

export function RecoveryDialog() {
  const code = useChrome((state) => state.recoveryCode);
  return code === null ? null : <Shown code={code} />;
}

function Shown({ code }: { code: string }) {
  const [noted, setNoted] = useState(false);
  return (
    <AlertDialog
      open
      onClose={() => undefined}
      id="recovery-dialog"
      icon={<LifeBuoy className="text-warn" />}
      title={t('Keep the recovery code')}
      description={t('It opens the vault when nothing else does, and it is shown only now. Write it down, or save it on another device.')}
      footer={
        <Button
          id="recovery-done"
          variant="primary"
          disabled={!noted}
          title={noted ? undefined : t('Keep the code first')}
          onClick={() => useChrome.getState().setRecoveryCode(null)}
        >
          {t('Go on')}
        </Button>
      }
    >
      <RecoveryCode code={code} noted={noted} onNoted={setNoted} />
    </AlertDialog>
  );
}
