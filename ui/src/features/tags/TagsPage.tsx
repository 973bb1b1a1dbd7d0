/** The tags: how each looks, what carries it, and making, changing and deleting them. */
import { useQuery } from '@tanstack/react-query';
import { Plus, SquarePen, Tag as TagIcon, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useCrumbs } from '@/app/chrome';
import { Button, IconButton } from '@/components/Button';
import { DataTable } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { FilterInput } from '@/components/FilterInput';
import { ListFrame } from '@/components/ListFrame';
import { StatusBar, Toolbar } from '@/components/Page';
import { locale, t } from '@/i18n';
import { tagsQuery, type TagRow } from '@/ipc';
import { useShortcuts } from '@/lib/shortcuts';
import { useAskedInAddress } from '@/lib/useAskedInAddress';
import { useAddress, useText } from '@/lib/useFilters';
import { tagColumns } from './columns';
import { DeleteTag } from './DeleteTag';
import { TagDialog } from './TagDialog';
import { TagPanel } from './TagPanel';

export function TagsPage({ selected, make }: { selected: string | null; make: 'new' | null }) {
  useCrumbs({ label: t('Settings'), to: '/settings' }, { label: t('Tags') });
  const [text, setText] = useText();
  const [editing, setEditing] = useState<TagRow | 'new' | null>(null);
  const [deleting, setDeleting] = useState<TagRow | null>(null);
  const tags = useQuery(tagsQuery());
  const wanted = text.trim().toLocaleLowerCase();
  const all = useMemo(() => tags.data ?? [], [tags.data]);
  const rows = useMemo(() => all.filter(({ tag }) => `${tag.name} ${tag.category ?? ''} ${tag.description ?? ''}`.toLocaleLowerCase().includes(wanted)), [all, wanted]);
  const categories = useMemo(() => [...new Set(all.flatMap(({ tag }) => (tag.category === null ? [] : [tag.category])))].sort(), [all]);
  const [, change] = useAddress();
  const show = (id: string | null) => change({ tag: id ?? undefined });
  useAskedInAddress(make, setEditing, () => change({ make: undefined }));
  useShortcuts({ n: { does: t('New tag'), act: () => setEditing('new') }, Escape: { does: t('Close the details'), act: () => show(null) } });
  const shown = all.find(({ tag }) => tag.id === selected);
  const create = (
    <Button id="new-tag" variant="primary" size={all.length === 0 ? 'md' : 'sm'} onClick={() => setEditing('new')}>
      <Plus />
      {t('New tag')}
    </Button>
  );
  return (
    <>
      <h1 className="sr-only">{t('Tags')}</h1>
      <Toolbar>
        <FilterInput value={text} onChange={setText} placeholder={t('Filter tags')} />
        {all.length > 0 && <span className="ml-auto">{create}</span>}
      </Toolbar>
      <div className="flex min-h-0 flex-1">
        <div className="flex min-w-0 flex-1 flex-col overflow-hidden">
          <ListFrame
            of={tags}
            loading={t('Loading the tags')}
            failed={t('The tags')}
            rows={rows.length}
            keeps
            empty={
              all.length === 0 && (
                <EmptyState art={<TagIcon className="size-8" strokeWidth={1.25} aria-hidden />} title={t('No tags yet')} actions={create}>
                  {t('A tag marks what belongs together, such as a partner or an environment: jobs, chains, monitors, connections and keys. A notification rule can be about a tag.')}
                </EmptyState>
              )
            }
            nothing={t('No tag is like “{{text}}”.', { text: text.trim() })}
            all={t('Show all tags')}
            onAll={() => setText('')}
          >
            <DataTable
              label={t('Tags')}
              columns={tagColumns}
              rows={rows}
              keyOf={keyOf}
              nameOf={nameOf}
              rowAttribute="data-tag-row"
              current={selected}
              onOpen={({ tag }) => show(tag.id)}
              onCursor={(row) => row && selected !== null && show(row.tag.id)}
              actions={(row) => (
                <>
                  <IconButton label={t('Edit {{name}}', { name: row.tag.name })} size="sm" onClick={() => setEditing(row)}>
                    <SquarePen />
                  </IconButton>
                  <IconButton label={t('Delete {{name}}', { name: row.tag.name })} size="sm" onClick={() => setDeleting(row)}>
                    <Trash2 />
                  </IconButton>
                </>
              )}
            />
          </ListFrame>
          <StatusBar hints={[['/', t('Filter')], ['N', t('New tag')], ['Enter', t('Details')]]}>{all.length > 0 ? (wanted === '' ? t('{{count}} tags', { count: all.length }) : t('{{number}} of {{count}} tags', { count: all.length, number: rows.length.toLocaleString(locale) })) : ''}</StatusBar>
        </div>
        {shown && <TagPanel key={shown.tag.id} row={shown} onEdit={() => setEditing(shown)} onDelete={() => setDeleting(shown)} onClose={() => show(null)} />}
      </div>
      {editing !== null && (
        <TagDialog
          tag={editing === 'new' ? null : editing.tag}
          categories={categories}
          onClose={() => setEditing(null)}
          onSaved={(tag) => {
            setEditing(null);
            show(tag.id);
          }}
        />
      )}
      {deleting !== null && <DeleteTag row={deleting} onClose={() => setDeleting(null)} onGone={() => selected === deleting.tag.id && show(null)} />}
    </>
  );
}

const keyOf = ({ tag }: TagRow) => tag.id;
const nameOf = ({ tag }: TagRow) => tag.name;
