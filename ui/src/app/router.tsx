/** The pages and their addresses. Each page is a chunk of its own. */
import { createHashHistory, createRootRoute, createRoute, createRouter, type RouterHistory } from '@tanstack/react-router';
import { lazy, Suspense, type ComponentType } from 'react';
import { SkeletonRows } from '@/components/Skeleton';
import { auditSearch } from '@/features/audit/filters';
import type { NotificationsSearch } from '@/features/notifications/NotificationsPage';
import { Frame } from './Frame';
import { NotFound, PageFailed } from './Fallbacks';

const DashboardPage = lazy(async () => ({ default: (await import('@/features/dashboard/DashboardPage')).DashboardPage }));
const FirstStepsPage = lazy(async () => ({ default: (await import('@/features/first-steps/FirstStepsPage')).FirstStepsPage }));
const JobsPage = lazy(async () => ({ default: (await import('@/features/jobs/JobsPage')).JobsPage }));
const BuilderPage = lazy(async () => ({ default: (await import('@/features/jobs/builder/BuilderPage')).BuilderPage }));
const ChainsPage = lazy(async () => ({ default: (await import('@/features/chains/ChainsPage')).ChainsPage }));
const ChainPage = lazy(async () => ({ default: (await import('@/features/chains/ChainPage')).ChainPage }));
const ExecutionsPage = lazy(async () => ({ default: (await import('@/features/executions/ExecutionsPage')).ExecutionsPage }));
const ExecutionPage = lazy(async () => ({ default: (await import('@/features/executions/ExecutionPage')).ExecutionPage }));
const MonitorsPage = lazy(async () => ({ default: (await import('@/features/monitors/MonitorsPage')).MonitorsPage }));
const MonitorPage = lazy(async () => ({ default: (await import('@/features/monitors/MonitorPage')).MonitorPage }));
const ConnectionsPage = lazy(async () => ({ default: (await import('@/features/connections/ConnectionsPage')).ConnectionsPage }));
const KeysPage = lazy(async () => ({ default: (await import('@/features/keys/KeysPage')).KeysPage }));
const FilesPage = lazy(async () => ({ default: (await import('@/features/files/FilesPage')).FilesPage }));
const AuditPage = lazy(async () => ({ default: (await import('@/features/audit/AuditPage')).AuditPage }));
const NotificationsPage = lazy(async () => ({ default: (await import('@/features/notifications/NotificationsPage')).NotificationsPage }));
const RulePage = lazy(async () => ({ default: (await import('@/features/notifications/RulePage')).RulePage }));
const TagsPage = lazy(async () => ({ default: (await import('@/features/tags/TagsPage')).TagsPage }));
const DesignPage = lazy(async () => ({ default: (await import('@/features/design/DesignPage')).DesignPage }));
const HelpShell = lazy(async () => ({ default: (await import('@/features/help/HelpShell')).HelpShell }));
const HelpHome = lazy(async () => ({ default: (await import('@/features/help/HelpPages')).HelpHome }));
const AreaPage = lazy(async () => ({ default: (await import('@/features/help/HelpPages')).AreaPage }));
const StepPage = lazy(async () => ({ default: (await import('@/features/help/StepPage')).StepPage }));
const SettingsPage = lazy(async () => ({ default: (await import('@/features/settings/SettingsPage')).SettingsPage }));

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });

/** A page; while its code loads, where its content will be. Another thing (`of`) is another page. */
function page<P extends object>(Page: ComponentType<P>, props: P, of?: string) {
  return (
    <Suspense fallback={<SkeletonRows />}>
      <Page key={of} {...props} />
    </Suspense>
  );
}

/** A text of the address; one that is written in digits comes as a number. */
function textIn<K extends string>(search: Record<string, unknown>, name: K): { [P in K]?: string } {
  const value = search[name];
  return typeof value === 'string' || typeof value === 'number' ? ({ [name]: String(value) } as { [P in K]?: string }) : {};
}

