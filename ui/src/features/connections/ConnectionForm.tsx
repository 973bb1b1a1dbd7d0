/** The form of an SFTP connection, in the order in which a partner's letter says it. */
import { useQuery } from '@tanstack/react-query';
import { ChevronRight, KeyRound } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Field } from '@/components/Field';
import { Input, NumberInput, SecretInput, TextArea } from '@/components/Input';
import { Notice } from '@/components/Notice';
import { Select } from '@/components/Select';
import { Segmented } from '@/components/Toggle';
import { toast } from '@/components/toast';
import { sshKeysQuery, type AuthMethod, type ConnectionView, type HostKeyPolicy } from '@/ipc';
import { cn } from '@/lib/cn';
import { SSH_KINDS } from '@/features/keys/words';
import type { EditedConnection } from './draft';

const POLICIES: readonly { value: HostKeyPolicy; label: string }[] = [
  { value: 'trust_on_first_use', label: 'Trust the first, refuse any change' },
  { value: 'manual', label: 'Only the key entered here' },
  { value: 'always_trust', label: 'Any key (not safe)' },
];

const METHODS: readonly { value: AuthMethod; label: string }[] = [
  { value: 'password', label: 'Password' },
  { value: 'ssh_key', label: 'SSH key' },
  { value: 'password_and_ssh_key', label: 'Both' },
];

interface Props {
  draft: EditedConnection;
  onEdit: (change: Partial<EditedConnection>) => void;
  problems: Record<string, string>;
  view: ConnectionView | null;
  groups: readonly string[];
  onSubmit: () => void;
}

export function ConnectionForm({ draft, onEdit, problems, view, groups, onSubmit }: Props) {
  const usesPassword = draft.auth_method !== 'ssh_key';
  const usesKey = draft.auth_method !== 'password';
  return (
    <form
      aria-label="Settings"
      className="flex flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Section title="Server">
        <div className="grid grid-cols-2 gap-3">
          <Field label="Name" required error={problems.name}>
            <Input id="connection-name" autoFocus={view === null} value={draft.name} onChange={(event) => onEdit({ name: event.target.value })} />
          </Field>
          <Field label="Group" error={problems.group}>
            <Input
              id="connection-group"
              list="connection-groups"
              placeholder="None"
              value={draft.group ?? ''}
              onChange={(event) => onEdit({ group: event.target.value || null })}
            />
          </Field>
        </div>
        <datalist id="connection-groups">
          {groups.map((group) => (
            <option key={group} value={group} />
          ))}
        </datalist>
        <div className="grid grid-cols-[minmax(0,1fr)_96px] gap-3">
          <Field label="Host" required error={problems.host}>
            <Input id="connection-host" mono placeholder="sftp.partner.example" value={draft.host} onChange={(event) => onEdit({ host: event.target.value })} />
          </Field>
          <Field label="Port" error={problems.port}>
            <NumberInput id="connection-port" className="mono" placeholder="22" value={draft.port} onChange={(port) => onEdit({ port })} />
          </Field>
        </div>
      </Section>

      <Section title="Log in">
        <div className="grid grid-cols-2 gap-3">
          <Field label="User name" required error={problems.username}>
            <Input id="connection-username" mono value={draft.username} onChange={(event) => onEdit({ username: event.target.value })} />
          </Field>
          <Field label="With" error={problems.auth_method}>
            <Segmented
              full
              label="Log in with"
              value={draft.auth_method}
              onChange={(auth_method) => onEdit({ auth_method })}
              segments={METHODS.map((method) => ({ ...method, id: `auth-${method.value}` }))}
            />
          </Field>
        </div>
        {usesPassword && (
          <Field
            label="Password"
            required
            error={problems.password}
            help={view?.has_password ? 'One is kept in the vault. Leave this empty to keep it.' : 'Kept in the vault, encrypted.'}
          >
            <SecretInput
              id="connection-password"
              placeholder={view?.has_password ? '••••••••••' : ''}
              value={draft.password}
              onChange={(event) => onEdit({ password: event.target.value })}
            />
          </Field>
        )}
        {usesKey && <SshKeyField draft={draft} onEdit={onEdit} error={problems.ssh_key_id} />}
      </Section>

      <Section title="Trust">
        <div className="grid grid-cols-2 gap-3">
          <Field label="Host key" error={problems.host_key_policy}>
            <Select id="connection-policy" value={draft.host_key_policy} onChange={(host_key_policy) => onEdit({ host_key_policy })} options={POLICIES} />
          </Field>
          <KnownKey draft={draft} onEdit={onEdit} view={view} error={problems.stored_host_fingerprint} />
        </div>
        {draft.host_key_policy === 'always_trust' && (
          <Notice tone="fail" title="Anyone in between can read and change what is sent">
            Works only while Settings allow it, and each use is written to the audit.
          </Notice>
        )}
      </Section>

      <Section title="Behaviour">
        <div className="grid grid-cols-3 gap-3">
          <Field label="No progress for" error={problems.operation_timeout_sec}>
            <NumberInput id="connection-operation-timeout" unit="seconds" value={draft.operation_timeout_sec} onChange={(operation_timeout_sec) => onEdit({ operation_timeout_sec })} />
          </Field>
          <Field label="Reconnect" error={problems.transport_retries}>
            <NumberInput id="connection-retries" unit="times" value={draft.transport_retries} onChange={(transport_retries) => onEdit({ transport_retries })} />
          </Field>
          <Field label="Keep alive" error={problems.keepalive_interval_sec}>
            <NumberInput id="connection-keepalive" unit="seconds" value={draft.keepalive_interval_sec} onChange={(keepalive_interval_sec) => onEdit({ keepalive_interval_sec })} />
          </Field>
        </div>
      </Section>

      <More open={Boolean(draft.notes ?? problems.connect_timeout_sec ?? problems.notes)}>
        <div className="grid grid-cols-3 gap-3">
          <Field label="Give up connecting after" error={problems.connect_timeout_sec}>
            <NumberInput id="connection-connect-timeout" unit="seconds" value={draft.connect_timeout_sec} onChange={(connect_timeout_sec) => onEdit({ connect_timeout_sec })} />
          </Field>
        </div>
        <Field label="Notes" error={problems.notes} help="Whom to call, what was agreed.">
          <TextArea id="connection-notes" value={draft.notes ?? ''} onChange={(event) => onEdit({ notes: event.target.value || null })} />
        </Field>
      </More>
    </form>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-2.5 border-b border-line pt-3.5 pb-4">
      <h2 className="font-semibold">{title}</h2>
      {children}
    </section>
  );
}

