/** What lies between here and the server: nothing, a proxy, or another server. */
import { useQuery } from '@tanstack/react-query';
import { Field } from '@/components/Field';
import { Input, NumberInput, SecretInput } from '@/components/Input';
import { Select } from '@/components/Select';
import { t } from '@/i18n';
import { connectionsQuery, type ProxyConfig, type ProxyKind } from '@/ipc';
import { concerns, Fold, type SectionProps } from './Section';

type Way = 'direct' | ProxyKind | 'jump';

const PORTS: Record<ProxyKind, number> = { socks5: 1080, http: 3128 };
const NAMES: Record<Way, string> = { direct: t('Directly'), socks5: t('A SOCKS5 proxy'), http: t('An HTTP proxy'), jump: t('Another SFTP connection, as jump host') };

export function WaySection(props: SectionProps) {
  const { draft, onEdit, problems, view } = props;
  const connections = useQuery(connectionsQuery());
  // Chosen, and no connection picked yet.
  const jumps = draft.jump_connection_id !== null;
  const way: Way = jumps ? 'jump' : (draft.proxy?.kind ?? 'direct');
  const others = (connections.data ?? []).map((row) => row.connection).filter((c) => c.protocol === 'sftp' && c.id !== view?.connection.id);
  const jump = others.find((c) => c.id === draft.jump_connection_id);
  const choose = (next: Way) => {
    if (next === 'direct') onEdit({ proxy: null, jump_connection_id: null });
    else if (next === 'jump') onEdit({ proxy: null, jump_connection_id: '' });
    else onEdit({ jump_connection_id: null, proxy: { host: '', username: null, ...draft.proxy, kind: next, port: movedPort(draft.proxy, next) } });
  };
  const edit = (change: Partial<ProxyConfig>) => draft.proxy && onEdit({ proxy: { ...draft.proxy, ...change } });
  const summary = jumps ? t('through {{name}}', { name: jump?.name ?? t('another connection') }) : draft.proxy ? t('through {{host}}', { host: draft.proxy.host || NAMES[draft.proxy.kind] }) : t('direct');
  const ways = (['direct', 'socks5', 'http', ...(draft.protocol === 'sftp' || jumps ? ['jump' as const] : [])] satisfies Way[]).map((value) => ({ value, label: NAMES[value] }));
  return (
    <Fold id="connection-way-fold" title={t('Way to the server')} summary={summary} wrong={concerns(problems, 'proxy', 'proxy_password', 'jump_connection_id')}>
      <Field label={t('Reached')} error={problems.proxy}>
        <Select id="connection-way" value={way} onChange={choose} options={ways} />
      </Field>
      {jumps && (
        <Field label={t('Jump host')} required error={problems.jump_connection_id} help={t('Its host key and login are those of that connection.')}>
          <Select
            id="connection-jump"
            value={jump ? jump.id : null}
            onChange={(jump_connection_id) => onEdit({ jump_connection_id })}
            options={others.map((c) => ({ value: c.id, label: c.name, note: c.host }))}
            placeholder={t('Choose a connection')}
          />
        </Field>
      )}
      {draft.proxy && (
        <>
          <div className="grid grid-cols-[minmax(0,1fr)_96px] gap-3">
            <Field label={t("Proxy's host")} required error={problems['proxy.host']}>
              <Input id="proxy-host" mono value={draft.proxy.host} onChange={(event) => edit({ host: event.target.value })} />
            </Field>
            <Field label={t('Port')} required error={problems['proxy.port']}>
              <NumberInput id="proxy-port" className="mono" value={draft.proxy.port || null} onChange={(port) => edit({ port: port ?? 0 })} />
            </Field>
          </div>
          <div className="grid grid-cols-2 gap-3">
            <Field label={t('User of the proxy')} error={problems['proxy.username']}>
              <Input id="proxy-username" mono placeholder={t('None')} value={draft.proxy.username ?? ''} onChange={(event) => edit({ username: event.target.value || null })} />
            </Field>
            {draft.proxy.username && (
              <Field label={t('Password of the proxy')} error={problems.proxy_password} help={view?.has_proxy_password ? t('One is kept. Leave this empty to keep it.') : undefined}>
                <SecretInput
                  id="proxy-password"
                  placeholder={view?.has_proxy_password ? '••••••••••' : ''}
                  value={draft.proxy_password}
                  onChange={(event) => onEdit({ proxy_password: event.target.value })}
                />
              </Field>
            )}
          </div>
        </>
      )}
    </Fold>
  );
}

/** The usual port of the other kind, unless another was entered. */
function movedPort(before: ProxyConfig | null, kind: ProxyKind): number {
  return before === null || before.port === PORTS[before.kind] ? PORTS[kind] : before.port;
}
