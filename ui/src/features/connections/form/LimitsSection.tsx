/** How long to wait, how often to try again, how much at once and how fast. */
import { Field } from '@/components/Field';
import { NumberInput } from '@/components/Input';
import { Select } from '@/components/Select';
import { Segmented } from '@/components/Toggle';
import { t } from '@/i18n';
import { rate } from '@/lib/format';
import type { TransferProfile } from '@/ipc';
import { RateLimitFields } from './RateLimitFields';
import { concerns, Fold, Section, type SectionProps } from './Section';

const PROFILES: readonly { value: TransferProfile; label: string }[] = [
  { value: 'auto', label: t('As fast as the server takes them') },
  { value: 'compat', label: t('One small one at a time, for servers that choke') },
];

export function BehaviourSection({ draft, onEdit, problems }: SectionProps) {
  return (
    <Section title={t('Behaviour')}>
      <div className="grid grid-cols-3 gap-3">
        <Field label={t('No progress for')} error={problems.operation_timeout_sec}>
          <NumberInput id="connection-operation-timeout" unit={t('seconds')} value={draft.operation_timeout_sec} onChange={(operation_timeout_sec) => onEdit({ operation_timeout_sec })} />
        </Field>
        <Field label={t('Reconnect')} error={problems.transport_retries}>
          <NumberInput id="connection-retries" unit={t('times')} value={draft.transport_retries} onChange={(transport_retries) => onEdit({ transport_retries })} />
        </Field>
        <Field label={t('Keep alive')} error={problems.keepalive_interval_sec}>
          <NumberInput id="connection-keepalive" unit={t('seconds')} value={draft.keepalive_interval_sec} onChange={(keepalive_interval_sec) => onEdit({ keepalive_interval_sec })} />
        </Field>
      </div>
    </Section>
  );
}

export function LimitsSection(props: SectionProps) {
  const { draft, onEdit, problems, view } = props;
  const limit = draft.rate_limit?.bytes_per_sec;
  const hours = draft.rate_limit?.windows?.length ?? 0;
  const summary = [
    t('{{count}} sessions', { count: draft.session_limit ?? 4 }),
    limit ? rate(limit) : hours > 0 ? t('slower at some hours') : t('no speed limit'),
    ...(draft.protocol !== 'sftp' && !draft.passive_mode ? [t('active mode')] : []),
  ].join(', ');
  const wrong = concerns(problems, 'connect_timeout_sec', 'session_limit', 'transfer_profile', 'rate_limit', 'passive_mode');
  return (
    <Fold id="connection-limits-fold" title={t('Limits')} summary={summary} wrong={wrong}>
      <div className="grid grid-cols-2 gap-3">
        <Field label={t('Give up connecting after')} error={problems.connect_timeout_sec}>
          <NumberInput id="connection-connect-timeout" unit={t('seconds')} value={draft.connect_timeout_sec} onChange={(connect_timeout_sec) => onEdit({ connect_timeout_sec })} />
        </Field>
        <Field label={t('Sessions at once')} error={problems.session_limit} help={t('Over all jobs of this computer.')}>
          <NumberInput id="connection-sessions" value={draft.session_limit} onChange={(session_limit) => onEdit({ session_limit })} />
        </Field>
      </div>
      {draft.protocol === 'sftp' ? (
        <Field label={t('Requests')} error={problems.transfer_profile} help={view?.connection.learned.compat ? t('This server choked on larger ones, so it gets small ones.') : undefined}>
          <Select id="connection-profile" value={draft.transfer_profile} onChange={(transfer_profile) => onEdit({ transfer_profile })} options={PROFILES} />
        </Field>
      ) : (
        <Field label={t('Data connections')} error={problems.passive_mode} help={draft.passive_mode ? t('We open them. Works through firewalls and proxies.') : t('The server opens them. Needs a way in through our firewall.')}>
          <Segmented
            label={t('Data connections')}
            className="self-start"
            value={draft.passive_mode ? 'passive' : 'active'}
            onChange={(mode) => onEdit({ passive_mode: mode === 'passive' })}
            segments={[
              { value: 'passive', label: t('Passive'), id: 'connection-passive' },
              { value: 'active', label: t('Active'), id: 'connection-active' },
            ]}
          />
        </Field>
      )}
      <RateLimitFields limit={draft.rate_limit} onEdit={(rate_limit) => onEdit({ rate_limit })} problems={problems} />
    </Fold>
  );
}
