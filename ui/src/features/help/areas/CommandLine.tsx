/** Help: the command line. */
import { rich, t } from '@/i18n';
import { Code, GoTo, Lines, P, Part, Points, See } from '../parts';

export function CommandLine() {
  return (
    <>
      <Part id="command" title={t('The command')}>
        <P>
          {rich('<code>courier</code> does what the window does, on the same data, also while the window is open. <code>courier --help</code> lists everything; with <code>--json</code> every command prints JSON and nothing else.', { code: (inner) => <Code>{inner}</Code> })}
        </P>
        <Lines>
          {'courier run fetch-invoices --param day=monday\ncourier run fetch-invoices --dry-run\ncourier execution list --state failed\ncourier connection test partner\ncourier file where invoice-1.csv\ncourier step-types sftp.download'}
        </Lines>
      </Part>
      <Part id="agent" title={t('Without a window')}>
        <Points>
          <li>
            {rich('<code>courier agent</code> runs jobs, fires schedules and watches monitors until it is told to stop. <code>courier agent install</code> makes it a service that starts by itself.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
          <li>
            {rich('<code>courier --database postgres://…</code> works on a shared database.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
        </Points>
      </Part>
      <Part id="bundles" title={t('Bundles')}>
        <P>
          {rich('Everything can be written as YAML: settings, tags, calendars, keys, connections, jobs, chains, monitors and notification rules. <code>courier export</code> writes it without a secret, <code>courier apply -f FILE</code> puts it into effect, all of it or nothing.', { code: (inner) => <Code>{inner}</Code> })}
        </P>
        <Points>
          <li>
            {rich('<code>apply --dry-run</code> shows each field that would change. <code>--prune</code> deletes what the bundle does not name.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
          <li>
            {rich('Secrets come from the environment: {{code}}.', { code: <Code>{'password: { env: PARTNER_PASSWORD }'}</Code> })}
          </li>
        </Points>
      </Part>
      <Part id="database" title={t('The database')}>
        <Points>
          <li>
            {rich('<code>courier db backup FILE</code> copies it while Courier runs; keep vault.json and the recovery code as well, apart from it.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
          <li>
            {rich('<code>courier db check</code> looks whether it is whole, <code>courier db restore FILE</code> puts a backup in its place.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
          <li>{t('An update of Courier backs it up by itself before it changes tables.')}</li>
        </Points>
      </Part>
      <Part id="trouble" title={t('When something is wrong')}>
        <Points>
          <li>
            {rich('<code>courier doctor</code> checks database, vault, keys, disk, clock and the other Couriers.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
          <li>
            {rich('<code>courier version</code> says what this Courier is made of.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
        </Points>
      </Part>
      <See>
        <GoTo to="/settings" hash="about">{t('Settings: About')}</GoTo>
        <GoTo to="/settings" hash="nodes">{t('Settings: Nodes')}</GoTo>
      </See>
    </>
  );
}
