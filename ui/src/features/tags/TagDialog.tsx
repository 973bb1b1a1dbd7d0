/** Making or editing a tag: its name, its colour, and how it is grouped. */
import { useMutation } from '@tanstack/react-query';
import { Check } from 'lucide-react';
import { useState } from 'react';
import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { asAppError, invoke, type Tag, type TagDraft } from '@/ipc';
import { COLORS, isColor } from './colors';
import { Dot } from './Dot';

type Draft = Required<TagDraft>;

const NEW: Draft = { name: '', color: COLORS[0]?.value ?? null, category: null, description: null };
const NONE = '';

export function TagDialog({ tag, categories, onClose, onSaved }: { tag: Tag | null; categories: readonly string[]; onClose: () => void; onSaved: (tag: Tag) => void }) {
  const [draft, setDraft] = useState<Draft>(() => (tag ? { name: tag.name, color: tag.color, category: tag.category, description: tag.description } : NEW));
  const save = useMutation({
    mutationFn: () => invoke.tagsSave(tag?.id ?? null, { ...draft, name: draft.name.trim() }, tag?.updated_at ?? null),
    onSuccess: (saved) => {
      toast.done(t('{{name}} saved', { name: saved.name }));
      onSaved(saved);
    },
  });
  const edit = (change: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...change }));
    if (save.error) save.reset();
  };
  const filled = (text: string) => (text === '' ? null : text);
  const problems = save.error ? asAppError(save.error).problems : [];
  const said = (path: string) => problems.find((problem) => problem.path === path)?.message;
  const submit = () => !save.isPending && save.mutate();
  const onEnter = (event: { key: string }) => event.key === 'Enter' && submit();
  return (
    <Dialog
      open
      onClose={onClose}
      id="tag-dialog"
      title={tag ? t('Edit {{name}}', { name: tag.name }) : t('New tag')}
      footer={
        <>
          <Button onClick={onClose}>{t('Cancel')}</Button>
          <Button id="save-tag" variant="primary" busy={save.isPending} onClick={submit}>
            {t('Save')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3" data-own-undo>
        {save.error && problems.length === 0 ? <ErrorNotice error={save.error} /> : null}
        <Field label={t('Name')} required error={said('name')}>
          <Input id="tag-name" autoFocus={tag === null} value={draft.name} placeholder="partner-x" onChange={(event) => edit({ name: event.target.value })} onKeyDown={onEnter} />
        </Field>
        <div className="flex flex-col gap-1">
          <span className="text-sm font-medium text-muted" id="tag-color-label">
            {t('Colour')}
          </span>
          <div className="flex flex-wrap items-center gap-2">
            <RadioGroup aria-labelledby="tag-color-label" value={draft.color?.toUpperCase() ?? NONE} onValueChange={(color) => edit({ color: filled(color as string) })} className="flex gap-1">
              {[{ value: NONE, name: t('No colour') }, ...COLORS].map(({ value, name }) => (
                <Radio.Root
                  key={value}
                  value={value}
                  aria-label={name}
                  title={name}
                  data-color={value}
                  render={<button type="button" />}
                  nativeButton
                  className="grid size-7 place-items-center rounded-md hover:bg-hover data-checked:bg-selected data-checked:shadow-[inset_0_0_0_1.5px_var(--accent)]"
                >
                  {value === NONE ? <span className="size-4 rounded-full border-[1.5px] border-dashed border-idle-solid" /> : <span className="size-4 rounded-full" style={{ backgroundColor: value }} />}
                </Radio.Root>
              ))}
            </RadioGroup>
            <Input
              id="tag-color"
              small
              mono
              aria-label={t('Another colour')}
              aria-invalid={said('color') !== undefined}
              boxClassName="w-28"
              placeholder="#2563EB"
              icon={<Dot color={draft.color !== null && isColor(draft.color) ? draft.color : null} />}
              value={draft.color ?? ''}
              onChange={(event) => edit({ color: filled(event.target.value) })}
              onKeyDown={onEnter}
              tail={COLORS.some(({ value }) => value === draft.color?.toUpperCase()) ? <Check className="size-3.5" aria-hidden /> : null}
            />
          </div>
          {said('color') && (
            <p role="alert" className="text-sm text-fail">
              {said('color')}
            </p>
          )}
        </div>
        <Field label={t('Category')} help={t('Groups tags, such as Partner or Environment.')}>
          <Input id="tag-category" list="tag-categories" value={draft.category ?? ''} onChange={(event) => edit({ category: filled(event.target.value) })} onKeyDown={onEnter} />
        </Field>
        <datalist id="tag-categories">
          {categories.map((category) => (
            <option key={category} value={category} />
          ))}
        </datalist>
        <Field label={t('Notes')}>
          <Input id="tag-description" value={draft.description ?? ''} onChange={(event) => edit({ description: filled(event.target.value) })} onKeyDown={onEnter} />
        </Field>
      </div>
    </Dialog>
  );
}
