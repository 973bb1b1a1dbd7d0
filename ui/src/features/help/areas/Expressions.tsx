/** Help: expressions and pills. */
import { rich, t } from '@/i18n';
import { Code, GoTo, Lines, P, Part, Points, See } from '../parts';

export function Expressions() {
  return (
    <>
      <Part id="pills" title={t('Pills')}>
        <P>
          {rich('In most fields of a step you can type {{code}} to choose what an earlier step made, a parameter of the job, a date. What you choose becomes a pill. It keeps its step when that is renamed, and turns red when what it names is not there any more.', { code: <Code>{'{'}</Code> })}
        </P>
        <P>{t('Behind a pill stands an expression in double braces, which you can also type yourself.')}</P>
      </Part>
      <Part id="names" title={t('What there is to name')}>
        <Points>
          <li>
            {rich('<code>steps.download.files</code>: what an earlier step handed on. The step’s page here lists its outputs.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
          <li>
            {rich('<code>params.day</code>: a value that the run was started with.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
          <li>
            {rich('<code>now</code>: when the step begins, in the job’s time zone. {{code2}} writes it as you like. <code>execution.started_at</code> is when the run began.', { code: (inner) => <Code>{inner}</Code>, code2: <Code>{"now | date('%Y-%m-%d')"}</Code> })}
          </li>
          <li>
            {rich('<code>job.name</code>, <code>execution.id</code>, <code>execution.triggered_by</code>: of the job and its run.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
          <li>
            {rich('<code>loop.item</code>, <code>loop.index</code>, <code>loop.parent</code>: inside a For each.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
          <li>
            {rich('<code>monitor.files</code>, <code>monitor.name</code>, <code>monitor.event</code>: in a run that a monitor started.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
          <li>
            {rich('<code>chain.fetch.steps.download.files</code>: in a run of a chain, what an earlier member handed on.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
          <li>
            {rich('<code>name</code>, <code>stem</code>, <code>extension</code>, <code>modified_at</code>: of each file, in the New name of Rename.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
        </Points>
      </Part>
      <Part id="writing" title={t('Writing them')}>
        <Lines>{"/data/{{ now | date('%Y/%m') }}/{{ params.partner }}/\n{{ steps.list.file_count > 3 and params.full }}\n{{ steps.download.files | length }}"}</Lines>
        <Points>
          <li>{t('A value that is one expression alone keeps its type: a list stays a list, a number a number.')}</li>
          <li>{t('In a path, what an expression yields is taken as it is: a * in a file’s name is no pattern. A * that you type is one.')}</li>
          <li>{t('A name that is not known fails, and says which names there are. It never becomes an empty text by itself.')}</li>
          <li>{t('Secrets can be named by no expression.')}</li>
          <li>{t('What an expression yields is never read as an expression again.')}</li>
        </Points>
      </Part>
      <Part id="paths" title={t('Patterns in paths')}>
        <Points>
          <li>
            {rich('{{code}} stands for any part of one name, {{code2}} also for folders, {{code3}} for one sign.', { code: <Code>*</Code>, code2: <Code>**</Code>, code3: <Code>?</Code> })}
          </li>
          <li>{t('A path that is not absolute is meant from the run’s own folder, which is removed once nothing can go on from it.')}</li>
        </Points>
      </Part>
      <See>
        <GoTo to="/jobs/new">{t('A new job')}</GoTo>
        <GoTo to="/help/steps/$typeKey" params={{ typeKey: 'flow.foreach' }}>
          {t('Help: For each')}
        </GoTo>
        <GoTo to="/help/steps/$typeKey" params={{ typeKey: 'context.set' }}>
          {t('Help: Set values')}
        </GoTo>
      </See>
    </>
  );
}
