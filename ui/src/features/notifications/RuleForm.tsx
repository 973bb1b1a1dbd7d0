/** Who is told of what, and how. */
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { Segmented, Switch } from '@/components/Toggle';
import { Section } from '@/features/connections/form/Section';
import { t } from '@/i18n';
import { AboutField } from './AboutField';
import { ChannelFields, type ChannelFieldsProps } from './ChannelFields';
import { saidOf } from './draft';
import { EventChoice } from './EventChoice';
import { CHANNELS, type ChannelType } from './words';

export function RuleForm({ onSubmit, ...props }: ChannelFieldsProps & { onSubmit: () => void }) {
  const { draft, problems, onEdit } = props;
  const said = (field: string) => saidOf(problems, field);
  return (
    <form
      className="flex flex-col"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Section title={t('Rule')}>
        <div className="flex items-start gap-4">
          <Field label={t('Name')} required error={said('name')} className="flex-1">
            <Input id="rule-name" autoFocus={draft.name === ''} value={draft.name} onChange={(event) => onEdit({ name: event.target.value })} />
          </Field>
          <span className="mt-[22px] flex h-7 items-center gap-2">
            <Switch id="rule-enabled" aria-label={t('Enabled')} checked={draft.is_enabled} onCheckedChange={(is_enabled) => onEdit({ is_enabled })} />
            {t('Enabled')}
          </span>
        </div>
      </Section>
      <Section title={t('Told by')}>
        <Segmented<ChannelType>
          label={t('Channel')}
          className="self-start"
          value={draft.type}
          // A secret that was typed belongs to the channel it was typed for.
          onChange={(type) => onEdit({ type, secret: '' })}
          segments={(Object.keys(CHANNELS) as ChannelType[]).map((value) => ({ value, label: CHANNELS[value].label, id: `rule-channel-${value}` }))}
        />
        <ChannelFields {...props} />
      </Section>
      <Section title={t('Told of')}>
        <EventChoice chosen={draft.event_types} error={said('event_types')} onChange={(event_types) => onEdit({ event_types })} />
        <p className="text-sm text-faint">
          {t('The same trouble with the same thing is told once in half an hour, and counted meanwhile. When a job, chain or monitor works again, that is told once, too. What is no trouble, such as a completed job, is told each time.')}
        </p>
      </Section>
      <Section title={t('About')}>
        <AboutField about={draft} error={said('tags') ?? said('jobs') ?? said('chains') ?? said('monitors')} onChange={onEdit} />
      </Section>
      <button type="submit" hidden />
    </form>
  );
}
