/** What each channel needs to know. */
import { Button } from '@/components/Button';
import { Field } from '@/components/Field';
import { Input, NumberInput, SecretInput, TextArea } from '@/components/Input';
import { Notice } from '@/components/Notice';
import { Segmented } from '@/components/Toggle';
import { inside, rich, t } from '@/i18n';
import type { Problem, SmtpSecurity } from '@/ipc';
import { saidOf, withSecurity, type EditedRule } from './draft';
import { CHANNELS, SECURITY, type ChannelType } from './words';

export interface ChannelFieldsProps {
  draft: EditedRule;
  problems: readonly Problem[];
  /** The channel whose secret is kept in the vault; `null` when there is none. */
  kept: ChannelType | null;
  onEdit: (change: Partial<EditedRule>) => void;
}

export function ChannelFields(props: ChannelFieldsProps) {
  const { draft, kept } = props;
  return (
    <>
      <p className="text-sm text-muted">{CHANNELS[draft.type].help}</p>
      {kept !== null && kept !== draft.type && (
        <Notice tone="warn" title={t('The secret of the {{label}} channel goes when you save', { label: inside(CHANNELS[kept].label) })}>
          {draft.type === 'desktop' ? t('It was given for that channel, and no other gets it.') : t('It was given for that channel, and no other gets it. Enter one for this channel if it needs one.')}
        </Notice>
      )}
      {draft.type === 'email' && <Email {...props} />}
      {draft.type === 'webhook' && <Webhook {...props} />}
      {draft.type === 'amqp' && <Amqp {...props} />}
    </>
  );
}

function Email({ draft, problems, kept, onEdit }: ChannelFieldsProps) {
  const { email } = draft;
  const edit = (change: Partial<EditedRule['email']>) => onEdit({ email: { ...email, ...change } });
  const said = (field: string) => saidOf(problems, `channel.${field}`);
  return (
    <>
      <div className="flex gap-3">
        <Field label={t('Mail server')} required error={said('host')} className="flex-1">
          <Input id="rule-host" mono placeholder="mail.example.org" value={email.host} onChange={(event) => edit({ host: event.target.value })} />
        </Field>
        <Field label={t('Port')} error={said('port')} className="w-24 flex-none">
          <NumberInput id="rule-port" className="mono" maxLength={5} value={email.port} onChange={(port) => edit({ port })} />
        </Field>
        <Field label={t('Protection')} error={said('security')} className="flex-none">
          <Segmented<SmtpSecurity>
            label={t('Protection')}
            value={email.security}
            onChange={(security) => onEdit({ email: withSecurity(email, security) })}
            segments={(Object.keys(SECURITY) as SmtpSecurity[]).map((value) => ({ value, label: SECURITY[value].label, title: SECURITY[value].title, id: `rule-security-${value}` }))}
          />
        </Field>
      </div>
      {email.security === 'none' && (
        <Notice tone="warn" title={t('Mail and password travel unprotected')}>
          {t('Anyone on the way can read and change them, and nothing proves who the server is.')}
        </Notice>
      )}
      <div className="grid grid-cols-2 gap-3">
        <Field label={t('From')} required error={said('from')}>
          <Input id="rule-from" type="email" placeholder="courier@example.org" value={email.from} onChange={(event) => edit({ from: event.target.value })} />
        </Field>
        <Field label={t('To')} required error={said('to')} help={t('One address a line.')}>
          <TextArea id="rule-to" rows={2} placeholder="ops@example.org" value={email.to.join('\n')} onChange={(event) => edit({ to: event.target.value === '' ? [] : event.target.value.split(/\n|[,;]\s*/) })} />
        </Field>
      </div>
      <div className="grid grid-cols-2 gap-3">
        <Field label={t('User name')} error={said('username')} help={t('Empty if the server wants no login.')}>
          <Input id="rule-username" mono value={email.username} onChange={(event) => edit({ username: event.target.value })} />
        </Field>
        <Secret label={t('Password')} draft={draft} kept={kept} onEdit={onEdit} />
      </div>
    </>
  );
}

function Webhook({ draft, problems, kept, onEdit }: ChannelFieldsProps) {
  return (
    <>
      <Field
        label={t('Address')}
        required
        error={saidOf(problems, 'channel.url')}
        help={
          <>
            {rich('Addresses of this computer and of its own link are refused, unless the setting <span>security.webhook_allow_loopback</span> is on.', { span: (inner) => <span className="mono">{inner}</span> })}
          </>
        }
      >
        <Input id="rule-url" mono placeholder="https://hooks.example.org/courier" value={draft.webhook.url} onChange={(event) => onEdit({ webhook: { url: event.target.value } })} />
      </Field>
      <Secret label={t('Signing secret')} purpose={t('Signs the body by HMAC-SHA256, in the header X-Courier-Signature.')} draft={draft} kept={kept} onEdit={onEdit} />
    </>
  );
}

function Amqp({ draft, problems, kept, onEdit }: ChannelFieldsProps) {
  const { amqp } = draft;
  const edit = (change: Partial<EditedRule['amqp']>) => onEdit({ amqp: { ...amqp, ...change } });
  return (
    <>
      <Field label={t('Address')} required error={saidOf(problems, 'channel.url')} help={t('With the user and the virtual host; the password goes below.')}>
        <Input id="rule-url" mono placeholder="amqps://courier@mq.example.org/finance" value={amqp.url} onChange={(event) => edit({ url: event.target.value })} />
      </Field>
      <div className="grid grid-cols-2 gap-3">
        <Field label={t('Exchange')} error={saidOf(problems, 'channel.exchange')} help={t('Empty is the broker’s default exchange.')}>
          <Input id="rule-exchange" mono placeholder="amq.topic" value={amqp.exchange} onChange={(event) => edit({ exchange: event.target.value })} />
        </Field>
        <Field label={t('Routing key')} error={saidOf(problems, 'channel.routing_key')} help={t('Empty takes the event’s type, such as JobFailed.')}>
          <Input id="rule-routing-key" mono value={amqp.routing_key} onChange={(event) => edit({ routing_key: event.target.value })} />
        </Field>
      </div>
      <Secret label={t('Password')} draft={draft} kept={kept} onEdit={onEdit} />
    </>
  );
}

function Secret({ label, purpose, draft, kept, onEdit }: { label: string; purpose?: string } & Pick<ChannelFieldsProps, 'draft' | 'kept' | 'onEdit'>) {
  const stored = kept === draft.type;
  const removed = stored && draft.secret === null;
  const place = removed ? t('The one in the vault is removed when you save.') : stored ? t('One is kept in the vault. Leave this empty to keep it.') : t('Kept in the vault, encrypted.');
  return (
    <Field label={label} help={purpose ? `${purpose} ${place}` : place}>
      <div className="flex gap-2">
        <SecretInput
          id="rule-secret"
          className="min-w-0 flex-1"
          placeholder={stored && !removed ? '••••••••••' : ''}
          value={draft.secret ?? ''}
          onChange={(event) => onEdit({ secret: event.target.value })}
        />
        {stored && (
          <Button id="remove-secret" className="flex-none" onClick={() => onEdit({ secret: removed ? '' : null })}>
            {removed ? t('Keep it') : t('Remove')}
          </Button>
        )}
      </div>
    </Field>
  );
}
