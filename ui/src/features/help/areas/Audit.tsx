/** Help: the record of changes. */
import { Code, GoTo, Note, Notes, P, Part, Points, See } from '../parts';

export function Audit() {
  return (
    <>
      <Part id="record" title="The record">
        <P>Every change is on the record: who, when, what, before and after. An entry is written together with the change itself, or neither is.</P>
        <Points>
          <li>Also on it: a host key or certificate that was trusted, files moved by hand, keys used and exported. Secrets never are.</li>
          <li>It can be narrowed by kind, operation, person and time.</li>
        </Points>
      </Part>
      <Part id="verify" title="Whether it is whole">
        <P>
          Each entry holds a hash of itself and of the one before it. Verify computes all of them anew and compares them with signed checkpoints; if somebody has changed the database, it says where. Checkpoints can also be written to a file
          elsewhere, which whoever owns the database cannot change.
        </P>
      </Part>
      <Part id="export" title="Export">
        <Notes>
          <Note field="Format">How the entries are written.</Note>
          <Note field="What">All of the record, or the time that the list is narrowed to.</Note>
        </Notes>
        <P>
          <Code>courier audit verify</Code> and <Code>courier audit export</Code> do the same on the command line.
        </P>
      </Part>
      <See>
        <GoTo to="/audit">Audit</GoTo>
        <GoTo to="/settings" hash="policies">Settings: Limits and policies</GoTo>
      </See>
    </>
  );
}
