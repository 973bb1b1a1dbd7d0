/** Settings of the store, which hold for everybody who shares it: in groups, each with its default and what it does. */
import { useQuery } from '@tanstack/react-query';
import { ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { t } from '@/i18n';
import { settingsQuery } from '@/ipc';
import { cn } from '@/lib/cn';
import { SettingLine } from './SettingLine';
import { grouped } from './system-settings';

export function SystemSettings() {
  const settings = useQuery(settingsQuery());
  if (settings.isPending) return <SkeletonRows label={t('Loading what holds for all')} rows={4} />;
  if (settings.isError) return <ErrorState error={settings.error} what={t('What holds for all')} onRetry={() => void settings.refetch()} />;
  return (
    <>
      <p className="pb-1 text-sm text-muted">{t('These hold for everybody who shares this store, at once.')}</p>
      {grouped(settings.data).map(({ title, settings: some }, index) => (
        <div key={title} role="group" aria-label={title} className={cn('pt-2.5 pb-1', index > 0 && 'border-t border-line')}>
          <p className="pb-0.5 text-sm font-medium text-faint" aria-hidden>
            {title}
          </p>
          {some.map((setting) => (
            <SettingLine key={setting.key} setting={setting} />
          ))}
        </div>
      ))}
    </>
  );
}
