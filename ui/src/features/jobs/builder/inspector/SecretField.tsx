/** A secret goes to the vault as soon as it is entered; the job only keeps which one. */
import { LockKeyhole } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { SecretInput } from '@/components/Input';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke } from '@/ipc';
import type { WidgetProps } from './widget';

export function SecretField({ spec, value, onChange, onLeave }: WidgetProps) {
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [replacing, setReplacing] = useState(false);
  const kept = typeof value === 'object' && value !== null && !Array.isArray(value) && 'secret_id' in value;
  const store = async () => {
    if (text === '') return;
    setBusy(true);
    try {
      onChange({ secret_id: await invoke.secretsCreate(text) });
      setText('');
      setReplacing(false);
    } catch (error) {
      toast.failed(error, t('The secret was not stored'));
    } finally {
      setBusy(false);
      onLeave();
    }
  };
  if (kept && !replacing) {
    return (
      <div className="flex h-7 items-center gap-2" data-secret="kept">
        <LockKeyhole className="size-3.5 text-ok" aria-hidden />
        <span className="flex-1">{t('Kept in the vault')}</span>
        <Button size="sm" data-field={spec.name} onClick={() => setReplacing(true)}>
          {t('Replace')}
        </Button>
        <Button size="sm" variant="ghost" onClick={() => onChange(undefined)}>
          {t('Remove')}
        </Button>
      </div>
    );
  }
  return (
    <div className="flex items-center gap-1" data-own-undo>
      <SecretInput
        data-field={spec.name}
        aria-label={spec.label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === 'Enter' && void store()}
      />
      <Button busy={busy} disabled={text === ''} title={text === '' ? t('Enter it first') : undefined} onClick={() => void store()}>
        {t('Keep in vault')}
      </Button>
    </div>
  );
}
