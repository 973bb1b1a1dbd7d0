/** The connections of a file: which are wanted, what would become of each, and what of it stays behind. */
import { TriangleAlert } from 'lucide-react';
import { memo, useCallback, useRef } from 'react';
import { Checkbox } from '@/components/Toggle';
import { t } from '@/i18n';
import type { ImportedConnection, ImportPreview, Problem } from '@/ipc';
import { cn } from '@/lib/cn';
import { comesIn, loginOf, outcomeOf, serverOf } from './words';

interface Props {
  preview: ImportPreview;
  /** Names in the file that are ticked. */
  wanted: ReadonlySet<string>;
  /** Those, and what they need on their way. */
  chosen: ReadonlySet<string>;
  onWanted: (names: readonly string[], are: boolean) => void;
}

const cell = 'px-2 py-1.5 align-top';

export function FoundConnections({ preview, wanted, chosen, onWanted }: Props) {
  const possible = preview.connections.filter(comesIn).map((one) => one.imported_from);
  const all = possible.every((name) => wanted.has(name));
  const now = useRef(onWanted);
  now.current = onWanted;
  // One and the same for all rows, so that a tick draws one row again and not thousands.
  const want = useCallback((name: string, is: boolean) => now.current([name], is), []);
  return (
    <div className="rounded-md border border-line">
      <table aria-label={t('Connections in the file')} className="w-full table-fixed text-sm">
        <thead>
          <tr className="border-b border-line text-left text-faint [&_th]:font-medium">
            <th scope="col" className={cn(cell, 'w-9')}>
              <Checkbox
                id="import-all"
                aria-label={t('All that can come in')}
                disabled={possible.length === 0}
                checked={possible.length > 0 && all}
                indeterminate={!all && wanted.size > 0}
                onCheckedChange={(are) => onWanted(possible, are)}
              />
            </th>
            <th scope="col" className={cn(cell, 'w-[150px]')}>{t('Name')}</th>
            <th scope="col" className={cn(cell, 'w-[66px]')}>{t('Protocol')}</th>
            <th scope="col" className={cell}>{t('Server')}</th>
            <th scope="col" className={cn(cell, 'w-[126px]')}>{t('Log in with')}</th>
            <th scope="col" className={cell}>{t('What becomes of it')}</th>
          </tr>
        </thead>
        <tbody>
          {preview.connections.map((connection, index) => (
            // A file may have two of a name.
            <Row key={`${index} ${connection.imported_from}`} connection={connection} wanted={wanted.has(connection.imported_from)} chosen={chosen.has(connection.imported_from)} onWanted={want} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Row = memo(function Row({ connection, wanted, chosen, onWanted }: { connection: ImportedConnection; wanted: boolean; chosen: boolean; onWanted: (name: string, is: boolean) => void }) {
  const { imported_from: name, group, protocol, missing, through, warnings } = connection;
  const possible = comesIn(connection);
  const alongOnly = possible && chosen && !wanted;
  return (
    <tr data-import={name} data-action={connection.action} className={cn('border-b border-grid last:border-b-0', !possible && 'text-faint')}>
      <td className={cell}>
        {possible && (
          <Checkbox
            className="mt-[3px]"
            aria-label={name}
            checked={chosen}
            disabled={alongOnly}
            title={alongOnly ? t('Another one that you chose is reached through it') : undefined}
            onCheckedChange={(is) => onWanted(name, is)}
          />
        )}
      </td>
      <td className={cell}>
        <span className={cn('block truncate', possible && 'font-medium')} title={name}>{name}</span>
        {group && <span className="block truncate text-xs text-faint" title={group}>{group}</span>}
      </td>
      <td className={cell}>{protocol.toUpperCase()}</td>
      <td className={cell}>
        <span className="mono selectable block truncate" title={serverOf(connection)}>{serverOf(connection)}</span>
        {through !== null && <span className="block truncate text-xs text-faint">{t('through {{through}}', { through })}</span>}
      </td>
      <td className={cn(cell, missing && possible && 'text-warn')}>{loginOf(connection)}</td>
      <td className={cell}>
        {outcomeOf(connection)}
        {missing && possible && <span className="block text-xs text-faint">{t('Disabled until it has one')}</span>}
        {warnings.length > 0 && (
          <ul className="mt-0.5 flex flex-col gap-0.5">
            {warnings.map((warning, index) => (
              <Left key={index} warning={warning} />
            ))}
          </ul>
        )}
      </td>
    </tr>
  );
});

/** Something that is not taken over, and why. */
export function Left({ warning: { path, message } }: { warning: Problem }) {
  return (
    <li className="flex items-start gap-1.5 text-xs text-muted">
      <TriangleAlert className="mt-px size-3 flex-none text-warn" aria-hidden />
      <span className="min-w-0 [overflow-wrap:anywhere]">
        {path !== '' && <span className="mono">{path}: </span>}
        {message}
      </span>
    </li>
  );
}
