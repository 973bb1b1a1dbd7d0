/** To whom dropped files go: a folder on a server, or the holder of a key. */
import { useQuery } from '@tanstack/react-query';
import { KeyRound, Server as ServerIcon } from 'lucide-react';
import { useState } from 'react';
import { BrowseButton } from '@/components/BrowseButton';
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { Select } from '@/components/Select';
import { serverOptions } from '@/features/connections/options';
import { PathBrowser } from '@/features/jobs/builder/inspector/PathBrowser';
import { useKeyOptions } from '@/features/jobs/builder/inspector/ReferenceField';
import { t } from '@/i18n';
import { connectionsQuery, invoke } from '@/ipc';

export interface Destination {
  connectionId: string | null;
  folder: string;
}

export function Server({ destination, onChange }: { destination: Destination; onChange: (to: Destination) => void }) {
  const { data } = useQuery(connectionsQuery());
  const [browsing, setBrowsing] = useState(false);
  const { connectionId, folder } = destination;
  return (
    <div className="grid grid-cols-2 gap-3">
      <Field label={t('Server')} required>
        <Select
          id="drop-server"
          icon={<ServerIcon />}
          value={connectionId}
          placeholder={t('Choose a server')}
          options={serverOptions(data)}
          onChange={(chosen) => onChange({ ...destination, connectionId: chosen })}
        />
      </Field>
      <Field label={t('Folder on the server')} help={t('It can also be entered later, in the job.')}>
        <Input
          id="drop-folder"
          mono
          value={folder}
          placeholder="/in"
          onChange={(event) => onChange({ ...destination, folder: event.target.value })}
          tail={
            <BrowseButton
              label={t('Browse the server')}
              title={connectionId === null ? t('Choose a server first') : undefined}
              disabled={connectionId === null}
              onClick={() => setBrowsing(true)}
            />
          }
        />
      </Field>
      {browsing && connectionId !== null && (
        <PathBrowser
          title={t('Folder on the server')}
          start={folder.trim() || '/'}
          place={connectionId}
          load={(path) => invoke.connectionsBrowse(connectionId, path).then((found) => found.entries)}
          foldersOnly
          onPick={(picked) => {
            onChange({ ...destination, folder: picked });
            setBrowsing(false);
          }}
          onClose={() => setBrowsing(false)}
        />
      )}
    </div>
  );
}

export function Recipient({ recipient, onChange }: { recipient: string | null; onChange: (id: string) => void }) {
  const options = useKeyOptions();
  return (
    <Field label={t('For')} required help={t('Who shall be able to open the files. More can be added in the job.')}>
      <Select id="drop-recipient" icon={<KeyRound />} value={recipient} placeholder={t('Choose a key')} options={options} onChange={onChange} />
    </Field>
  );
}
