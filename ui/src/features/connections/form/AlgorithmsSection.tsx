/** Which SSH algorithms a connection may use, where Courier's own choice does not do. */
import { useQuery } from '@tanstack/react-query';
import { ErrorNotice } from '@/components/ErrorState';
import { Notice } from '@/components/Notice';
import { Checkbox, Segmented } from '@/components/Toggle';
import { t } from '@/i18n';
import { sshAlgorithmsQuery, type AlgorithmChoice, type AlgorithmChoices, type SshAlgorithmConfig } from '@/ipc';
import { cn } from '@/lib/cn';
import { concerns, Fold, type SectionProps } from './Section';

const KINDS: readonly { kind: keyof AlgorithmChoices; label: string }[] = [
  { kind: 'key_exchange', label: t('Key exchange') },
  { kind: 'encryption', label: t('Encryption') },
  { kind: 'mac', label: t('Message authentication') },
  { kind: 'host_key', label: t('Host key') },
];

/** Those of `own` that are no longer safe. */
export function legacyOf(own: SshAlgorithmConfig | null, choices: AlgorithmChoices | undefined): string[] {
  return KINDS.flatMap(({ kind }) => {
    const listed = own?.[kind] ?? [];
    return (choices?.[kind] ?? []).filter((choice) => choice.offered === 'legacy' && listed.includes(choice.name)).map((choice) => choice.name);
  });
}

export function AlgorithmsSection({ draft, onEdit, problems }: SectionProps) {
  const choices = useQuery(sshAlgorithmsQuery());
  const own = draft.ssh_algorithms;
  const legacy = legacyOf(own, choices.data);
  const listed = KINDS.filter(({ kind }) => own?.[kind] != null).length;
  const summary = legacy.length > 0 ? <span className="text-fail">{t('{{count}} legacy allowed', { count: legacy.length })}</span> : listed > 0 ? t('restricted') : t('as Courier chooses');
  const put = (kind: keyof AlgorithmChoices, names: string[] | null) => {
    const next = { ...own, [kind]: names };
    onEdit({ ssh_algorithms: KINDS.every((one) => next[one.kind] == null) ? null : next });
  };
  return (
    <Fold id="connection-algorithms-fold" title={t('SSH algorithms')} summary={summary} wrong={concerns(problems, 'ssh_algorithms')}>
      {problems.ssh_algorithms && <Notice tone="fail" title={problems.ssh_algorithms} />}
      {legacy.length > 0 && (
        <Notice tone="fail" title={t('Legacy algorithms are allowed')}>
          {t('{{algorithms}}: no longer safe. Allow them only for a server that knows nothing better, and ask its owner to renew it. It is written to the audit.', { algorithms: legacy.join(', ') })}
        </Notice>
      )}
      {choices.isError && <ErrorNotice error={choices.error} />}
      {choices.isSuccess && KINDS.map(({ kind, label }) => <Kind key={kind} label={label} choices={choices.data[kind]} own={own?.[kind] ?? null} onChange={(names) => put(kind, names)} />)}
    </Fold>
  );
}

function Kind({ label, choices, own, onChange }: { label: string; choices: readonly AlgorithmChoice[]; own: readonly string[] | null; onChange: (names: string[] | null) => void }) {
  const usual = choices.filter((choice) => choice.offered === 'usual').map((choice) => choice.name);
  const toggle = (name: string) => onChange(choices.map((choice) => choice.name).filter((other) => (other === name ? !own?.includes(name) : own?.includes(other))));
  return (
    <div role="group" aria-label={label}>
      <div className="flex items-center gap-3">
        <span className="text-sm font-medium text-muted">{label}</span>
        <Segmented
          className="ml-auto"
          label={t('{{label}} algorithms', { label })}
          value={own === null ? 'ours' : 'listed'}
          onChange={(which) => onChange(which === 'ours' ? null : usual)}
          segments={[
            { value: 'ours', label: t('As Courier chooses') },
            { value: 'listed', label: t('Only these') },
          ]}
        />
      </div>
      {own !== null && (
        <ul className="grid grid-cols-2 gap-x-3 pt-1.5">
          {choices.map((choice) => (
            <li key={choice.name}>
              <label className="flex h-6 items-center gap-2" title={choice.name}>
                <Checkbox checked={own.includes(choice.name)} onCheckedChange={() => toggle(choice.name)} />
                <span className={cn('mono truncate text-sm', choice.offered === 'legacy' && 'text-fail')}>{choice.name}</span>
                {choice.offered === 'legacy' && <span className="flex-none text-xs text-fail">{t('legacy')}</span>}
              </label>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
