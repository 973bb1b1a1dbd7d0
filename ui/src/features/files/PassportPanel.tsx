/** One file: what it is, and its whole life. */
import { useQuery } from '@tanstack/react-query';
import { Copy, X } from 'lucide-react';
import { IconButton } from '@/components/Button';
import { copy } from '@/components/clipboard';
import { ErrorState } from '@/components/ErrorState';
import { Inspector, InspectorSection } from '@/components/Inspector';
import { Notice } from '@/components/Notice';
import { KeyValues } from '@/components/Page';
import { Skeleton } from '@/components/Skeleton';
import { t } from '@/i18n';
import { passportQuery } from '@/ipc';
import { bytes, shortHash } from '@/lib/format';
import { Life } from './Life';

export function PassportPanel({ sha256, q, onClose }: { sha256: string; q: string; onClose: () => void }) {
  const { data: passport, error, refetch } = useQuery(passportQuery(sha256));
  const [name, ...others] = passport?.names ?? [];
  return (
    <Inspector
      title={name ?? t('File {{hash}}', { hash: shortHash(sha256) })}
      className="w-[clamp(420px,52%,720px)]"
      actions={
        <IconButton label={t('Close the passport')} shortcut="Esc" size="sm" onClick={onClose}>
          <X />
        </IconButton>
      }
    >
      {error && !passport && (
        <div className="flex h-full">
          <ErrorState error={error} what={t("This file's life")} onRetry={() => void refetch()} />
        </div>
      )}
      {!error && !passport && <Loading />}
      {passport && (
        <div data-passport={passport.sha256}>
          <InspectorSection>
            <KeyValues
              rows={[
                [t('Size'), <span key="size" className="num">{bytes(passport.size)}</span>],
                [
                  'SHA-256',
                  <span key="sha256" className="flex items-start gap-1">
                    <span className="mono min-w-0 leading-[17px] [overflow-wrap:anywhere]">{passport.sha256}</span>
                    <IconButton label={t('Copy SHA-256')} size="sm" className="-mt-1 ml-auto" onClick={() => copy(passport.sha256, 'SHA-256')}>
                      <Copy />
                    </IconButton>
                  </span>,
                ],
                ...(others.length > 0
                  ? [[t('Also called'), <span key="names" className="[overflow-wrap:anywhere]">{others.join(', ')}</span>] as const]
                  : []),
              ]}
            />
          </InspectorSection>
          <InspectorSection title={t('Life')} aside={<span className="num text-faint">{t('{{count}} events', { count: passport.events.length })}</span>}>
            {passport.truncated && (
              <Notice title={t('Not everything is shown')}>{t('More happened to this file and its relatives than fits here. Open a relative by its SHA-256 to see the rest.')}</Notice>
            )}
            <Life passport={passport} q={q} />
          </InspectorSection>
        </div>
      )}
    </Inspector>
  );
}

function Loading() {
  return (
    <div role="status" aria-busy="true" data-skeleton className="flex flex-col gap-5 px-4 py-4">
      <span className="sr-only">{t('Loading the life of the file')}</span>
      <Skeleton className="w-64" />
      {Array.from({ length: 4 }, (_, index) => (
        <div key={index} className="flex gap-3">
          <Skeleton className="size-6 flex-none rounded-full" />
          <div className="flex flex-1 flex-col gap-2">
            <Skeleton className="w-44" />
            <Skeleton className="w-72" />
          </div>
        </div>
      ))}
    </div>
  );
}
