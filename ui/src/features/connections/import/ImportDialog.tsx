/** Connections of other programs: which file, what is in it, what of it comes in, what came of it. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useChrome } from '@/app/chrome';
import { toast } from '@/components/toast';
import { usePageDrop } from '@/features/drops/targets';
import { t } from '@/i18n';
import { importPlacesQuery, type ImportKind, type ImportPreview } from '@/ipc';
import { ImportDone } from './ImportDone';
import { ImportLook } from './ImportLook';
import { ImportSource } from './ImportSource';

/** `null` as a kind is told by what is in the file. */
export interface Source {
  kind: ImportKind | null;
  path: string;
}

export function ImportDialog() {
  const [source, setSource] = useState<Source | null>(null);
  const [from, setFrom] = useState<ImportKind>('ssh_config');
  const [done, setDone] = useState<ImportPreview | null>(null);
  const places = useQuery(importPlacesQuery());
  const close = () => useChrome.getState().setImport(false);
  usePageDrop({
    words: t('Drop the file to see which connections it has'),
    takes: () => done === null,
    take: ([path, ...others]) => {
      if (path === undefined) return;
      if (others.length > 0) toast.failed(new Error(t('Several files were dropped. Take them one after the other.')), t('One file at a time'));
      else setSource({ kind: null, path });
    },
  });
  if (done) return <ImportDone done={done} onClose={close} />;
  if (source) {
    return (
      <ImportLook
        key={source.path}
        source={source}
        onBack={(kind) => {
          if (kind) setFrom(kind);
          setSource(null);
        }}
        onDone={setDone}
        onClose={close}
      />
    );
  }
  return <ImportSource from={from} places={places.data ?? null} onFrom={setFrom} onChosen={setSource} onClose={close} />;
}
