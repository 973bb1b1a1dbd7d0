/** Help: the command line. */
import { Code, GoTo, Lines, P, Part, Points, See } from '../parts';

export function CommandLine() {
  return (
    <>
      <Part id="command" title="The command">
        <P>
          <Code>courier</Code> does what the window does, on the same data, also while the window is open. <Code>courier --help</Code> lists everything; with <Code>--json</Code> every command prints JSON and nothing else.
        </P>
        <Lines>
          {'courier run fetch-invoices --param day=monday\ncourier run fetch-invoices --dry-run\ncourier execution list --state failed\ncourier connection test partner\ncourier file where invoice-1.csv\ncourier step-types sftp.download'}
        </Lines>
      </Part>
      <Part id="agent" title="Without a window">
        <Points>
          <li>
            <Code>courier agent</Code> runs jobs, fires schedules and watches monitors until it is told to stop. <Code>courier agent install</Code> makes it a service that starts by itself.
          </li>
          <li>
            <Code>courier --database postgres://…</Code> works on a shared database.
          </li>
        </Points>
      </Part>
      <Part id="bundles" title="Bundles">
        <P>
          Everything can be written as YAML: settings, tags, calendars, keys, connections, jobs, chains, monitors and notification rules. <Code>courier export</Code> writes it without a secret, <Code>courier apply -f FILE</Code> puts it into
          effect, all of it or nothing.
        </P>
        <Points>
          <li>
            <Code>apply --dry-run</Code> shows each field that would change. <Code>--prune</Code> deletes what the bundle does not name.
          </li>
          <li>
            Secrets come from the environment: <Code>{'password: { env: PARTNER_PASSWORD }'}</Code>.
          </li>
        </Points>
      </Part>
      <Part id="database" title="The database">
        <Points>
          <li>
            <Code>courier db backup FILE</Code> copies it while Courier runs; keep vault.json and the recovery code as well, apart from it.
          </li>
          <li>
            <Code>courier db check</Code> looks whether it is whole, <Code>courier db restore FILE</Code> puts a backup in its place.
          </li>
          <li>An update of Courier backs it up by itself before it changes tables.</li>
        </Points>
      </Part>
      <Part id="trouble" title="When something is wrong">
        <Points>
          <li>
            <Code>courier doctor</Code> checks database, vault, keys, disk, clock and the other Couriers.
          </li>
          <li>
            <Code>courier version</Code> says what this Courier is made of.
          </li>
        </Points>
      </Part>
      <See>
        <GoTo to="/settings" hash="about">Settings: About</GoTo>
        <GoTo to="/settings" hash="nodes">Settings: Nodes</GoTo>
      </See>
    </>
  );
}
