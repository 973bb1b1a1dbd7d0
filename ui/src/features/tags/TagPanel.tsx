/** One tag: how it looks, what carries it, and which rules are about it. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { SquarePen, Trash2, X } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '@/components/Button';
import { Inspector, InspectorSection } from '@/components/Inspector';
import { KeyValues } from '@/components/Page';
import { Skeleton } from '@/components/Skeleton';
import { When } from '@/components/Text';
import { Thing } from '@/features/notifications/subject';
import { THINGS } from '@/features/notifications/words';
import { locale, t } from '@/i18n';
import { tagUsesQuery, type Reference, type TagRow } from '@/ipc';
import { Dot } from './Dot';

/** So many are shown until more is asked for. */
const FIRST = 50;

export function TagPanel({ row: { tag, uses }, onEdit, onDelete, onClose }: { row: TagRow; onEdit: () => void; onDelete: () => void; onClose: () => void }) {
  const users = useQuery(tagUsesQuery(tag.id));
  const carriers = users.data?.filter(({ kind }) => kind !== 'notification_rule') ?? [];
  const rules = users.data?.filter(({ kind }) => kind === 'notification_rule') ?? [];
  return (
    <Inspector
      title={tag.name}
      className="w-[clamp(300px,34%,420px)]"
      actions={
        <>
          <IconButton id="edit-tag" label={t('Edit {{name}}', { name: tag.name })} size="sm" onClick={onEdit}>
            <SquarePen />
          </IconButton>
          <IconButton id="delete-tag" label={t('Delete {{name}}', { name: tag.name })} size="sm" onClick={onDelete}>
            <Trash2 />
          </IconButton>
          <IconButton label={t('Close the details')} shortcut="Esc" size="sm" onClick={onClose}>
            <X />
          </IconButton>
        </>
      }
    >
      <div data-tag-panel={tag.name}>
        <InspectorSection>
          <KeyValues
            rows={[
              [t('Colour'), <span key="color" className="flex items-center gap-1.5"><Dot color={tag.color} /><span className={tag.color ? 'mono' : ''}>{tag.color ?? t('None')}</span></span>],
              [t('Category'), tag.category ?? '–'],
              ...(tag.description ? [[t('Notes'), <span key="notes" className="[overflow-wrap:anywhere]">{tag.description}</span>] as const] : []),
              [t('Changed'), <When key="changed" at={tag.updated_at} />],
            ]}
          />
        </InspectorSection>
        <InspectorSection title={t('On')} aside={users.data && <span className="num text-faint">{carriers.length.toLocaleString(locale)}</span>}>
          {users.isPending && <Skeleton className="w-40" />}
          {users.isError && (
            <p className="text-sm text-muted">
              {t('This could not be loaded.')}{' '}
              <Button variant="link" size="sm" onClick={() => void users.refetch()}>
                {t('Try again')}
              </Button>
            </p>
          )}
          {users.isSuccess && carriers.length === 0 && <p className="text-sm text-muted">{t('Nothing carries it yet.')}</p>}
          <References of={carriers} />
          {(uses.job ?? 0) > 0 && (
            <Link id="jobs-of-tag" to="/jobs" search={{ tag: tag.id }} className="self-start text-sm font-medium text-accent-ink hover:underline">
              {t('Show its {{count}} jobs in the list', { count: uses.job ?? 0 })}
            </Link>
          )}
        </InspectorSection>
        {rules.length > 0 && (
          <InspectorSection title={t('Notification rules about it')}>
            <References of={rules} kinds={false} />
          </InspectorSection>
        )}
      </div>
    </Inspector>
  );
}

function References({ of, kinds = true }: { of: readonly Reference[]; kinds?: boolean }) {
  const [all, setAll] = useState(false);
  return (
    <>
      <ul className="flex flex-col gap-1.5 text-sm empty:hidden">
        {(all ? of : of.slice(0, FIRST)).map(({ kind, id, name }) => (
          <li key={id} data-carrier={name} className="flex items-baseline gap-2">
            {kinds && <span className="w-20 flex-none text-faint">{THINGS[kind]}</span>}
            <Thing kind={kind} id={id} name={name} className="min-w-0 truncate" />
          </li>
        ))}
      </ul>
      {!all && of.length > FIRST && (
        <Button variant="link" size="sm" className="self-start" onClick={() => setAll(true)}>
          {t('Show all {{number}}', { number: of.length.toLocaleString(locale) })}
        </Button>
      )}
    </>
  );
}
