/** One setting of the store. A switch acts at once and can be undone; what is typed is saved when it is meant. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { RotateCcw } from 'lucide-react';
import { useEffect, useId, useState, type KeyboardEvent } from 'react';
import { Button, IconButton } from '@/components/Button';
import { Field } from '@/components/Field';
import { Input, TextArea } from '@/components/Input';
import { toast } from '@/components/toast';
import { Switch } from '@/components/Toggle';
import { AboutButton } from '@/components/About';
import { Code } from '@/features/help/parts';
import { Explained, HelpLink } from '@/features/help/HelpTopic';
import { rich, t } from '@/i18n';
import { asAppError, invoke, keys, type SettingView } from '@/ipc';
import { defaultOf, inWords, shownOf, unitOf } from './system-settings';

export function SettingLine({ setting }: { setting: SettingView }) {
  return setting.type === 'boolean' ? <SwitchLine setting={setting} /> : <TypedLine setting={setting} />;
}

const rowClass = 'flex min-h-11 items-start gap-6 py-1.5';

function SwitchLine({ setting }: { setting: SettingView }) {
  const { key, title, value, updated_at, description } = setting;
  const label = useId();
  const client = useQueryClient();
  const set = useMutation({
    mutationFn: (on: boolean) => invoke.settingsSet(key, String(on), updated_at),
    onError: (error) => toast.failed(error),
    onSuccess: async (_, on) => {
      // Busy until what is kept is here: the switch would go back for a moment.
      await client.invalidateQueries({ queryKey: keys.settings });
      toast.done(on ? t('{{title}}: on', { title }) : t('{{title}}: off', { title }), undefined, {
        label: t('Undo'),
        onClick: () => void invoke.settingsSet(key, String(!on), null).catch((error: unknown) => toast.failed(error)),
      });
    },
  });
  return (
    <div className={rowClass} data-setting={key}>
      <div className="min-w-0 flex-1">
        <div className="flex items-center gap-1">
          <span id={label} className="font-medium" title={key}>
            {title}
          </span>
          <AboutButton name={title}>
            <AboutSetting setting={setting} />
          </AboutButton>
        </div>
        <p className="text-sm text-muted">
          {t('{{description}} Default: {{default}}.', { description, default: defaultOf(setting) })}
        </p>
      </div>
      <Switch
        id={`setting-${key}`}
        className="mt-1"
        aria-labelledby={label}
        checked={set.isPending ? set.variables : value === 'true'}
        disabled={set.isPending}
        onCheckedChange={(on) => set.mutate(on)}
      />
    </div>
  );
}

function TypedLine({ setting }: { setting: SettingView }) {
  const { key, title, description, updated_at, updated_by } = setting;
  const client = useQueryClient();
  const stored = shownOf(setting);
  // `seen` is the stored state that the text began from: the store refuses to overwrite a newer one.
  const [{ text, seen }, setEditing] = useState({ text: stored, from: stored, seen: updated_at });
  const changed = text.trim() !== stored;
  useEffect(() => {
    setEditing((before) => (before.text === before.from ? { text: stored, from: stored, seen: updated_at } : before));
  }, [stored, updated_at]);
  const save = useMutation({
    mutationFn: (value: string) => invoke.settingsSet(key, value, seen),
    onSuccess: async () => {
      setEditing((before) => ({ ...before, from: before.text }));
      // Busy until it shows what is kept: it may be written in another form.
      await client.invalidateQueries({ queryKey: keys.settings });
      toast.done(t('{{title}} saved', { title }));
    },
  });
  const edit = (next: string) => {
    setEditing((before) => ({ ...before, text: next }));
    if (save.error) save.reset();
  };
  const error = save.error ? asAppError(save.error) : null;
  const wrong = error?.problems[0]?.message ?? error?.message;
  const discard = () => {
    setEditing({ text: stored, from: stored, seen: updated_at });
    save.reset();
  };
  const byKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && changed) discard();
    const saves = event.key === 'Enter' && (setting.type !== 'paths' || event.ctrlKey);
    if (saves && changed && !save.isPending) {
      event.preventDefault();
      save.mutate(text);
    }
  };
  const words = inWords(setting, text.trim());
  const isDefault = setting.value === setting.default;
  const shared = { id: `setting-${key}`, value: text, onKeyDown: byKey };
  return (
    <div className={rowClass} data-setting={key}>
      <Field
        label={<span className="text-base text-ink" title={key}>{title}</span>}
        name={title}
        about={<AboutSetting setting={setting} />}
        error={wrong}
        help={
          <span className="text-muted">
            {!isDefault ? t('{{description}} Default: {{default}}. Set by {{who}}.', { description, default: defaultOf(setting), who: updated_by }) : t('{{description}} Default: {{default}}.', { description, default: defaultOf(setting) })}
          </span>
        }
        className="flex-1"
      >
        <div className="flex items-start gap-2">
          {setting.type === 'paths' ? (
            <TextArea {...shared} mono rows={2} placeholder="/srv/exchange" onChange={(event) => edit(event.target.value)} />
          ) : (
            <Input
              {...shared}
              mono={setting.type !== 'integer'}
              className="num"
              boxClassName={setting.type === 'integer' ? 'w-64' : ''}
              inputMode={setting.type === 'integer' ? 'numeric' : undefined}
              tail={[unitOf(setting), words && `= ${words}`].filter(Boolean).join(' ')}
              onChange={(event) => edit(event.target.value)}
            />
          )}
          {changed && (
            <>
              <Button id={`save-${key}`} variant="primary" busy={save.isPending} onClick={() => save.mutate(text)}>
                {t('Save')}
              </Button>
              <Button onClick={discard}>{t('Discard')}</Button>
            </>
          )}
          {!changed && !isDefault && (
            <IconButton label={t('Back to the default: {{default}}', { default: defaultOf(setting) })} onClick={() => save.mutate(setting.default)}>
              <RotateCcw />
            </IconButton>
          )}
        </div>
      </Field>
    </div>
  );
}

function AboutSetting({ setting }: { setting: SettingView }) {
  return (
    <Explained name={setting.title} link={<HelpLink area="settings" hash="policies" />}>
      <p>{setting.description}</p>
      <p className="text-sm text-muted">
        {rich('At first: {{default}}', { default: <span className="text-ink">{defaultOf(setting)}</span> })}
      </p>
      <p className="text-sm text-muted">
        {rich('On the command line: {{code}}', { code: <Code>{`courier settings set ${setting.key}`}</Code> })}
      </p>
    </Explained>
  );
}
