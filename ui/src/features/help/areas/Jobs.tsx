/** Help: jobs and the builder. */
import { Code, GoTo, Note, Notes, P, Part, Points, See } from '../parts';

export function Jobs() {
  return (
    <>
      <Part id="jobs" title="Jobs">
        <P>A job is a list of steps. The list of jobs shows how each ended last and when it starts next. Select several to enable, tag or delete them together.</P>
        <Points>
          <li>A disabled job starts neither by hand nor by itself.</li>
          <li>From a template offers common jobs, whose servers, keys and folders are left to fill in.</li>
        </Points>
      </Part>
      <Part id="builder" title="The builder">
        <P>At the left are the step types, in the middle the steps, at the right everything about the selected step.</P>
        <Points>
          <li>Drag a step type into the list, or press Enter on it. Every drag has a key, too; the All keys button lists them.</li>
          <li>If and For each are blocks with steps inside; steps can be dragged into them and out again.</li>
          <li>
            <Code>Ctrl C</Code> and <Code>Ctrl V</Code> copy steps from job to job, as the YAML of a bundle.
          </li>
          <li>Problems are listed below as you go. A click goes to the field.</li>
          <li>A step that is disabled is left out and hands nothing on.</li>
        </Points>
      </Part>
      <Part id="versions" title="Drafts and versions">
        <Points>
          <li>What you change is kept as a draft on this computer. Save makes a new version; runs use the newest one.</li>
          <li>The version beside the job’s name opens all versions: what changed, step by step, and going back to one, which makes a new version.</li>
          <li>If somebody else has saved meanwhile, you are asked before anything is overwritten.</li>
        </Points>
      </Part>
      <Part id="dry-run" title="Dry run">
        <P>
          A dry run goes through the steps with real listings, keys and rights and writes nothing anywhere. Each step is looked at as if those before it had been done. It finds missing files, refused logins, changed host keys, keys
          that have expired, full disks, missing rights. It does not read content, so it checks no signatures and no checksums.
        </P>
      </Part>
      <Part id="settings" title="Settings of a job">
        <Notes>
          <Note field="Name">What the job is called in lists, messages and on the command line.</Note>
          <Note field="Description">Whoever looks after the job reads it: what it is for, and who to ask.</Note>
          <Note field="If a step fails" usual="Stop">
            What happens when a step fails and has no rule of its own: stop, try the step again with growing pauses, begin the job again, or skip the step and go on. Only what may pass by itself is tried again, such as a lost connection; a
            wrong password is not.
          </Note>
          <Note field="At the same time">How many runs of this job may go on at once. Further ones wait.</Note>
          <Note field="Priority">Of runs that wait, those of a job with a higher number begin first.</Note>
          <Note field="Time zone">In which zone the dates in the job’s expressions are.</Note>
          <Note field="Tags">Mark jobs as belonging together, for lists and for notification rules.</Note>
          <Note field="Another job to wait for">A run of this job then waits until that job has been done since this one last started, or is started by its end.</Note>
          <Note field="If this step fails" usual="As the job says">The step’s own rule, in place of the job’s.</Note>
        </Notes>
      </Part>
      <See>
        <GoTo to="/jobs">Jobs</GoTo>
        <GoTo to="/jobs/new">A new job</GoTo>
        <GoTo to="/settings/tags">Tags</GoTo>
        <GoTo to="/help/areas/$area" params={{ area: 'expressions' }}>
          Help: Expressions
        </GoTo>
      </See>
    </>
  );
}
