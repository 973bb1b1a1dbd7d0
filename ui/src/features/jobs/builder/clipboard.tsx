/** Ctrl+C, X and V on steps. On the clipboard they are the YAML of a job in a bundle, which the host writes and reads. */
import { createContext, useContext, useEffect, useMemo, useRef, type ReactNode } from 'react';
import { put } from '@/components/clipboard';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke } from '@/ipc';
import { listed } from '@/lib/format';
import { isTyping, somethingFloats } from '@/lib/shortcuts';
import { useBuilderStore } from './context';
import { fromStepDrafts, inOrder, stepDrafts, type StepNode } from './model/doc';
import { together } from './model/selection';
import { find } from './model/tree';

/** Of a step that is selected with others, all of them are taken. */
interface StepClipboard {
  copy: (key: string) => void;
  cut: (key: string) => void;
}

/** What this window copied last. Pasted here it is still whole: no text has the secrets. */
let copied: { text: string; nodes: readonly StepNode[] } | null = null;

const Clipboard = createContext<StepClipboard | null>(null);

export function useStepClipboard(): StepClipboard {
  const clipboard = useContext(Clipboard);
  if (clipboard === null) throw new Error(t('Steps are copied inside a builder.'));
  return clipboard;
}

export function StepClipboardProvider({ onPasted, onCut, children }: { onPasted: (key: string) => void; onCut: () => void; children: ReactNode }) {
  const store = useBuilderStore();
  const now = useRef({ onPasted, onCut });
  now.current = { onPasted, onCut };
  const sink = useRef<HTMLTextAreaElement>(null);
  const before = useRef<Element | null>(null);

  const clipboard = useMemo(() => {
    const copy = async (key: string): Promise<readonly StepNode[]> => {
      const state = store.getState();
      const { steps } = state.doc;
      const nodes = together(steps, state, key).flatMap((one) => find(steps, one)?.node ?? []);
      if (nodes.length === 0) return nodes;
      const text = invoke.stepsWrite(stepDrafts(nodes));
      try {
        await put(text);
        copied = { text: (await text).trim(), nodes };
        return nodes;
      } catch (error) {
        toast.failed(error, t('{{steps}} were not copied', { count: nodes.length, steps: stepsWords(nodes) }));
        return [];
      }
    };
    return {
      copy: (key: string) => void copy(key).then((nodes) => nodes.length > 0 && toast.done(t('{{steps}} copied', { steps: stepsWords(nodes) }), insideWords(nodes))),
      cut: (key: string) =>
        void copy(key).then((nodes) => {
          if (nodes.length === 0) return;
          store.getState().remove(key);
          now.current.onCut();
        }),
    };
  }, [store]);

  const paste = async (text: string) => {
    try {
      const own = copied !== null && copied.text === text.trim() ? copied.nodes : null;
      const read = own ? null : await invoke.stepsRead(text);
      const nodes = own ?? fromStepDrafts(read?.steps ?? []);
      const [first] = store.getState().paste(nodes);
      if (first !== undefined) now.current.onPasted(first);
      const missing = read?.missing ?? [];
      if (missing.length > 0) toast.failed(new Error([...new Set(missing.map(({ message }) => message))].join(' ')), t('{{steps}} pasted, with fields to fill in', { steps: stepsWords(nodes) }));
    } catch (error) {
      toast.failed(error, t('Nothing was pasted'));
    }
  };
  const goBack = () => {
    if (before.current instanceof HTMLElement) before.current.focus();
  };

  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
      if (isTyping(event.target) || somethingFloats()) return;
      const key = event.key.toLowerCase();
      if (key === 'v') {
        // Only a field is pasted into, so one takes the text on its way.
        before.current = document.activeElement;
        sink.current?.focus();
        return;
      }
      const { selected } = store.getState();
      // A text that somebody has marked is what they want to copy.
      if ((key !== 'c' && key !== 'x') || selected === null || document.getSelection()?.isCollapsed === false) return;
      event.preventDefault();
      clipboard[key === 'c' ? 'copy' : 'cut'](selected);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [store, clipboard]);

  return (
    <Clipboard value={clipboard}>
      {children}
      <textarea
        ref={sink}
        data-paste
        aria-hidden
        tabIndex={-1}
        className="fixed bottom-0 left-0 size-px resize-none opacity-0"
        value=""
        onChange={() => undefined}
        onPaste={(event) => {
          event.preventDefault();
          const text = event.clipboardData.getData('text/plain');
          goBack();
          void paste(text);
        }}
        // Nothing came: the clipboard has no text.
        onKeyUp={goBack}
      />
    </Clipboard>
  );
}

/** `with 3 steps in it`; nothing for steps that hold none. */
function insideWords(nodes: readonly StepNode[]): string | undefined {
  const inside = nodes.flatMap((node) => Object.values(node.branches ?? {})).flatMap((list) => visible(list)).length;
  return inside === 0 ? undefined : nodes.length === 1 ? t('With {{count}} steps in it', { count: inside }) : t('With {{count}} steps in them', { count: inside });
}

const visible = (nodes: readonly StepNode[]) => inOrder(nodes).filter(({ type_key }) => type_key !== 'flow.end' && type_key !== 'flow.else');

const stepsWords = (nodes: readonly StepNode[]) => (nodes.length <= 3 ? listed(nodes.map(({ name }) => name)) : t('{{count}} steps', { count: nodes.length }));
