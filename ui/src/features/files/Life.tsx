/** The life of a file, oldest first: what happened, from where to where, in which run, and how it was proved. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Monitor, Server, Workflow } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { StepIcon } from '@/components/StepIcon';
import { MiddlePath, When } from '@/components/Text';
import { locale, t } from '@/i18n';
import { stepTypesQuery, type FileEvent, type FilePlace, type Passport, type StepSpec } from '@/ipc';
import { cn } from '@/lib/cn';
import { bytes, shortHash } from '@/lib/format';
import { ProofLabel } from './ProofLabel';
import { SendAgain, type Delivery } from './SendAgain';
import { ShowInFiles } from './ShowInFiles';
import { iconOf, wordsOf } from './words';

/** So many are drawn at once. */
const PART = 100;

export function Life({ passport, q }: { passport: Passport; q: string }) {
  const { data: specs } = useQuery(stepTypesQuery());
  const [parts, setParts] = useState(1);
  const { events } = passport;
  const left = events.length - parts * PART;
  return (
    <>
      <ol className="flex flex-col" aria-label={t('Life of the file')}>
        {events.slice(0, parts * PART).map((event, index) => (
          <Event
            key={`${event.at} ${index}`}
            event={event}
            own={passport.sha256}
            q={q}
            spec={specs?.find((spec) => spec.type_key === event.operation)}
            last={index === events.length - 1}
          />
        ))}
      </ol>
      {left > 0 && (
        <Button id="more-events" className="self-start" size="sm" onClick={() => setParts(parts + 1)}>
          {t('Show {{number}} more of {{all}}', { number: Math.min(left, PART), all: left.toLocaleString(locale) })}
        </Button>
      )}
    </>
  );
}

interface EventProps {
  event: FileEvent;
  /** The hash of the file whose life it is. */
  own: string;
  q: string;
  spec: StepSpec | undefined;
  last: boolean;
}

function Event({ event, own, q, spec, last }: EventProps) {
  const { source, result, run, proof } = event;
  const places = placesOf(event);
  const isOwn = [source, result].some((place) => place?.sha256 === own);
  const delivery = deliveryOf(event);
  return (
    <li data-event={event.fate} data-operation={event.operation} className="relative flex gap-3 pb-4 last:pb-1">
      {!last && <span className="absolute top-6 bottom-0 left-[11.5px] w-px bg-line" aria-hidden />}
      <span className={cn('grid size-6 flex-none place-items-center rounded-full border bg-bg', isOwn ? 'border-line-strong text-ink' : 'border-line text-faint')}>
        <StepIcon name={iconOf(event, spec?.icon)} className="size-3.5" />
      </span>
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <div className="flex min-h-6 items-baseline gap-3">
          <p className="min-w-0 flex-1 font-medium [overflow-wrap:anywhere]">{wordsOf(event, spec?.label)}</p>
          <When at={event.at} className="flex-none text-sm text-faint" />
        </div>
        <div className="grid grid-cols-[auto_auto_minmax(0,1fr)_auto_auto] items-center gap-x-2 gap-y-0.5 text-sm">
          {places.map(([word, place]) => (
            <Place key={word} word={word} place={place} own={own} q={q} />
          ))}
        </div>
        {(run !== null || proof !== null) && (
          <div className="flex min-h-6 flex-wrap items-center gap-x-4 gap-y-1 text-sm">
            {run && (
              <span className="flex min-w-0 items-center gap-1.5 text-muted">
                <Workflow className="size-3.5 flex-none text-faint" aria-hidden />
                <Link
                  to="/executions/$executionId"
                  params={{ executionId: run.execution_id }}
                  title={t('Open this run of {{job}}', { job: run.job_name })}
                  className="truncate text-accent-ink hover:underline"
                >
                  {run.job_name}
                </Link>
                {run.chain_name !== null && <span className="truncate" title={run.chain_name}>{t('in the chain {{chain}}', { chain: run.chain_name })}</span>}
              </span>
            )}
            {proof && <ProofLabel proof={proof} />}
            {delivery && (
              <span className="ml-auto">
                <SendAgain delivery={delivery} />
              </span>
            )}
          </div>
        )}
      </div>
    </li>
  );
}

/** The two ends of an event, each with the word before it. One that stayed where it was has one end. */
function placesOf({ fate, source, result }: FileEvent): [word: string, place: FilePlace][] {
  if (fate === 'checked') return [[t('at'), result ?? source] as const].flatMap(([word, place]) => (place ? [[word, place]] : []));
  return [
    ...(source ? [[fate === 'removed' ? t('at') : t('from'), source] as [string, FilePlace]] : []),
    ...(result ? [[fate === 'made' ? t('into') : t('to'), result] as [string, FilePlace]] : []),
  ];
}

/** What can be sent again: what a run has sent. */
function deliveryOf({ fate, source, result, proof }: FileEvent): Delivery | null {
  const { connection_id: connectionId, sha256 } = result ?? { connection_id: null, sha256: null };
  if (fate !== 'sent' || !proof || !source || !result || connectionId === null || sha256 === null) return null;
  return { receiptId: proof.receipt_id, connectionId, server: result.connection_name, remote: result.path, local: source.path, size: result.size, sha256 };
}

/** Where a file was; what has other bytes than the file whose life it is leads to its own. */
function Place({ word, place, own, q }: { word: string; place: FilePlace; own: string; q: string }) {
  const Icon = place.connection_id === null ? Monitor : Server;
  const where = place.connection_id === null ? t('This machine') : (place.connection_name ?? t('A server'));
  return (
    <div className="contents" data-place={place.path}>
      <span className="text-faint">{word}</span>
      <span title={where}>
        <Icon className="size-3.5 text-faint" aria-hidden />
        <span className="sr-only">{`${where}:`}</span>
      </span>
      <span className="flex min-w-0 items-center gap-1">
        <MiddlePath text={place.path} />
        {place.connection_id === null && <ShowInFiles path={place.path} />}
      </span>
      <span className="num text-right text-faint">{place.size === null ? '' : bytes(place.size)}</span>
      {place.sha256 !== null && place.sha256 !== own ? (
        <Link
          to="/files"
          search={{ ...(q === '' ? {} : { q }), file: place.sha256 }}
          title={`${place.sha256}\n${t('Other bytes: open their own life')}`}
          data-relative={place.sha256}
          className="mono text-accent-ink hover:underline"
        >
          {shortHash(place.sha256)}
        </Link>
      ) : (
        <span />
      )}
    </div>
  );
}
