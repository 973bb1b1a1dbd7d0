/** The tags in a page's head, and the way to change them there. */
import { Tag as TagIcon } from 'lucide-react';
import { Button } from '@/components/Button';
import { Popover } from '@/components/Popover';
import { t } from '@/i18n';
import { TagChips } from './TagChips';
import { TagField, type TagFieldProps } from './TagField';

export function TagsButton({ buttonId, ...field }: { buttonId: string } & TagFieldProps) {
  return (
    <Popover
      align="end"
      className="w-80 p-3"
      label={t('Tags')}
      trigger={
        <Button id={buttonId} variant="ghost" size="sm" className="max-w-48 min-w-0 flex-none" title={t('Change the tags')}>
          <TagIcon aria-hidden />
          {field.tags.length === 0 ? (
            t('Add tags')
          ) : (
            <>
              <span className="sr-only">{t('Tags')}</span>
              <TagChips tags={field.tags} />
            </>
          )}
        </Button>
      }
    >
      <TagField {...field} />
    </Popover>
  );
}
