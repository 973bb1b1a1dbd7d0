/** Starts the window: picks the host, paints the theme, renders. */
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { language } from '@/i18n';
import { followChanges, installHost, type Host } from '@/ipc';
import { createClient } from './client';
import './index.css';
import { createAppRouter } from './router';
import { startTheme } from './theme';

async function chooseHost(): Promise<Host> {
  if ('__TAURI_INTERNALS__' in window) return (await import('@/ipc/tauri')).tauriHost;
  if (import.meta.env.DEV || import.meta.env.MODE === 'fake') {
    const { createFakeHost, optionsFromAddress } = await import('@/ipc/fake');
    const options = optionsFromAddress(window.location.search);
    // The router takes what stands before the hash for its own.
    window.history.replaceState(null, '', `${window.location.pathname}${window.location.hash}`);
    return createFakeHost(options);
  }
  throw new Error('Courier runs only in its own window.');
}

document.documentElement.lang = language;
startTheme();
const root = document.getElementById('root');
if (root) {
  void chooseHost().then((host) => {
    installHost(host);
    const client = createClient();
    followChanges(client);
    createRoot(root).render(
      <StrictMode>
        <QueryClientProvider client={client}>
          <RouterProvider router={createAppRouter()} />
        </QueryClientProvider>
      </StrictMode>,
    );
  });
}
