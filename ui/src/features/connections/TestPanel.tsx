/** The test, stage by stage: how far it came, where it stopped and what to do. */
import { Check, Copy, Minus, RotateCcw, ShieldAlert, X, Zap } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Button, Spinner } from '@/components/Button';
import { ErrorNotice } from '@/components/ErrorState';
import { Notice } from '@/components/Notice';
import { KeyValues, SectionHead } from '@/components/Page';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { presentation, type ConnectionView, type ErrorCode, type Stage, type StageReport, type TestReport } from '@/ipc';
import { cn } from '@/lib/cn';
import { duration, shortTime } from '@/lib/format';
import { usualPort, type EditedConnection } from './draft';
import { failedStage, stagesOf, type TestRun } from './tests';
import { CertificateDialog } from './trust/CertificateDialog';
import { CertificateFacts } from './trust/CertificateFacts';
import { HostKeyDialog } from './trust/HostKeyDialog';

const NAMES: Record<Stage, string> = {
  jump: t('Jump host'),
  dns: t('Find the name'),
  tcp: t('Open port'),
  banner: t('Greeting'),
  key_exchange: t('Agree on encryption'),
  host_key: t('Host key'),
  tls: 'TLS',
  certificate: t('Certificate'),
  authentication: t('Log in'),
  list: t('List folder'),
  write: t('Write and rename'),
  clock: t('Clock difference'),
  capabilities: t('Server features'),
};

const ASKS_ABOUT_KEY: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['host_key_changed', 'host_key_unknown', 'host_key_revoked']);
const ASKS_ABOUT_CERTIFICATE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['certificate_untrusted', 'certificate_changed']);

interface Props {
  view: ConnectionView | null;
  run: TestRun | undefined;
  unsaved: boolean;
  draft: EditedConnection;
  onTest: () => void;
}

