/** The form of a connection, in the order in which a partner's letter says it; what few need is folded away. */
import { Field } from '@/components/Field';
import { TextArea } from '@/components/Input';
import { t } from '@/i18n';
import { AlgorithmsSection } from './form/AlgorithmsSection';
import { BehaviourSection, LimitsSection } from './form/LimitsSection';
import { LoginSection } from './form/LoginSection';
import { concerns, Fold, type SectionProps } from './form/Section';
import { ServerSection } from './form/ServerSection';
import { TrustSection } from './form/TrustSection';
import { WaySection } from './form/WaySection';

export function ConnectionForm({ groups, onSubmit, ...section }: SectionProps & { groups: readonly string[]; onSubmit: () => void }) {
  const { draft, onEdit, problems } = section;
  return (
    <form
      aria-label={t('Settings')}
      className="flex max-w-[920px] flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <ServerSection {...section} groups={groups} />
      <LoginSection {...section} />
      <TrustSection {...section} />
      <BehaviourSection {...section} />
      <LimitsSection {...section} />
      <WaySection {...section} />
      {draft.protocol === 'sftp' && <AlgorithmsSection {...section} />}
      <Fold id="connection-notes-fold" title={t('Notes')} summary={draft.notes?.split('\n')[0] ?? t('none')} wrong={concerns(problems, 'notes')}>
        <Field label={t('Notes')} error={problems.notes} help={t('Whom to call, what was agreed.')}>
          <TextArea id="connection-notes" value={draft.notes ?? ''} onChange={(event) => onEdit({ notes: event.target.value || null })} />
        </Field>
      </Fold>
    </form>
  );
}
