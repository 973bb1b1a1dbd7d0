/** Help: chains. */
import { rich, t } from '@/i18n';
import { Code, GoTo, Note, Notes, P, Part, Points, See } from '../parts';

export function Chains() {
  return (
    <>
      <Part id="chains" title={t('Chains')}>
        <P>{t('A chain runs jobs one after the other and side by side. It is drawn as a graph, or edited as a list.')}</P>
        <Points>
          <li>{t('Connect two jobs by dragging from one to the other. There can be no circle.')}</li>
          <li>{t('A job starts when all jobs before it are over and each has completed, or when its edge says that it goes on after a failure, too. Otherwise it is skipped, with the reason.')}</li>
          <li>{t('The same job may stand in a chain twice.')}</li>
          <li>{t('A chain fails if a job failed or was cancelled and nobody went on by an edge that allows it.')}</li>
        </Points>
        <Notes>
          <Note field={t('Name')}>{t('How runs and expressions call this place in the chain.')}</Note>
          <Note field={t('Job')}>{t('The job that runs here. Its newest version is used.')}</Note>
        </Notes>
      </Part>
      <Part id="values" title={t('Values')}>
        <P>
          {rich('A parameter of the chain goes to every job that has one of that name. A job’s own values may be expressions over what came before: {{code}}, {{code2}}.', { code: <Code>{'{{ chain.fetch.steps.download.files }}'}</Code>, code2: <Code>{'{{ chain.check.state }}'}</Code> })}
        </P>
      </Part>
      <Part id="runs" title={t('Runs of a chain')}>
        <Points>
          <li>{t('The graph shows what each job is doing. A click leads to the run.')}</li>
          <li>{t('Pause keeps waiting jobs back and brings running ones to a point of return.')}</li>
          <li>{t('Retry does again what failed, was cancelled, or was skipped because of that. What has completed stays.')}</li>
        </Points>
      </Part>
      <See>
        <GoTo to="/chains">{t('Chains')}</GoTo>
        <GoTo to="/help/areas/$area" params={{ area: 'schedules' }}>
          {t('Help: Schedules')}
        </GoTo>
      </See>
    </>
  );
}