export function TestPanel({ view, run, unsaved, draft, onTest }: Props) {
  const [comparing, setComparing] = useState(false);
  const failed = failedStage(run);
  const total = run?.stages.reduce((sum, stage) => sum + stage.millis, 0) ?? 0;
  const report = run?.report ?? null;
  const stages = stagesOf(draft);
  const reached = run?.stages.filter((stage) => stages.includes(stage.stage)).length ?? 0;
  const key = failed?.code && ASKS_ABOUT_KEY.has(failed.code) ? report?.fingerprint : null;
  const certificate = failed?.code && ASKS_ABOUT_CERTIFICATE.has(failed.code) ? report?.certificate : null;
  const found = (stage: Stage) => run?.stages.find((one) => one.stage === stage)?.detail ?? '';
  const trusted = () => {
    setComparing(false);
    onTest();
  };
  const button = unsaved ? t('Save and test') : run && !run.running ? t('Test again') : t('Test');
  return (
    <aside aria-label={t('Test')} className="flex min-h-0 min-w-0 flex-col border-l border-line">
      <SectionHead
        className="h-11 border-b border-line px-4"
        title={t('Test')}
        count={run && !run.running ? failed ? t('{{at}}, stopped after {{time}}', { at: shortTime(run.at), time: duration(total) }) : t('{{at}}, passed in {{time}}', { at: shortTime(run.at), time: duration(total) }) : undefined}
        aside={
          <Button id="test-connection" size="sm" busy={run?.running} onClick={onTest}>
            {!run?.running && (run ? <RotateCcw /> : <Zap />)}
            {button}
          </Button>
        }
      />
      <div role="region" aria-label={t('Result of the test')} tabIndex={0} className="min-h-0 flex-1 overflow-y-auto" data-test={run ? (run.running ? 'running' : failed || run.error ? 'failed' : 'passed') : 'none'}>
        {!run && (
          <p className="px-4 pt-3 text-sm text-muted">
            {t('The test logs in, lists the folder, writes and removes a small file. It shows each stage, so you see what to ask the partner for.')}
          </p>
        )}
        {run?.error && <ErrorNotice error={run.error} className="mx-4 mt-3" />}
        {failed && !run?.running && (
          <div className="px-4 pt-3">
            <FailedNotice
              stage={failed}
              compare={key ? t('Compare keys') : certificate ? t('Look at the certificate') : null}
              onCompare={() => setComparing(true)}
              onCopy={() => copyReport(view?.connection.name ?? '', (run?.stages ?? []).filter((stage) => stages.includes(stage.stage)))}
            />
          </div>
        )}
        {run && !run.running && !failed && !run.error && (
          <div className="px-4 pt-3">
            <Notice tone="ok" title={t('Everything works')}>
              {t('All {{count}} stages passed.', { count: run.stages.filter((stage) => stage.state === 'passed').length })}
            </Notice>
            {report && report.legacy_algorithms.length > 0 && (
              <Notice tone="fail" title={t('The session uses legacy algorithms')} className="mt-2">
                {t("{{algorithms}}: no longer safe. Ask the server's owner to renew it.", { algorithms: report.legacy_algorithms.join(', ') })}
              </Notice>
            )}
          </div>
        )}
        <ol className="px-4 pt-2 pb-3" aria-live="polite">
          {stages.map((stage, index) => (
            <StageLine
              key={stage}
              name={stage === 'tcp' ? `${NAMES.tcp} ${draft.port ?? usualPort(draft.protocol, draft.tls_mode)}` : NAMES[stage]}
              stage={stage}
              first={index === 0}
              report={run?.stages.find((report) => report.stage === stage)}
              next={Boolean(run?.running) && reached === index}
            />
          ))}
        </ol>
        {report?.certificate && (
          <section aria-label={t('Certificate')} className="border-t border-line px-4 py-3">
            <h3 className="pb-2 font-semibold">{t('Certificate')}</h3>
            <CertificateFacts certificate={report.certificate} fingerprint />
          </section>
        )}
        {report?.passed && <Learned report={report} />}
      </div>
      {comparing && view && run && report && key && (
        <HostKeyDialog
          view={view}
          shown={{ fingerprint: key, keyType: report.key_type ?? '', greeting: found('banner'), address: found('dns'), at: run.at }}
          expected={report.known_fingerprints.filter((known) => known !== key)}
          onClose={() => setComparing(false)}
          onTrusted={trusted}
        />
      )}
      {comparing && view && run && report && certificate && (
        <CertificateDialog
          view={view}
          certificate={certificate}
          expected={report.known_fingerprints.filter((known) => known !== certificate.thumbprint)}
          cause={firstSentence(failed?.detail ?? '')}
          at={run.at}
          onClose={() => setComparing(false)}
          onTrusted={trusted}
        />
      )}
    </aside>
  );
}

/** What the test learned about the server. */
function Learned({ report }: { report: TestReport }) {
  const { algorithms, capabilities, clock_difference_sec: clock } = report;
  const yes = (can: boolean, no: string) => (can ? <span className="text-ok">{t('yes')}</span> : no);
  const rows: [string, ReactNode][] = [];
  if (algorithms.encryption) rows.push([t('Encryption'), <span key="encryption" className="mono">{algorithms.encryption}</span>]);
  if (algorithms.key_exchange) rows.push([t('Key exchange'), <span key="exchange" className="mono">{algorithms.key_exchange}</span>]);
  if (clock !== null) rows.push([t('Clock'), clock === 0 ? t('the same as ours') : clock > 0 ? t('{{duration}} ahead of ours', { duration: duration(Math.abs(clock) * 1000) }) : t('{{duration}} behind ours', { duration: duration(Math.abs(clock) * 1000) })]);
  if (capabilities) {
    rows.push([t('Atomic rename'), yes(capabilities.atomic_replace, t('no, the old file goes first'))]);
    rows.push([t('Server checksum'), yes(capabilities.server_checksum, t('no, read back instead'))]);
    rows.push([t('Goes on after a cut'), yes(capabilities.resume_download && capabilities.resume_upload, t('no, starts again'))]);
  }
  if (rows.length === 0) return null;
  return (
    <section aria-label={t('About the server')} className="border-t border-line px-4 py-3">
      <h3 className="pb-2 font-semibold">{t('About the server')}</h3>
      <KeyValues className="num" rows={rows} />
    </section>
  );
}