const dashboard = createRoute({ getParentRoute: () => root, path: '/', component: () => page(DashboardPage, {}) });
const firstSteps = createRoute({ getParentRoute: () => root, path: '/first-steps', component: () => page(FirstStepsPage, {}) });
const jobs = createRoute({
  getParentRoute: () => root,
  path: '/jobs',
  validateSearch: (search): { tag?: string; make?: 'template' } => ({ ...textIn(search, 'tag'), ...(search.make === 'template' ? { make: 'template' as const } : {}) }),
  component: function Jobs() {
    const { tag, make } = jobs.useSearch();
    return page(JobsPage, { tag: tag ?? null, make: make ?? null });
  },
});
const newJob = createRoute({
  getParentRoute: () => root,
  path: '/jobs/new',
  validateSearch: (search): { draft?: string } => textIn(search, 'draft'),
  component: function NewJob() {
    const { draft } = newJob.useSearch();
    return page(BuilderPage, { jobId: null, offered: draft ?? null }, draft);
  },
});
const job = createRoute({
  getParentRoute: () => root,
  path: '/jobs/$jobId',
  component: function Job() {
    const { jobId } = job.useParams();
    return page(BuilderPage, { jobId }, jobId);
  },
});
const chains = createRoute({ getParentRoute: () => root, path: '/chains', component: () => page(ChainsPage, {}) });

/** How a chain is looked at: as a list, one of its runs, another tab. */
const chainSearch = (search: Record<string, unknown>): { view?: 'list'; run?: string; tab?: string } => ({
  ...(search.view === 'list' ? { view: 'list' as const } : {}),
  ...textIn(search, 'run'),
  ...textIn(search, 'tab'),
});
const newChain = createRoute({
  getParentRoute: () => root,
  path: '/chains/new',
  validateSearch: chainSearch,
  component: function NewChain() {
    const { view } = newChain.useSearch();
    return page(ChainPage, { chainId: null, list: view === 'list', run: null, tab: null }, 'new');
  },
});
const chain = createRoute({
  getParentRoute: () => root,
  path: '/chains/$chainId',
  validateSearch: chainSearch,
  component: function Chain() {
    const { chainId } = chain.useParams();
    const { view, run, tab } = chain.useSearch();
    return page(ChainPage, { chainId, list: view === 'list', run: run ?? null, tab: tab ?? null }, chainId);
  },
});
const executions = createRoute({
  getParentRoute: () => root,
  path: '/executions',
  validateSearch: (search): { job?: string } => (typeof search.job === 'string' ? { job: search.job } : {}),
  component: function Executions() {
    const { job: jobId } = executions.useSearch();
    return page(ExecutionsPage, { jobId: jobId ?? null });
  },
});
const execution = createRoute({
  getParentRoute: () => root,
  path: '/executions/$executionId',
  component: function Execution() {
    const { executionId } = execution.useParams();
    return page(ExecutionPage, { executionId }, executionId);
  },
});
const monitors = createRoute({ getParentRoute: () => root, path: '/monitors', component: () => page(MonitorsPage, {}) });
const newMonitor = createRoute({
  getParentRoute: () => root,
  path: '/monitors/new',
  validateSearch: (search): { draft?: string } => textIn(search, 'draft'),
  component: function NewMonitor() {
    const { draft } = newMonitor.useSearch();
    return page(MonitorPage, { monitorId: null, offered: draft ?? null }, draft ?? 'new');
  },
});
const monitor = createRoute({
  getParentRoute: () => root,
  path: '/monitors/$monitorId',
  component: function Monitor() {
    const { monitorId } = monitor.useParams();
    return page(MonitorPage, { monitorId }, monitorId);
  },
});
const connections = createRoute({
  getParentRoute: () => root,
  path: '/connections',
  component: () => page(ConnectionsPage, { connectionId: null }),
});
const connection = createRoute({
  getParentRoute: () => root,
  path: '/connections/$connectionId',
  component: function Connection() {
    const { connectionId } = connection.useParams();
    return page(ConnectionsPage, { connectionId });
  },
});
const keys = createRoute({
  getParentRoute: () => root,
  path: '/keys',
  validateSearch: (search): { kind?: 'ssh'; key?: string; make?: 'generate' | 'import' } => ({
    ...(search.kind === 'ssh' ? { kind: 'ssh' as const } : {}),
    ...(typeof search.key === 'string' ? { key: search.key } : {}),
    ...(search.make === 'generate' || search.make === 'import' ? { make: search.make } : {}),
  }),
  component: function Keys() {
    const { kind, key, make } = keys.useSearch();
    return page(KeysPage, { kind: kind === 'ssh' ? 'ssh' : 'pgp', selected: key ?? null, make: make ?? null });
  },
});
const files = createRoute({
  getParentRoute: () => root,
  path: '/files',
  validateSearch: (search): { q?: string; file?: string } => ({ ...textIn(search, 'q'), ...textIn(search, 'file') }),
  component: function Files() {
    const { q, file } = files.useSearch();
    return page(FilesPage, { q: q ?? '', file: file ?? null });
  },
});
const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: auditSearch,
  component: function Audit() {
    return page(AuditPage, { search: audit.useSearch() });
  },
});

