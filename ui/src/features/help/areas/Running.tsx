/** Help: runs, and what fails. */
import { rich, t } from '@/i18n';
import { Code, GoTo, P, Part, Points, See } from '../parts';

export function Running() {
  return (
    <>
      <Part id="runs" title={t('A run')}>
        <P>{t('A run’s page shows its steps in time, each attempt, what each step handed on, every file with its receipt, and the log. While it runs you see what it is doing, how fast, and how long it will take.')}</P>
        <Points>
          <li>{t('Pause stops at the next safe point and can go on later. Cancel ends the run.')}</li>
          <li>{t('More runs than may go on at the same time wait. How many may is said in the settings.')}</li>
          <li>{t('A run uses the version of the job that was the newest when it was queued.')}</li>
        </Points>
      </Part>
      <Part id="failure" title={t('When it fails')}>
        <P>{t('The page says what kind of thing went wrong, the message itself, and what to do next.')}</P>
        <Points>
          <li>
            {t('Retry makes a new run from the step that failed, or from another one. Results of the steps before are taken over if their files are still there. It can take the version that ran, or the job as it is now.')}
          </li>
          <li>{t('The failure policy of a step, or of the job, tries again by itself what may pass: a lost connection, a server that does not answer, a file that is not there yet.')}</li>
          <li>{t('What needs a person first is not tried again: a host key that changed, a locked vault, a full disk.')}</li>
          <li>{t('What would fail the same way again is not tried again either: a wrong password, a damaged archive, a missing right.')}</li>
        </Points>
      </Part>
      <Part id="crash" title={t('After a crash')}>
        <P>
          {t('A run whose Courier was killed or whose computer went off goes on by itself with the first step that was not over. Steps find their own earlier work and do not do it twice. If that does not get on, it fails after as many tries as the settings say.')}
        </P>
      </Part>
      <Part id="whole" title={t('Files arrive whole')}>
        <Points>
          <li>{t('A download or upload works under a temporary name, is checked, and renamed. Under the final name there is the older file or the whole new one.')}</li>
          <li>{t('After a cut, a transfer goes on where both sides agree, otherwise it begins again.')}</li>
          <li>{t('A source is deleted or moved only after its copy is proven.')}</li>
        </Points>
      </Part>
      <Part id="exit" title={t('For scripts')}>
        <P>
          {rich('<code>courier run</code> ends with the exit status 0 when the run has completed, 4 when the vault stopped it, 6 when a connection, a login or the trust in a server did, 7 when the database did, 130 when it was cancelled, and 1 for other failures.', { code: (inner) => <Code>{inner}</Code> })}
        </P>
      </Part>
      <See>
        <GoTo to="/executions">{t('Executions')}</GoTo>
        <GoTo to="/">{t('Dashboard')}</GoTo>
        <GoTo to="/settings" hash="policies">{t('Settings: Limits and policies')}</GoTo>
      </See>
    </>
  );
}