/** What follows are the certificate's facts, which have a place of their own. */
const firstSentence = (text: string) => text.replace(/\.\s.*$/s, '.');

function FailedNotice({ stage, compare, onCompare, onCopy }: { stage: StageReport; compare: string | null; onCompare: () => void; onCopy: () => void }) {
  const shown = stage.code ? presentation({ code: stage.code, hint: stage.hint }) : null;
  return (
    <Notice
      tone="fail"
      icon={compare ? ShieldAlert : undefined}
      title={shown ? `${shown.title}.` : t('{{stage}} failed.', { stage: NAMES[stage.stage] })}
      actions={
        <>
          {compare && (
            <Button id="compare-keys" size="sm" onClick={onCompare}>
              {compare}
            </Button>
          )}
          <Button size="sm" variant="ghost" onClick={onCopy}>
            <Copy />
            {t('Copy report')}
          </Button>
        </>
      }
    >
      {(stage.stage === 'host_key' || stage.stage === 'certificate') && `${t('Stopped before log-in: no password and no key was used.')} `}
      {compare === null && stage.detail && <p className="selectable pb-1 break-words text-ink">{stage.detail}</p>}
      {stage.code === 'host_key_changed' ? null : (shown?.hint ?? stage.hint)}
    </Notice>
  );
}

const STATES: Record<StageReport['state'] | 'running' | 'waiting', string> = {
  passed: t('passed'),
  failed: t('failed'),
  skipped: t('skipped'),
  running: t('running'),
  waiting: t('not tried'),
};

function StageLine({ name, stage, report, next, first }: { name: string; stage: Stage; report: StageReport | undefined; next: boolean; first: boolean }) {
  const state = report?.state ?? (next ? 'running' : 'waiting');
  const untried = state === 'skipped' || state === 'waiting';
  return (
    <li
      data-stage={stage}
      data-stage-state={state}
      className={cn('relative grid h-7 grid-cols-[16px_130px_minmax(0,1fr)_auto] items-center gap-2.5', untried && 'text-faint')}
    >
      {!first && <span className="absolute -top-1.5 left-[7.5px] h-3 w-px bg-line-control" aria-hidden />}
      <span
        className={cn(
          'z-1 grid size-4 place-items-center rounded-full border-[1.5px] bg-bg [&_svg]:size-[9px] [&_svg]:stroke-[3.2]',
          state === 'passed' && 'border-ok-solid bg-ok-soft text-ok',
          state === 'failed' && 'border-fail-solid bg-fail-solid text-white',
          state === 'running' && 'border-run-solid text-run',
          untried && 'border-line-control',
        )}
        aria-hidden
      >
        {state === 'passed' && <Check />}
        {state === 'failed' && <X />}
        {state === 'running' && <Spinner />}
        {state === 'skipped' && <Minus />}
      </span>
      <span className={cn('truncate', state === 'failed' && 'font-medium')}>
        {name}
        <span className="sr-only">: {STATES[state]}</span>
      </span>
      <span className={cn('selectable truncate text-sm', state === 'failed' ? 'text-fail' : untried ? 'text-faint' : 'text-muted')} title={report?.detail}>
        {report ? report.detail || (untried ? t('not tried') : '') : ''}
      </span>
      <span className="num text-right text-sm text-faint">{report && !untried ? duration(report.millis) : ''}</span>
    </li>
  );
}

function copyReport(name: string, stages: readonly StageReport[]): void {
  const lines = stages.map((stage) => `${STATES[stage.state].padEnd(8)} ${NAMES[stage.stage]}: ${stage.detail} (${duration(stage.millis)})`);
  void navigator.clipboard.writeText([t('Test of {{name}}', { name }), ...lines].join('\n')).then(
    () => toast.done(t('Report copied'), t('It holds no password and no key.')),
    () => toast.failed(new Error(t('The clipboard is not available.'))),
  );
}
