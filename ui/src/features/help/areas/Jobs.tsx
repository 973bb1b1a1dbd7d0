/** Help: jobs and the builder. */
import { rich, t } from '@/i18n';
import { Code, GoTo, Note, Notes, P, Part, Points, See } from '../parts';

export function Jobs() {
  return (
    <>
      <Part id="jobs" title={t('Jobs')}>
        <P>{t('A job is a list of steps. The list of jobs shows how each ended last and when it starts next. Select several to enable, tag or delete them together.')}</P>
        <Points>
          <li>{t('A disabled job starts neither by hand nor by itself.')}</li>
          <li>{t('From a template offers common jobs, whose servers, keys and folders are left to fill in.')}</li>
        </Points>
      </Part>
      <Part id="builder" title={t('The builder')}>
        <P>{t('At the left are the step types, in the middle the steps, at the right everything about the selected step.')}</P>
        <Points>
          <li>{t('Drag a step type into the list, or press Enter on it. Every drag has a key, too; the All keys button lists them.')}</li>
          <li>{t('If and For each are blocks with steps inside; steps can be dragged into them and out again.')}</li>
          <li>
            {rich('<code>Ctrl C</code> and <code>Ctrl V</code> copy steps from job to job, as the YAML of a bundle.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
          <li>{t('Problems are listed below as you go. A click goes to the field.')}</li>
          <li>{t('A step that is disabled is left out and hands nothing on.')}</li>
        </Points>
      </Part>
      <Part id="versions" title={t('Drafts and versions')}>
        <Points>
          <li>{t('What you change is kept as a draft on this computer. Save makes a new version; runs use the newest one.')}</li>
          <li>{t('The version beside the job’s name opens all versions: what changed, step by step, and going back to one, which makes a new version.')}</li>
          <li>{t('If somebody else has saved meanwhile, you are asked before anything is overwritten.')}</li>
        </Points>
      </Part>
      <Part id="dry-run" title={t('Dry run')}>
        <P>
          {t('A dry run goes through the steps with real listings, keys and rights and writes nothing anywhere. Each step is looked at as if those before it had been done. It finds missing files, refused logins, changed host keys, keys that have expired, full disks, missing rights. It does not read content, so it checks no signatures and no checksums.')}
        </P>
      </Part>
      <Part id="settings" title={t('Settings of a job')}>
        <Notes>
          <Note field={t('Name')}>{t('What the job is called in lists, messages and on the command line.')}</Note>
          <Note field={t('Description')}>{t('Whoever looks after the job reads it: what it is for, and who to ask.')}</Note>
          <Note field={t('If a step fails')} usual={t('Stop')}>
            {t('What happens when a step fails and has no rule of its own: stop, try the step again with growing pauses, begin the job again, or skip the step and go on. Only what may pass by itself is tried again, such as a lost connection; a wrong password is not.')}
          </Note>
          <Note field={t('At the same time')}>{t('How many runs of this job may go on at once. Further ones wait.')}</Note>
          <Note field={t('Priority')}>{t('Of runs that wait, those of a job with a higher number begin first.')}</Note>
          <Note field={t('Time zone')}>{t('In which zone the dates in the job’s expressions are.')}</Note>
          <Note field={t('Tags')}>{t('Mark jobs as belonging together, for lists and for notification rules.')}</Note>
          <Note field={t('Another job to wait for')}>{t('A run of this job then waits until that job has been done since this one last started, or is started by its end.')}</Note>
          <Note field={t('If this step fails')} usual={t('As the job says')}>{t('The step’s own rule, in place of the job’s.')}</Note>
        </Notes>
      </Part>
      <See>
        <GoTo to="/jobs">{t('Jobs')}</GoTo>
        <GoTo to="/jobs/new">{t('A new job')}</GoTo>
        <GoTo to="/settings/tags">{t('Tags')}</GoTo>
        <GoTo to="/help/areas/$area" params={{ area: 'expressions' }}>
          {t('Help: Expressions')}
        </GoTo>
      </See>
    </>
  );
}
