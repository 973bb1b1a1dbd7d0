/** All rules: who is told of what, by which channel, and when that was last. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Bell, Ellipsis, Plus, ScrollText, Send, SquarePen, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Button, IconButton, Kbd } from '@/components/Button';
import { DataTable } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { FilterInput } from '@/components/FilterInput';
import { ListFrame } from '@/components/ListFrame';
import { Menu } from '@/components/Menu';
import { StatusBar, Toolbar } from '@/components/Page';
import { t } from '@/i18n';
import { rulesQuery, type NotificationRule, type NotificationRuleRow } from '@/ipc';
import { useShortcuts } from '@/lib/shortcuts';
import { useText } from '@/lib/useFilters';
import { DeleteRule } from './DeleteRule';
import { ruleColumns } from './ruleColumns';
import { TrialDialog } from './Trial';
import { sendTest } from './trials';
import { eventsWords, targetOf } from './words';

export function Rules() {
  const navigate = useNavigate();
  const rules = useQuery(rulesQuery());
  const [text, setText] = useText();
  const [cursor, setCursor] = useState<NotificationRule | null>(null);
  const [testing, setTesting] = useState<NotificationRule | null>(null);
  const [deleting, setDeleting] = useState<NotificationRule | null>(null);
  const rows = useMemo(() => (rules.data ?? []).filter((row) => isShown(row, text)), [rules.data, text]);
  const open = (ruleId: string) => void navigate({ to: '/settings/notifications/$ruleId', params: { ruleId } });
  const create = () => void navigate({ to: '/settings/notifications/new' });
  useShortcuts({ n: { does: t('New rule'), act: create }, Delete: { does: t('Delete the rule under the cursor'), act: () => setDeleting(cursor) } });
  const none = rules.isSuccess && rules.data.length === 0;
  const add = (
    <Button id="new-rule" variant="primary" className="ml-auto" onClick={create}>
      <Plus />
      {t('New rule')}
      <Kbd onAccent>N</Kbd>
    </Button>
  );
  const actions = ({ rule }: NotificationRuleRow) => (
    <>
      <IconButton
        label={t('Send a test by {{name}}', { name: rule.name })}
        size="sm"
        onClick={() => {
          setTesting(rule);
          void sendTest(rule);
        }}
      >
        <Send />
      </IconButton>
      <Menu
        trigger={
          <IconButton label={t('More for {{name}}', { name: rule.name })} size="sm">
            <Ellipsis />
          </IconButton>
        }
        actions={[
          { label: t('Edit'), icon: <SquarePen />, onSelect: () => open(rule.id) },
          { label: t('Show its log'), icon: <ScrollText />, onSelect: () => void navigate({ to: '/settings/notifications', search: { tab: 'log', rule: rule.id } }) },
          { label: t('Delete'), icon: <Trash2 />, danger: true, separated: true, onSelect: () => setDeleting(rule) },
        ]}
      />
    </>
  );
  return (
    <>
      {!none && (
        <Toolbar>
          <FilterInput value={text} onChange={setText} placeholder={t('Filter by name, event or target')} className="w-[240px]" />
          {add}
        </Toolbar>
      )}
      <div className="flex min-h-0 flex-1 flex-col">
        <ListFrame
          of={rules}
          loading={t('Loading the rules')}
          failed={t('The rules')}
          rows={rows.length}
          empty={
            none && (
              <EmptyState art={<Bell className="size-8" strokeWidth={1.25} aria-hidden />} title={t('Nobody is told of anything yet')} actions={add}>
                {t('A rule tells people and programs what happens here: a job that failed, a key that expires, a file that is missing. By e-mail, on the desktop, to a web address or a message queue.')}
              </EmptyState>
            )
          }
          nothing={t('No rule fits the filter.')}
          all={t('Show all rules')}
          onAll={() => setText('')}
        >
          <DataTable
            label={t('Notification rules')}
            columns={ruleColumns}
            rows={rows}
            keyOf={keyOf}
            nameOf={nameOf}
            rowAttribute="data-rule-row"
            dimmed={({ rule }) => !rule.is_enabled}
            onOpen={({ rule }) => open(rule.id)}
            onCursor={(row) => setCursor(row?.rule ?? null)}
            actions={actions}
          />
        </ListFrame>
      </div>
      {!none && <StatusBar hints={[['Enter', t('Open')], ['Del', t('Delete')], ['/', t('Filter')]]}>{rules.isSuccess ? t('{{number}} of {{count}} rules shown', { count: rules.data.length, number: rows.length }) : ''}</StatusBar>}
      {testing && <TrialDialog rule={testing} onClose={() => setTesting(null)} />}
      {deleting && <DeleteRule rule={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

const keyOf = ({ rule }: NotificationRuleRow) => rule.id;
const nameOf = ({ rule }: NotificationRuleRow) => rule.name;

function isShown({ rule }: NotificationRuleRow, text: string): boolean {
  return `${rule.name} ${eventsWords(rule.event_types, rule.event_types.length)} ${targetOf(rule.channel)}`.toLocaleLowerCase().includes(text.trim().toLocaleLowerCase());
}
