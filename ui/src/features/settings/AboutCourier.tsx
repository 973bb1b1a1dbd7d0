/** What this Courier is: versions, its database, and which library does which cryptography. */
import { useQuery } from '@tanstack/react-query';
import { Copy } from 'lucide-react';
import { Button } from '@/components/Button';
import { copy } from '@/components/clipboard';
import { ErrorState } from '@/components/ErrorState';
import { KeyValues } from '@/components/Page';
import { SkeletonRows } from '@/components/Skeleton';
import { aboutQuery, type AboutThis, type AppStatus, type CryptographyUse } from '@/ipc';

const libraries = ({ libraries: some }: CryptographyUse) => some.map(({ name, version }) => `${name} ${version}`).join(', ');

const database = ({ kind, engine, schema_version }: AboutThis['courier']['database']) => `${engine ?? kind}, tables of version ${schema_version}`;

/** All of it as text, for a report. */
export function aboutText({ courier, tauri, webview }: AboutThis): string {
  return [
    `Courier ${courier.version} (${courier.target}, ${courier.profile}, ${courier.compiler})`,
    `Database: ${database(courier.database)}`,
    `Window: Tauri ${tauri}${webview ? `, ${webview}` : ''}`,
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
          ['Courier', `Version ${status.version}`],
          ...(made ? [['Built for', `${made.courier.target}, ${made.courier.profile}, by ${made.courier.compiler}`] as const] : []),
          ['This node', status.node_name],
          ['Data folder', <span key="home" className="mono">{status.home}</span>],
          ...(made
            ? [
                ['Database', database(made.courier.database)] as const,
                ['Kept in', <span key="location" className="mono [overflow-wrap:anywhere]">{made.courier.database.location}</span>] as const,
                ['Window', `Tauri ${made.tauri}${made.webview ? `, ${made.webview}` : ''}`] as const,
              ]
            : []),
          ['Engine', `${status.engine.slots} runs at the same time`],
        ]}
      />
      {about.isPending && <SkeletonRows label="Loading the versions" rows={3} />}
      {about.isError && <ErrorState error={about.error} what="The versions" onRetry={() => void about.refetch()} />}
      {made && <Cryptography about={made} />}
    </div>
  );
}

function Cryptography({ about }: { about: AboutThis }) {
  return (
    <>
      <table className="mt-2 w-full text-sm" aria-label="Cryptography">
        <thead>
          <tr className="border-b border-line text-left text-faint [&_th]:font-medium">
            <th scope="col" className="py-1.5 pr-4">Cryptography</th>
            <th scope="col" className="py-1.5">Done by</th>
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
        <Button id="copy-about" onClick={() => copy(aboutText(about), 'Versions')}>
          <Copy />
          Copy
        </Button>
      </div>
    </>
  );
}