/** A page whose dialog for a new thing is asked for by its address. */
const makeSearch = (search: Record<string, unknown>): { make?: 'new' } => (search.make === 'new' ? { make: 'new' } : {});
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  validateSearch: makeSearch,
  component: function Settings() {
    return page(SettingsPage, { newCalendar: settings.useSearch().make === 'new' });
  },
});
const tags = createRoute({
  getParentRoute: () => root,
  path: '/settings/tags',
  validateSearch: (search): { tag?: string; make?: 'new' } => ({ ...textIn(search, 'tag'), ...makeSearch(search) }),
  component: function Tags() {
    const { tag, make } = tags.useSearch();
    return page(TagsPage, { selected: tag ?? null, make: make ?? null });
  },
});
const notifications = createRoute({
  getParentRoute: () => root,
  path: '/settings/notifications',
  validateSearch: (search): NotificationsSearch => ({
    ...(search.tab === 'log' || search.tab === 'outbox' ? { tab: search.tab } : {}),
    ...textIn(search, 'rule'),
    ...(search.state === 'pending' || search.state === 'delivered' || search.state === 'suppressed' || search.state === 'dead' ? { state: search.state } : {}),
  }),
  component: function Notifications() {
    const { tab, rule, state } = notifications.useSearch();
    return page(NotificationsPage, { tab: tab ?? 'rules', rule: rule ?? null, state: state ?? null });
  },
});
const newRule = createRoute({ getParentRoute: () => root, path: '/settings/notifications/new', component: () => page(RulePage, { ruleId: null }, 'new') });
const rule = createRoute({
  getParentRoute: () => root,
  path: '/settings/notifications/$ruleId',
  component: function Rule() {
    const { ruleId } = rule.useParams();
    return page(RulePage, { ruleId }, ruleId);
  },
});

const help = createRoute({ getParentRoute: () => root, path: '/help', component: () => page(HelpShell, {}) });
const helpHome = createRoute({ getParentRoute: () => help, path: '/', component: () => page(HelpHome, {}) });

/** The field whose place in the help is asked for. */
const fieldSearch = (search: Record<string, unknown>): { field?: string } => textIn(search, 'field');
const helpArea = createRoute({
  getParentRoute: () => help,
  path: '/areas/$area',
  validateSearch: fieldSearch,
  component: function HelpArea() {
    return page(AreaPage, { area: helpArea.useParams().area, field: helpArea.useSearch().field ?? null });
  },
});
const helpStep = createRoute({
  getParentRoute: () => help,
  path: '/steps/$typeKey',
  validateSearch: fieldSearch,
  component: function HelpStep() {
    return page(StepPage, { typeKey: helpStep.useParams().typeKey, field: helpStep.useSearch().field ?? null });
  },
});

const design = createRoute({ getParentRoute: () => root, path: '/design', component: () => page(DesignPage, {}) });

const routeTree = root.addChildren([
  dashboard, firstSteps, jobs, newJob, job, chains, newChain, chain, executions, execution, monitors, newMonitor, monitor, connections, connection, keys, files, audit, settings, tags, notifications, newRule, rule, design,
  help.addChildren([helpHome, helpArea, helpStep]),
]);

export function createAppRouter(history: RouterHistory = createHashHistory()) {
  return createRouter({ routeTree, history, defaultErrorComponent: PageFailed });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
