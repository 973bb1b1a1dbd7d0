/** What this Courier is: versions, its database, and which library does which cryptography. */
import { useQuery } from '@tanstack/react-query';
import { Copy } from 'lucide-react';
import { Button } from '@/components/Button';
import { copy } from '@/components/clipboard';
import { ErrorState } from '@/components/ErrorState';
import { KeyValues } from '@/components/Page';
import { SkeletonRows } from '@/components/Skeleton';
import { t } from '@/i18n';
import { aboutQuery, type AboutThis, type AppStatus, type CryptographyUse } from '@/ipc';

const libraries = ({ libraries: some }: CryptographyUse) => some.map(({ name, version }) => `${name} ${version}`).join(', ');

const database = ({ kind, engine, schema_version }: AboutThis['courier']['database']) => t('{{engine}}, tables of version {{schema_version}}', { engine: engine ?? kind, schema_version });

/** All of it as text, for a report. */
export function aboutText({ courier, tauri, webview }: AboutThis): string {
  return [
    t('Courier {{version}} ({{target}}, {{profile}}, {{compiler}})', { version: courier.version, target: courier.target, profile: courier.profile, compiler: courier.compiler }),
    t('Database: {{database}}', { database: database(courier.database) }),
    webview ? t('Window: Tauri {{tauri}}, {{webview}}', { tauri, webview }) : t('Window: Tauri {{tauri}}', { tauri }),
    ...courier.cryptography.map((use) => `${use.purpose}: ${libraries(use)}`),
    courier.fips.words,
  ].join('\n');
}

export function AboutCourier({ status }: { status: AppStatus }) {
  const about = useQuery(aboutQuery());
  const made = about.data;
  return (
    <div id="about-versions" className="flex flex-col gap-2 py-2">
      <KeyValues
        rows={[
          ['Courier', t('Version {{version}}', { version: status.version })],
          ...(made ? [[t('Built for'), t('{{target}}, {{profile}}, by {{compiler}}', { target: made.courier.target, profile: made.courier.profile, compiler: made.courier.compiler })] as const] : []),
          [t('This node'), status.node_name],
          [t('Data folder'), <span key="home" className="mono">{status.home}</span>],
          ...(made
            ? [
                [t('Database'), database(made.courier.database)] as const,
                [t('Kept in'), <span key="location" className="mono [overflow-wrap:anywhere]">{made.courier.database.location}</span>] as const,
                [t('Window'), made.webview ? t('Tauri {{tauri}}, {{webview}}', { tauri: made.tauri, webview: made.webview }) : t('Tauri {{tauri}}', { tauri: made.tauri })] as const,
              ]
            : []),
          [t('Engine'), t('{{count}} runs at the same time', { count: status.engine.slots })],
        ]}
      />
      {about.isPending && <SkeletonRows label={t('Loading the versions')} rows={3} />}
      {about.isError && <ErrorState error={about.error} what={t('The versions')} onRetry={() => void about.refetch()} />}
      {made && <Cryptography about={made} />}
    </div>
  );
}

function Cryptography({ about }: { about: AboutThis }) {
  return (
    <>
      <table className="mt-2 w-full text-sm" aria-label={t('Cryptography')}>
        <thead>
          <tr className="border-b border-line text-left text-faint [&_th]:font-medium">
            <th scope="col" className="py-1.5 pr-4">{t('Cryptography')}</th>
            <th scope="col" className="py-1.5">{t('Done by')}</th>
          </tr>
        </thead>
        <tbody>
          {about.courier.cryptography.map((use) => (
            <tr key={use.purpose} data-cryptography={use.purpose} className="border-b border-grid align-top last:border-b-0">
              <th scope="row" className="w-40 py-1.5 pr-4 text-left font-medium">
                {use.purpose}
              </th>
              <td className="selectable py-1.5">
                <span className="mono">
                  {use.libraries.map(({ name, version }, index) => (
                    <span key={name}>
                      {index > 0 && ' '}
                      <span className="whitespace-nowrap">{`${name} ${version}${index < use.libraries.length - 1 ? ',' : ''}`}</span>
                    </span>
                  ))}
                </span>
                <span className="block text-muted">{use.detail}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p id="about-fips" className="text-muted">
        {about.courier.fips.words}
      </p>
      <div>
        <Button id="copy-about" onClick={() => copy(aboutText(about), t('Versions'))}>
          <Copy />
          {t('Copy')}
        </Button>
      </div>
    </>
  );
}
