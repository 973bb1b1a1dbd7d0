/** How the window looks, how the vault is kept, tags, calendars, which Couriers share the work, and what this one is. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState, type ReactNode } from 'react';
import { useChrome, useCrumbs } from '@/app/chrome';
import { useTheme, type Theme } from '@/app/theme';
import { Button } from '@/components/Button';
import { ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { Badge } from '@/components/State';
import { Segmented } from '@/components/Toggle';
import { Calendars } from '@/features/calendars/Calendars';
import { useShowing } from '@/features/first-steps/useFirstSteps';
import { statusQuery, type VaultState } from '@/ipc';
import type { Tone } from '@/components/State';
import { t } from '@/i18n';
import { AboutCourier } from './AboutCourier';
import { AutostartSwitch } from './AutostartSwitch';
import { Nodes } from './Nodes';
import { RotateDialog } from './RotateDialog';
import { SystemSettings } from './SystemSettings';
import { useSectionInAddress } from './useSectionInAddress';
import { useLockVault } from './useVault';
import { keySource } from './words';

const VAULT: Record<VaultState, { tone: Tone; word: string }> = {
  unlocked: { tone: 'ok', word: t('Open') },
  locked: { tone: 'warn', word: t('Locked') },
  uninitialised: { tone: 'warn', word: t('Not set up') },
  unavailable: { tone: 'fail', word: t('Not reachable') },
};

export function SettingsPage({ newCalendar }: { newCalendar: boolean }) {
  useCrumbs({ label: t('Settings') });
  const status = useQuery(statusQuery());
  const navigate = useNavigate();
  const { theme, setTheme } = useTheme();
  const setVault = useChrome((state) => state.setVault);
  const lock = useLockVault(() => undefined);
  const [rotating, setRotating] = useState(false);
  const content = useRef<HTMLDivElement>(null);
  useSectionInAddress(content, status.isSuccess);
  if (status.isPending) return <SkeletonRows label={t('Loading the settings')} rows={6} />;
  if (status.isError) return <ErrorState error={status.error} what={t('The settings')} onRetry={() => void status.refetch()} />;
  const { vault } = status.data;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-8">
      <h1 className="sr-only">{t('Settings')}</h1>
      <div ref={content} className="max-w-[720px]">
        <Section title={t('Look')} id="look">
          <Line label={t('Theme')} help={t('As the system, or always the same.')}>
            <Segmented<Theme>
              label={t('Theme')}
              value={theme}
              onChange={setTheme}
              segments={[
                { value: 'system', label: t('System'), id: 'theme-system' },
                { value: 'light', label: t('Light'), id: 'theme-light' },
                { value: 'dark', label: t('Dark'), id: 'theme-dark' },
              ]}
            />
          </Line>
        </Section>
        <Section title={t('Start')} id="start">
          <Line label={<span id="autostart-label">{t('Start Courier when I log in, in the tray')}</span>} help={t('Schedules and monitors are then looked after without the window.')}>
            <AutostartSwitch labelledBy="autostart-label" />
          </Line>
          <Line label={t('First steps')} help={t('From the vault to the first run, with what is done and what is next.')}>
            <Button
              id="settings-first-steps"
              onClick={() => {
                useShowing.getState().show();
                void navigate({ to: '/first-steps' });
              }}
            >
              {t('Show the first steps')}
            </Button>
          </Line>
        </Section>
        <Section title={t('Vault')} id="vault">
          <Line label={<span className="flex items-center gap-2">{t('State')}{' '}<Badge tone={VAULT[vault.state].tone}>{VAULT[vault.state].word}</Badge></span>} help={vault.detail}>
            {vault.state === 'unlocked' ? (
              <Button id="settings-lock" busy={lock.isPending} onClick={() => lock.mutate()}>
                {t('Lock')}
              </Button>
            ) : (
              <Button id="settings-vault" variant="primary" onClick={() => setVault(true)}>
                {vault.state === 'uninitialised' ? t('Set up the vault') : t('Unlock')}
              </Button>
            )}
          </Line>
          <Line label={t('Opened by')} help={t("Passwords and private keys are encrypted with the vault's key. It never leaves this computer.")}>
            <span className="text-muted">{keySource(vault.key_source)}</span>
          </Line>
          {vault.state === 'unlocked' && (
            <Line
              label={<span className="flex items-center gap-2">{t('Key')}{' '}{vault.rotating_since && <Badge tone="warn">{t('Being replaced')}</Badge>}</span>}
              help={
                vault.rotating_since
                  ? t('It was not finished. Until then both keys and both recovery codes open the vault.')
                  : t('Replace it when somebody may have seen it. There is a new recovery code then.')
              }
            >
              <Button id="settings-rotate" onClick={() => setRotating(true)}>
                {vault.rotating_since ? t('Go on') : t('Replace')}
              </Button>
            </Line>
          )}
        </Section>
        {rotating && <RotateDialog vault={vault} onClose={() => setRotating(false)} />}
        <Section title={t('Notifications')}>
          <Line label={t('Rules, log and outbox')} help={t('Who is told of what by e-mail, on the desktop, to a web address or a message queue; what was told, and what did not arrive.')}>
            <Button id="settings-notifications" aria-label={t('Open the notifications')} onClick={() => void navigate({ to: '/settings/notifications' })}>
              {t('Open')}
            </Button>
          </Line>
        </Section>
        <Section title={t('Tags')}>
          <Line label={t('Names and colours')} help={t('What marks jobs, chains, monitors, connections and keys as belonging together, and what carries each.')}>
            <Button id="settings-tags" aria-label={t('Open the tags')} onClick={() => void navigate({ to: '/settings/tags' })}>
              {t('Open')}
            </Button>
          </Line>
        </Section>
        <Section title={t('Calendars')} id="calendars">
          <Calendars make={newCalendar ? 'new' : null} onTaken={() => void navigate({ to: '/settings', hash: 'calendars', replace: true })} />
        </Section>
        <Section title={t('Limits and policies')} id="policies">
          <SystemSettings />
        </Section>
        <Section title={t('Nodes')} id="nodes">
          <Nodes />
        </Section>
        <Section title={t('About')} id="about">
          <AboutCourier status={status.data} />
        </Section>
      </div>
    </div>
  );
}

function Section({ title, id, children }: { title: string; id?: string; children: ReactNode }) {
  return (
    <section id={id} className="border-b border-line pt-4 pb-3 last:border-b-0">
      <h2 className="pb-1 font-semibold">{title}</h2>
      {children}
    </section>
  );
}

function Line({ label, help, children }: { label: ReactNode; help: string; children: ReactNode }) {
  return (
    <div className="flex min-h-11 items-center gap-6 py-1.5">
      <div className="min-w-0 flex-1">
        <div className="font-medium">{label}</div>
        <p className="text-sm text-muted">{help}</p>
      </div>
      {children}
    </div>
  );
}
