/** A passphrase that is chosen: optional, and typed twice. */
import { Field } from '@/components/Field';
import { SecretInput } from '@/components/Input';
import { t } from '@/i18n';

export interface Twice {
  first: string;
  again: string;
}

/** Whether the two are not the same yet. */
export const differs = ({ first, again }: Twice): boolean => first !== '' && first !== again;

export function NewPassphrase({
  value,
  onChange,
  help,
  error,
  autoFocus,
  id = 'key-passphrase',
}: {
  value: Twice;
  onChange: (value: Twice) => void;
  help: string;
  error?: string | undefined;
  autoFocus?: boolean;
  id?: string;
}) {
  const { first, again } = value;
  return (
    <>
      <Field label={t('Passphrase')} error={error} help={help}>
        <SecretInput id={id} autoFocus={autoFocus} value={first} onChange={(event) => onChange({ first: event.target.value, again: event.target.value === '' ? '' : again })} />
      </Field>
      {first !== '' && (
        <Field label={t('Passphrase again')} required error={again !== '' && differs(value) ? t('This is not the same.') : null}>
          <SecretInput id={`${id}-again`} value={again} onChange={(event) => onChange({ first, again: event.target.value })} />
        </Field>
      )}
    </>
  );
}
