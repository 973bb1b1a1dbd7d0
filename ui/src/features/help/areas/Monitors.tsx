/** Help: monitors. */
import { Code, GoTo, Note, Notes, P, Part, Points, See } from '../parts';

export function Monitors() {
  return (
    <>
      <Part id="monitors" title="Monitors">
        <P>A monitor looks at a folder, here or on a server, and starts jobs and chains for the files in it.</P>
        <Points>
          <li>What is in the folder when the monitor is saved or activated is known and starts nothing.</li>
          <li>What comes while it is paused starts something when it goes on.</li>
          <li>
            Names of unfinished files, such as <Code>*.part</Code> and <Code>*.tmp</Code>, are left alone unless a pattern ends like that.
          </li>
          <li>A file counts once for its size and time. A new time or size makes it a changed file.</li>
          <li>The test below the patterns shows which files match now, and why others do not.</li>
        </Points>
      </Part>
      <Part id="form" title="The form">
        <Notes>
          <Note field="Name">What the monitor is called in lists, messages and expressions.</Note>
          <Note field="Where the folder is">On this computer, or on the server of a connection.</Note>
          <Note field="Connection">The server whose folder is looked at.</Note>
          <Note field="Path" example="/data/inbox">
            The folder. On a network share it is only looked at from time to time, since the system does not tell of changes there.
          </Note>
          <Note field="Patterns" example="*.csv">
            Which names count, one a line. With a slash the pattern is about the path below the folder. None means every file.
          </Note>
          <Note field="Left out" example="*_draft.csv">
            Names that never count, one a line.
          </Note>
          <Note field="Files in one run, at most">Of files that are ready together, how many one run is started with. The oldest come first; the rest follows in another run.</Note>
          <Note field="Every">How often the folder is looked at. Local folders are watched as well, so that new files are noticed at once; the look makes sure.</Note>
          <Note field="A file is ready once unchanged for">A local file counts when its size and time stood still that long; once its writer has closed it, a tenth is enough. A file on a server counts when two looks in a row find it the same.</Note>
          <Note field="In error after">So many looks in a row that failed. Then it stops and waits until somebody acknowledges it. A wrong password or a changed host key is an error at once.</Note>
          <Note field="Looked at by">Which Courier looks, where several share a database. Any: whichever comes first; when it falls silent another one takes over.</Note>
          <Note field="Tags">Mark monitors as belonging together, for lists and notification rules.</Note>
          <Note field="Notes">For whoever looks after it.</Note>
          <Note field="Names, one a line">Names to try the patterns on, without any file being there.</Note>
        </Notes>
      </Part>
      <Part id="expected" title="Expected files">
        <P>
          A monitor can wait for files: at least so many by a time of day. If they are missing then, an event tells it, and another one when they have come. Only files that have started something count, so leave room for the
          interval.
        </P>
        <Notes>
          <Note field="At least">How many different files have to come.</Note>
          <Note field="By" example="09:00">
            The time of day by which they have to be there.
          </Note>
          <Note field="From" usual="The deadline before">
            From when files count for a deadline.
          </Note>
          <Note field="Time zone">The clock that the times are meant by.</Note>
          <Note field="Names like" example="sales*.csv">
            Which of the files that count for the monitor are meant.
          </Note>
          <Note field="Except on the days of">A calendar whose days have no deadline.</Note>
        </Notes>
      </Part>
      <Part id="hand" title="By hand">
        <Points>
          <li>Files seen lists what started something. Forget lets files start it again at the next look, Run again does so at once.</li>
          <li>Pausing all monitors, here or in the tray, pauses those that are active; resuming all lets just those go on.</li>
        </Points>
      </Part>
      <See>
        <GoTo to="/monitors">Monitors</GoTo>
        <GoTo to="/monitors/new">A new monitor</GoTo>
        <GoTo to="/settings" hash="policies">Settings: Limits and policies</GoTo>
      </See>
    </>
  );
}
