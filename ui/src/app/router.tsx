/** The pages and their addresses. Each page is a chunk of its own. */
import { createHashHistory, createRootRoute, createRoute, createRouter, type RouterHistory } from '@tanstack/react-router';
import { lazy, Suspense, type ComponentType } from 'react';
import { SkeletonRows } from '@/components/Skeleton';
import { Frame } from './Frame';
import { NotFound, PageFailed } from './Fallbacks';

const DashboardPage = lazy(async () => ({ default: (await import('@/features/dashboard/DashboardPage')).DashboardPage }));
const JobsPage = lazy(async () => ({ default: (await import('@/features/jobs/JobsPage')).JobsPage }));
const BuilderPage = lazy(async () => ({ default: (await import('@/features/jobs/builder/BuilderPage')).BuilderPage }));
const ExecutionsPage = lazy(async () => ({ default: (await import('@/features/executions/ExecutionsPage')).ExecutionsPage }));
const ExecutionPage = lazy(async () => ({ default: (await import('@/features/executions/ExecutionPage')).ExecutionPage }));
const ConnectionsPage = lazy(async () => ({ default: (await import('@/features/connections/ConnectionsPage')).ConnectionsPage }));
const KeysPage = lazy(async () => ({ default: (await import('@/features/keys/KeysPage')).KeysPage }));
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

const dashboard = createRoute({ getParentRoute: () => root, path: '/', component: () => page(DashboardPage, {}) });
const jobs = createRoute({ getParentRoute: () => root, path: '/jobs', component: () => page(JobsPage, {}) });
const newJob = createRoute({
  getParentRoute: () => root,
  path: '/jobs/new',
  component: () => page(BuilderPage, { jobId: null }),
});
const job = createRoute({
  getParentRoute: () => root,
  path: '/jobs/$jobId',
  component: function Job() {
    const { jobId } = job.useParams();
    return page(BuilderPage, { jobId }, jobId);
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
  validateSearch: (search): { kind?: 'ssh'; key?: string } => ({
    ...(search.kind === 'ssh' ? { kind: 'ssh' as const } : {}),
    ...(typeof search.key === 'string' ? { key: search.key } : {}),
  }),
  component: function Keys() {
    const { kind, key } = keys.useSearch();
    return page(KeysPage, { kind: kind === 'ssh' ? 'ssh' : 'pgp', selected: key ?? null });
  },
});
const settings = createRoute({ getParentRoute: () => root, path: '/settings', component: () => page(SettingsPage, {}) });

const routeTree = root.addChildren([
  dashboard, jobs, newJob, job, executions, execution, connections, connection, keys, settings,
]);

export function createAppRouter(history: RouterHistory = createHashHistory()) {
  return createRouter({ routeTree, history, defaultErrorComponent: PageFailed });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