function More({ open, children }: { open: boolean; children: ReactNode }) {
  const [shown, setShown] = useState(open);
  return (
    <div className="pt-3">
      <button type="button" aria-expanded={shown} className="-ml-1 inline-flex h-6 items-center gap-1.5 rounded-[5px] px-1.5 text-sm font-medium text-muted hover:bg-hover hover:text-ink" onClick={() => setShown(!shown)}>
        <ChevronRight className={cn('size-3 transition-transform', shown && 'rotate-90')} aria-hidden />
        Time limit, notes
      </button>
      {shown && <div className="flex flex-col gap-2.5 pt-2.5">{children}</div>}
    </div>
  );
}

function SshKeyField({ draft, onEdit, error }: { draft: EditedConnection; onEdit: Props['onEdit']; error: string | undefined }) {
  const keys = useQuery(sshKeysQuery());
  const usable = (keys.data ?? []).filter(({ key }) => key.status === 'active' || key.id === draft.ssh_key_id);
  const chosen = usable.find(({ key }) => key.id === draft.ssh_key_id)?.key;
  const copy = (text: string) =>
    void navigator.clipboard.writeText(text).then(
      () => toast.done('Public key copied', 'Send it to the partner, who adds it to your account on the server.'),
      () => toast.failed(new Error('The clipboard is not available.')),
    );
  return (
    <Field
      label="SSH key"
      required
      error={error}
      help={
        chosen ? (
          <span className="flex items-center gap-2">
            <span className="mono truncate">{chosen.fingerprint}</span>
            <button type="button" className="ml-auto flex-none text-accent-ink hover:underline" onClick={() => copy(chosen.public_key_data)}>
              Copy public key
            </button>
          </span>
        ) : usable.length === 0 && keys.isSuccess ? (
          <a href="#/keys?kind=ssh" className="text-accent-ink hover:underline">
            Generate or import an SSH key first
          </a>
        ) : undefined
      }
    >
      <Select
        id="connection-ssh-key"
        icon={<KeyRound />}
        value={draft.ssh_key_id}
        onChange={(ssh_key_id) => onEdit({ ssh_key_id })}
        options={usable.map(({ key }) => ({ value: key.id, label: key.name, note: SSH_KINDS[key.key_type] }))}
        placeholder="Choose a key"
      />
    </Field>
  );
}

function KnownKey({ draft, onEdit, view, error }: { draft: EditedConnection; onEdit: Props['onEdit']; view: ConnectionView | null; error: string | undefined }) {
  const known = view?.known_hosts.filter((host) => host.revoked_at === null).at(-1);
  if (draft.host_key_policy === 'manual') {
    return (
      <Field label="Fingerprint" required error={error} help="As the server's owner gave it to you.">
        <Input
          id="connection-fingerprint"
          mono
          placeholder="SHA256:…"
          value={draft.stored_host_fingerprint ?? ''}
          onChange={(event) => onEdit({ stored_host_fingerprint: event.target.value || null })}
        />
      </Field>
    );
  }
  return (
    <Field label="Known key">
      <Input readOnly mono aria-readonly value={known ? `${keyTypeName(known.key_type)} ${shortFingerprint(known.fingerprint)}` : 'None yet'} title={known?.fingerprint} />
    </Field>
  );
}

/** `ssh-ed25519` as people say it. */
export function keyTypeName(type: string): string {
  return type.replace(/^ssh-/, '').replace(/^ecdsa-sha2-nistp/, 'ECDSA P-').toUpperCase().replace('RSA', 'RSA');
}

export function shortFingerprint(fingerprint: string): string {
  return fingerprint.length > 24 ? `${fingerprint.slice(0, 16)}…${fingerprint.slice(-4)}` : fingerprint;
}
