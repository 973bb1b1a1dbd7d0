/** One entry: who did what to what and when, what changed, and its place in the chain. */
import { Copy, ListFilter, X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Button, IconButton } from '@/components/Button';
import { copy } from '@/components/clipboard';
import { Inspector, InspectorSection } from '@/components/Inspector';
import { KeyValues } from '@/components/Page';
import { locale, t } from '@/i18n';
import type { AuditRow } from '@/ipc';
import { exactTime } from '@/lib/format';
import { About, aboutWords, kindWords } from './about';
import { detailsOf, fieldWords, operationWords, valueText, type Details } from './details';

/** So many fields and letters are shown until more is asked for. */
const [FIELDS, LETTERS] = [40, 600];

export function EntryPanel({ row, onOnly, onClose }: { row: AuditRow; onOnly: (() => void) | null; onClose: () => void }) {
  const { entry } = row;
  return (
    <Inspector
      title={operationWords(entry.operation)}
      className="w-[clamp(340px,40%,520px)]"
      actions={
        <IconButton label={t('Close the details')} shortcut="Esc" size="sm" onClick={onClose}>
          <X />
        </IconButton>
      }
    >
      <div data-entry={entry.sequence}>
        <InspectorSection>
          <KeyValues
            rows={[
              [kindWords(entry.entity_type), <About key="about" row={row} className="[overflow-wrap:anywhere]" />],
              [t('Who'), <span key="who" className="[overflow-wrap:anywhere]">{entry.performed_by}</span>],
              [t('When'), <time key="when" dateTime={entry.performed_at} className="num">{exactTime(entry.performed_at)}</time>],
              [t('Id'), <Code key="id" label={t('Copy the id')} what={t('Id')} text={entry.entity_id} />],
            ]}
          />
          {onOnly && (
            <Button id="only-this" size="sm" className="self-start" title={t('Every entry about {{about}}', { about: aboutWords(row) })} onClick={onOnly}>
              <ListFilter />
              {t('Only about this')}
            </Button>
          )}
        </InspectorSection>
        <Said details={detailsOf(entry.details)} />
        <InspectorSection title={t('In the chain')}>
          <KeyValues
            rows={[
              [t('Entry'), <span key="sequence" className="num">{entry.sequence.toLocaleString(locale)}</span>],
              [t('Its hash'), <Code key="hash" label={t('Copy the hash of the entry')} what={t('Hash')} text={entry.entry_hash} />],
              [t('Hash before'), <Code key="previous" label={t('Copy the hash of the entry before')} what={t('Hash')} text={entry.previous_hash} />],
            ]}
          />
        </InspectorSection>
      </div>
    </Inspector>
  );
}

function Code({ text, label, what }: { text: string; label: string; what: string }) {
  return (
    <span className="flex items-start gap-1">
      <span className="mono min-w-0 leading-[17px] [overflow-wrap:anywhere]">{text}</span>
      <IconButton label={label} size="sm" className="-mt-1 ml-auto" onClick={() => copy(text, what)}>
        <Copy />
      </IconButton>
    </span>
  );
}

function Said({ details: { changes, facts } }: { details: Details }) {
  return (
    <>
      {changes.length > 0 && (
        <InspectorSection title={t('What changed')} aside={changes.length > 1 && <span className="num text-faint">{changes.length}</span>}>
          <Some of={changes}>
            {({ path, before, after }) => (
              <div key={path.join('\n')} data-change={path.join('.')} className="flex flex-col gap-0.5">
                <dt className="text-sm font-medium [overflow-wrap:anywhere]">{fieldWords(...path)}</dt>
                <dd className="grid grid-cols-[48px_minmax(0,1fr)] gap-x-2 gap-y-0.5 text-sm">
                  {before !== undefined && (
                    <>
                      <span className="text-faint">{t('before')}</span>
                      <Value text={valueText(before)} className="text-muted" />
                    </>
                  )}
                  <span className="text-faint">{before === undefined ? t('now') : t('after')}</span>
                  <Value text={valueText(after)} />
                </dd>
              </div>
            )}
          </Some>
        </InspectorSection>
      )}
      {facts.length > 0 && (
        <InspectorSection title={changes.length > 0 ? t('Also noted') : t('What was noted')}>
          <Some of={facts}>
            {({ path, value }) => (
              <div key={path.join('\n')} data-fact={path.join('.')} className="text-sm">
                <dt className="text-faint [overflow-wrap:anywhere]">{fieldWords(...path)}</dt>
                <dd>
                  <Value text={valueText(value)} />
                </dd>
              </div>
            )}
          </Some>
        </InspectorSection>
      )}
    </>
  );
}

function Some<T>({ of, children }: { of: readonly T[]; children: (one: T) => ReactNode }) {
  const [all, setAll] = useState(false);
  return (
    <>
      <dl className="flex flex-col gap-2.5">{(all ? of : of.slice(0, FIELDS)).map(children)}</dl>
      {!all && of.length > FIELDS && (
        <Button variant="link" size="sm" className="self-start" onClick={() => setAll(true)}>
          {t('Show all {{number}}', { number: of.length.toLocaleString(locale) })}
        </Button>
      )}
    </>
  );
}

function Value({ text, className = '' }: { text: string; className?: string }) {
  const [all, setAll] = useState(false);
  const cut = !all && text.length > LETTERS;
  return (
    <span className={`selectable min-w-0 [overflow-wrap:anywhere] whitespace-pre-wrap ${text.includes('\n') ? 'mono' : ''} ${className}`}>
      {cut ? `${text.slice(0, LETTERS)}…` : text}
      {cut && (
        <Button variant="link" size="sm" className="ml-1" onClick={() => setAll(true)}>
          {t('Show all {{count}} characters', { count: text.length })}
        </Button>
      )}
    </span>
  );
}
