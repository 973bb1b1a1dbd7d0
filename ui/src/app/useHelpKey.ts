/**
 * F1: the help on where one is. In the builder that is the page of the selected step's type, at the field with the focus;
 * in another form the field's explanation opens beside it, so that nothing typed is lost; else it is the page's area.
 */
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { areaOf } from '@/features/help/contents';
import { useChrome } from './chrome';

const inDialog = (element: Element | null) => element?.closest('[role=dialog], [role=alertdialog]') ?? null;

export function useHelpKey(): () => void {
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  return () => {
    const { helpStep, setKeys, setPalette, paletteOpen, keysOpen } = useChrome.getState();
    const focused = document.activeElement;
    const dialog = paletteOpen || keysOpen ? null : (inDialog(focused) ?? document.querySelector('[role=dialog], [role=alertdialog]'));
    const field = focused?.closest<HTMLElement>('[data-field]')?.dataset.field?.replace(/\[.*$/, '');
    if (helpStep !== null && dialog === null) {
      setKeys(false);
      setPalette(false);
      void navigate({ to: '/help/steps/$typeKey', params: { typeKey: helpStep }, search: field === undefined ? {} : { field } });
      return;
    }
    const about = focused?.closest('[data-about-field]')?.querySelector<HTMLElement>('[data-about]');
    if (about) about.click();
    else if (dialog === null) {
      setKeys(false);
      setPalette(false);
      if (!path.startsWith('/help')) void navigate({ to: '/help/areas/$area', params: { area: areaOf(path) } });
    }
  };
}
