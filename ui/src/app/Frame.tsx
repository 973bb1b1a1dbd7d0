/** The frame around every page: navigation, top bar, palette, news. */
import { Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Toaster } from 'sonner';
import { cn } from '@/lib/cn';
import { EVERYWHERE, useShortcuts } from '@/lib/shortcuts';
import { whenIdle } from '@/lib/whenIdle';
import { areaOf } from '@/features/help/contents';
import { HelpTopic } from '@/features/help/HelpTopic';
import { DropZone } from '@/features/drops/DropZone';
import { t } from '@/i18n';
import { useAskedPages } from './asked-pages';
import { useChrome, useCollapsed } from './chrome';
import { Sidebar } from './Sidebar';
import { useTheme } from './theme';
import { TopBar } from './TopBar';
import { useHelpKey } from './useHelpKey';

/** What floats above the page comes after it, or when it is asked for. */
const Floating = lazy(async () => ({ default: (await import('./Floating')).Floating }));

export function Frame() {
  const collapsed = useCollapsed();
  const narrow = useChrome((state) => state.narrowWanted > 0) || collapsed;
  const { setKeys, setPalette, toggleCollapsed } = useChrome.getState();
  const dark = useTheme((state) => state.dark);
  const floats = useFloats();
  useAskedPages();
  const area = useRouterState({ select: (state) => areaOf(state.location.pathname) });
  const help = useHelpKey();
  useShortcuts(
    {
      'mod+k': { does: t('Search or run a command'), act: () => setPalette(true) },
      'mod+b': { does: t('Narrow or widen the navigation'), act: toggleCollapsed },
      F1: { does: t('Help on where you are'), act: help },
      '?': { does: t('Show these keys'), act: () => setKeys(true) },
    },
    true,
    EVERYWHERE,
  );
  return (
    <>
    <div
      className={cn(
        'grid h-full min-w-[1024px] grid-rows-[minmax(0,1fr)]',
        narrow ? 'grid-cols-[48px_minmax(0,1fr)]' : 'grid-cols-[208px_minmax(0,1fr)]',
      )}
    >
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-raised px-3 py-1 shadow-float focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('content')?.focus();
        }}
      >
        {t('Go to the content')}
      </a>
      <Sidebar narrow={narrow} />
      <div className="grid min-h-0 min-w-0 grid-rows-[44px_minmax(0,1fr)]">
        <TopBar />
        <main id="content" tabIndex={-1} className="relative flex min-h-0 min-w-0 flex-col overflow-hidden outline-none">
          <HelpTopic area={area}>
            <Outlet />
          </HelpTopic>
        </main>
      </div>
    </div>
      <DropZone />
      {floats && (
        <Suspense>
          <Floating />
        </Suspense>
      )}
      <Toaster
        theme={dark ? 'dark' : 'light'}
        position="bottom-right"
        offset={{ bottom: 40, right: 16 }}
        visibleToasts={3}
        closeButton
        gap={8}
        containerAriaLabel={t('Notifications')}
        toastOptions={{ closeButtonAriaLabel: t('Close'), unstyled: true, classNames: { toast: 'courier-toast' } }}
      />
    </>
  );
}

/** Whether something floats above the page, or the page has nothing else to do than to be ready for it. */
function useFloats(): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => whenIdle(() => setIdle(true)), []);
  const asked = useChrome((state) => state.paletteOpen || state.keysOpen || state.vaultOpen || state.importOpen || state.recoveryCode !== null);
  return idle || asked;
}
