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
  return (
    <>
      <KeyValues
        className="py-2"
        rows={[
          ['Courier', `Version ${status.version}`],
          ['This node', status.node_name],
          ['Data folder', <span key="home" className="mono">{status.home}</span>],
          ['Engine', `${status.engine.slots} runs at the same time`],
        ]}
      />
      {about.isPending && <SkeletonRows label="Loading the versions" rows={3} />}
      {about.isError && <ErrorState error={about.error} what="The versions" onRetry={() => void about.refetch()} />}
      {about.isSuccess && <Versions about={about.data} />}
    </>
  );
}

function Versions({ about }: { about: AboutThis }) {
  const { courier, tauri, webview } = about;
  return (
    <div id="about-versions" className="flex flex-col gap-2">
      <KeyValues
        rows={[
          ['Built for', `${courier.target}, ${courier.profile}, by ${courier.compiler}`],
          ['Database', database(courier.database)],
          ['Kept in', <span key="location" className="mono [overflow-wrap:anywhere]">{courier.database.location}</span>],
          ['Window', `Tauri ${tauri}${webview ? `, ${webview}` : ''}`],
        ]}
      />
      <table className="mt-2 w-full text-sm" aria-label="Cryptography">
        <thead>
          <tr className="border-b border-line text-left text-faint [&_th]:font-medium">
            <th scope="col" className="py-1.5 pr-4">Cryptography</th>
            <th scope="col" className="py-1.5">Done by</th>
          </tr>
        </thead>
        <tbody>
          {courier.cryptography.map((use) => (
            <tr key={use.purpose} data-cryptography={use.purpose} className="border-b border-grid align-top last:border-b-0">
              <th scope="row" className="w-40 py-1.5 pr-4 text-left font-medium">
                {use.purpose}
              </th>
              <td className="selectable py-1.5">
                <span className="mono">{libraries(use)}</span>
                <span className="block text-muted">{use.detail}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p id="about-fips" className="text-muted">
        {courier.fips.words}
      </p>
      <div>
        <Button id="copy-about" onClick={() => copy(aboutText(about), 'Versions')}>
          <Copy />
          Copy
        </Button>
      </div>
    </div>
  );
}
