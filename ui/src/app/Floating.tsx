/** What floats above every page: the palette and the dialogs that can be asked for anywhere. */
import { lazy, Suspense } from 'react';
import { HelpTopic } from '@/features/help/HelpTopic';
import { RecoveryDialog } from '@/features/settings/RecoveryDialog';
import { VaultDialog } from '@/features/settings/VaultDialog';
import { useChrome } from './chrome';
import { KeysDialog } from './KeysDialog';
import { CommandPalette } from './palette/CommandPalette';

const ImportDialog = lazy(async () => ({ default: (await import('@/features/connections/import/ImportDialog')).ImportDialog }));

export function Floating() {
  const importing = useChrome((state) => state.importOpen);
  return (
    <>
      <CommandPalette />
      <KeysDialog />
      {importing && (
        <Suspense>
          <ImportDialog />
        </Suspense>
      )}
      <HelpTopic area="settings">
        <VaultDialog />
        <RecoveryDialog />
      </HelpTopic>
    </>
  );
}
