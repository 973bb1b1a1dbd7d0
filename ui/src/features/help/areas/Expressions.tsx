/** Help: expressions and pills. */
import { Code, GoTo, Lines, P, Part, Points, See } from '../parts';

export function Expressions() {
  return (
    <>
      <Part id="pills" title="Pills">
        <P>
          In most fields of a step you can type <Code>{'{'}</Code> to choose what an earlier step made, a parameter of the job, a date. What you choose becomes a pill. It keeps its step when that is renamed, and turns red when what it names
          is not there any more.
        </P>
        <P>Behind a pill stands an expression in double braces, which you can also type yourself.</P>
      </Part>
      <Part id="names" title="What there is to name">
        <Points>
          <li>
            <Code>steps.download.files</Code>: what an earlier step handed on. The step’s page here lists its outputs.
          </li>
          <li>
            <Code>params.day</Code>: a value that the run was started with.
          </li>
          <li>
            <Code>now</Code>: when the step begins, in the job’s time zone. <Code>{"now | date('%Y-%m-%d')"}</Code> writes it as you like. <Code>execution.started_at</Code> is when the run began.
          </li>
          <li>
            <Code>job.name</Code>, <Code>execution.id</Code>, <Code>execution.triggered_by</Code>: of the job and its run.
          </li>
          <li>
            <Code>loop.item</Code>, <Code>loop.index</Code>, <Code>loop.parent</Code>: inside a For each.
          </li>
          <li>
            <Code>monitor.files</Code>, <Code>monitor.name</Code>, <Code>monitor.event</Code>: in a run that a monitor started.
          </li>
          <li>
            <Code>chain.fetch.steps.download.files</Code>: in a run of a chain, what an earlier member handed on.
          </li>
          <li>
            <Code>name</Code>, <Code>stem</Code>, <Code>extension</Code>, <Code>modified_at</Code>: of each file, in the New name of Rename.
          </li>
        </Points>
      </Part>
      <Part id="writing" title="Writing them">
        <Lines>{"/data/{{ now | date('%Y/%m') }}/{{ params.partner }}/\n{{ steps.list.file_count > 3 and params.full }}\n{{ steps.download.files | length }}"}</Lines>
        <Points>
          <li>A value that is one expression alone keeps its type: a list stays a list, a number a number.</li>
          <li>In a path, what an expression yields is taken as it is: a * in a file’s name is no pattern. A * that you type is one.</li>
          <li>A name that is not known fails, and says which names there are. It never becomes an empty text by itself.</li>
          <li>Secrets can be named by no expression.</li>
          <li>What an expression yields is never read as an expression again.</li>
        </Points>
      </Part>
      <Part id="paths" title="Patterns in paths">
        <Points>
          <li>
            <Code>*</Code> stands for any part of one name, <Code>**</Code> also for folders, <Code>?</Code> for one sign.
          </li>
          <li>A path that is not absolute is meant from the run’s own folder, which is removed once nothing can go on from it.</li>
        </Points>
      </Part>
      <See>
        <GoTo to="/jobs/new">A new job</GoTo>
        <GoTo to="/help/steps/$typeKey" params={{ typeKey: 'flow.foreach' }}>
          Help: For each
        </GoTo>
        <GoTo to="/help/steps/$typeKey" params={{ typeKey: 'context.set' }}>
          Help: Set values
        </GoTo>
      </See>
    </>
  );
}
