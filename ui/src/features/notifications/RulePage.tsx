/** One rule, or a new one: its form, and at the right the test and what it told last. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Trash2 } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { useCrumbs } from '@/app/chrome';
import { Button, IconButton, Kbd } from '@/components/Button';
import { ErrorNotice, ErrorState } from '@/components/ErrorState';
import { PageHead } from '@/components/Page';
import { SkeletonRows } from '@/components/Skeleton';
import { DISABLED, StateBadge } from '@/components/State';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { asAppError, invoke, ruleQuery, type NotificationRuleRow } from '@/ipc';
import { useShortcuts } from '@/lib/shortcuts';
import { DeleteRule } from './DeleteRule';
import { edited, NEW, sameAs, secretOf, toDraft, type EditedRule } from './draft';
import { RuleForm } from './RuleForm';
import { RuleSide } from './RuleSide';
import { isSending, sendTest, useTrials } from './trials';

export function RulePage({ ruleId }: { ruleId: string | null }) {
  const navigate = useNavigate();
  const row = useQuery({ ...ruleQuery(ruleId ?? ''), enabled: ruleId !== null });
  const name = ruleId === null ? t('New rule') : (row.data?.rule.name ?? t('Rule'));
  useCrumbs({ label: t('Settings'), to: '/settings' }, { label: t('Notifications'), to: '/settings/notifications' }, { label: name });
  if (ruleId === null) return <Editor row={null} onSaved={(id) => void navigate({ to: '/settings/notifications/$ruleId', params: { ruleId: id }, replace: true })} />;
  if (row.isPending) return <SkeletonRows label={t('Loading the rule')} />;
  if (row.isError) return <ErrorState error={row.error} what={t('The rule')} onRetry={() => void row.refetch()} />;
  return <Editor row={row.data} onSaved={() => undefined} />;
}

function Editor({ row, onSaved }: { row: NotificationRuleRow | null; onSaved: (id: string) => void }) {
  const navigate = useNavigate();
  const rule = row?.rule ?? null;
  const stored = useMemo(() => (rule ? edited(rule) : NEW), [rule]);
  const updatedAt = rule?.updated_at ?? null;
  // `seen` is the stored state that the draft began from: the store refuses to overwrite a newer one.
  const [{ draft, seen }, setEditing] = useState<{ draft: EditedRule; from: EditedRule; seen: string | null }>({ draft: stored, from: stored, seen: updatedAt });
  const [deleting, setDeleting] = useState(false);
  const changed = !sameAs(draft, stored);
  // What someone else saved shows at once, unless something is being edited here.
  useEffect(() => {
    setEditing((before) => (sameAs(before.draft, before.from) ? { draft: stored, from: stored, seen: updatedAt } : before));
  }, [stored, updatedAt]);

  const trial = useTrials((state) => (rule ? state.trials[rule.id] : undefined));
  const save = useMutation({
    mutationFn: () => invoke.notificationRulesSave(rule?.id ?? null, toDraft(draft), secretOf(draft), seen),
    onSuccess: ({ rule: saved }) => {
      const next = edited(saved);
      setEditing({ draft: next, from: next, seen: saved.updated_at });
      toast.done(t('{{name}} saved', { name: saved.name }));
      onSaved(saved.id);
    },
  });
  const problems = save.error ? asAppError(save.error).problems : [];
  const savable = changed || rule === null;
  const submit = () => {
    if (savable && !save.isPending) save.mutate();
  };
  const test = async () => {
    const sent = !savable && rule ? rule : (await save.mutateAsync().catch(() => null))?.rule;
    if (sent) await sendTest(sent);
  };
  const edit = (change: Partial<EditedRule>) => {
    setEditing((before) => ({ ...before, draft: { ...before.draft, ...change } }));
    if (save.error) save.reset();
  };
  useShortcuts({ 'mod+s': { does: t('Save the rule'), act: submit } });
  return (
    <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)_344px]" data-rule={rule?.name ?? ''}>
      <div className="flex min-h-0 min-w-0 flex-col">
        <PageHead
          title={rule?.name ?? t('New rule')}
          badge={rule && !rule.is_enabled ? <StateBadge look={DISABLED} /> : null}
          actions={
            <>
              {changed && rule && (
                <Button variant="ghost" onClick={() => setEditing({ draft: stored, from: stored, seen: updatedAt })}>
                  {t('Discard')}
                </Button>
              )}
              {rule && (
                <IconButton id="delete-rule" label={t('Delete the rule')} onClick={() => setDeleting(true)}>
                  <Trash2 />
                </IconButton>
              )}
              <Button id="save-rule" variant="primary" disabled={!savable} title={savable ? undefined : t('Nothing has changed')} busy={save.isPending} onClick={submit}>
                {t('Save')}
                <Kbd onAccent={savable}>Ctrl S</Kbd>
              </Button>
            </>
          }
        />
        <div className="min-h-0 flex-1 overflow-y-auto border-t border-line px-4 pb-6 *:max-w-[920px]">
          {save.error && problems.length === 0 ? <ErrorNotice error={save.error} className="mt-3" /> : null}
          <RuleForm draft={draft} problems={problems} kept={row?.has_secret ? row.rule.channel.type : null} onEdit={edit} onSubmit={submit} />
        </div>
      </div>
      <RuleSide rule={rule} unsaved={savable} busy={save.isPending || isSending(trial)} trial={trial} onTest={() => void test()} />
      {deleting && rule && <DeleteRule rule={rule} onClose={() => setDeleting(false)} onGone={() => void navigate({ to: '/settings/notifications' })} />}
    </div>
  );
}
