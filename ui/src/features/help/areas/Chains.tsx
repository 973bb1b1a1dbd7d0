/** Help: chains. */
import { Code, GoTo, Note, Notes, P, Part, Points, See } from '../parts';

export function Chains() {
  return (
    <>
      <Part id="chains" title="Chains">
        <P>A chain runs jobs one after the other and side by side. It is drawn as a graph, or edited as a list.</P>
        <Points>
          <li>Connect two jobs by dragging from one to the other. There can be no circle.</li>
          <li>A job starts when all jobs before it are over and each has completed, or when its edge says that it goes on after a failure, too. Otherwise it is skipped, with the reason.</li>
          <li>The same job may stand in a chain twice.</li>
          <li>A chain fails if a job failed or was cancelled and nobody went on by an edge that allows it.</li>
        </Points>
        <Notes>
          <Note field="Name">How runs and expressions call this place in the chain.</Note>
          <Note field="Job">The job that runs here. Its newest version is used.</Note>
        </Notes>
      </Part>
      <Part id="values" title="Values">
        <P>
          A parameter of the chain goes to every job that has one of that name. A job’s own values may be expressions over what came before: <Code>{'{{ chain.fetch.steps.download.files }}'}</Code>, <Code>{'{{ chain.check.state }}'}</Code>.
        </P>
      </Part>
      <Part id="runs" title="Runs of a chain">
        <Points>
          <li>The graph shows what each job is doing. A click leads to the run.</li>
          <li>Pause keeps waiting jobs back and brings running ones to a point of return.</li>
          <li>Retry does again what failed, was cancelled, or was skipped because of that. What has completed stays.</li>
        </Points>
      </Part>
      <See>
        <GoTo to="/chains">Chains</GoTo>
        <GoTo to="/help/areas/$area" params={{ area: 'schedules' }}>
          Help: Schedules
        </GoTo>
      </See>
    </>
  );
}
