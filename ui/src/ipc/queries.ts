/** What pages ask for, with its key: one definition for every page that shows the same thing. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { AuditQuery, ChainExecutionFilter, DeliveriesFilter, ExecutionFilter, ImportFile, PathsAsked, RetryFrom, ScheduleOwner } from './bindings';
import { invoke } from './invoke';
import { keys } from './keys';

export const statusQuery = () => queryOptions({ queryKey: keys.status, queryFn: () => invoke.appStatus() });
export const firstStepsQuery = () => queryOptions({ queryKey: keys.firstSteps, queryFn: () => invoke.firstSteps() });
/** No event tells of a change that is made outside. */
export const autostartQuery = () =>
  queryOptions({ queryKey: keys.autostart, queryFn: () => invoke.autostartGet(), staleTime: 0, refetchOnWindowFocus: true });
export const settingsQuery = () => queryOptions({ queryKey: keys.settings, queryFn: () => invoke.settingsList() });
export const aboutQuery = () => queryOptions({ queryKey: keys.about, queryFn: () => invoke.about() });
export const stepGuidesQuery = () => queryOptions({ queryKey: keys.stepGuides, queryFn: () => invoke.stepGuides() });
export const stepTypesQuery = () => queryOptions({ queryKey: keys.stepTypes, queryFn: () => invoke.stepTypes() });

export const pathsDecidedByQuery = (step: string, field: string) =>
  queryOptions({ queryKey: keys.pathsDecidedBy(step, field), queryFn: () => invoke.pathsDecidedBy(step, field) });
let looks = 0;
/** A look that nobody waits for any more is stopped. */
export const pathsMatchQuery = (asked: PathsAsked) =>
  queryOptions({
    queryKey: keys.pathsMatch(asked),
    queryFn: ({ signal }) => {
      looks += 1;
      const look = `look-${Date.now()}-${looks}`;
      signal.addEventListener('abort', () => void invoke.transfersStop(look).catch(() => undefined));
      return invoke.pathsMatch(look, asked);
    },
    staleTime: 60_000,
    retry: false,
  });

export const jobsQuery = () => queryOptions({ queryKey: keys.jobList, queryFn: () => invoke.jobsList() });
export const jobQuery = (id: string) => queryOptions({ queryKey: keys.job(id), queryFn: () => invoke.jobsGet(id) });
export const jobTemplatesQuery = () => queryOptions({ queryKey: keys.jobTemplates, queryFn: () => invoke.jobTemplates() });
export const jobVersionsQuery = (id: string) =>
  queryOptions({ queryKey: keys.jobVersions(id), queryFn: () => invoke.jobsVersions(id) });
export const jobVersionQuery = (id: string, version: number) =>
  queryOptions({ queryKey: keys.jobVersion(id, version), queryFn: () => invoke.jobsVersion(id, version) });
export const jobDiffQuery = (id: string, from: number, to: number) =>
  queryOptions({ queryKey: keys.jobDiff(id, from, to), queryFn: () => invoke.jobsDiff(id, from, to) });

export const executionsQuery = (filter: Omit<ExecutionFilter, 'after'>) =>
  infiniteQueryOptions({
    queryKey: keys.executionList(filter),
    queryFn: ({ pageParam }) => invoke.executionsList({ ...filter, after: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
export const activityQuery = () =>
  queryOptions({ queryKey: keys.activity, queryFn: () => invoke.executionsActivity() });
/** Asked for again by itself, since no event tells that a node fell silent. */
export const nodesQuery = () => queryOptions({ queryKey: keys.nodes, queryFn: () => invoke.nodesList(), refetchInterval: 5_000 });
export const retryPreviewQuery = (id: string, from: RetryFrom) =>
  queryOptions({ queryKey: keys.retryPreview(id, from), queryFn: () => invoke.executionsRetryPreview(id, from), staleTime: 0 });
export const executionQuery = (id: string) =>
  queryOptions({ queryKey: keys.execution(id), queryFn: () => invoke.executionsGet(id) });

export const chainsQuery = () => queryOptions({ queryKey: keys.chainList, queryFn: () => invoke.chainsList() });
export const chainQuery = (id: string) => queryOptions({ queryKey: keys.chain(id), queryFn: () => invoke.chainsGet(id) });
export const chainRunsQuery = (filter: Omit<ChainExecutionFilter, 'after'>) =>
  infiniteQueryOptions({
    queryKey: keys.chainRunList(filter),
    queryFn: ({ pageParam }) => invoke.chainExecutionsList({ ...filter, after: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
export const chainRunQuery = (id: string) =>
  queryOptions({ queryKey: keys.chainRun(id), queryFn: () => invoke.chainExecutionsGet(id) });

export const connectionsQuery = () =>
  queryOptions({ queryKey: keys.connectionList, queryFn: () => invoke.connectionsList() });
export const connectionQuery = (id: string) =>
  queryOptions({ queryKey: keys.connection(id), queryFn: () => invoke.connectionsGet(id) });
export const browseQuery = (id: string, path: string) =>
  queryOptions({ queryKey: keys.browse(id, path), queryFn: () => invoke.connectionsBrowse(id, path), staleTime: 0 });

/** What was found last stays while the next answer is on its way. */
export const filesQuery = (text: string) =>
  queryOptions({ queryKey: keys.fileSearch(text), queryFn: () => invoke.filesSearch(text, null), placeholderData: keepPreviousData });
/** Only the newest few that are found. */
export const newestFilesQuery = (text: string, most: number) =>
  queryOptions({ queryKey: keys.newestFiles(text, most), queryFn: () => invoke.filesSearch(text, most), placeholderData: keepPreviousData });
export const passportQuery = (sha256: string) =>
  queryOptions({ queryKey: keys.passport(sha256), queryFn: () => invoke.filesPassport(sha256) });

export const tagsQuery = () => queryOptions({ queryKey: keys.tagList, queryFn: () => invoke.tagsList() });
export const tagUsesQuery = (id: string) => queryOptions({ queryKey: keys.tagUses(id), queryFn: () => invoke.tagsWhereUsed(id) });

export const rulesQuery = () => queryOptions({ queryKey: keys.ruleList, queryFn: () => invoke.notificationRulesList() });
export const deletedRulesQuery = () => queryOptions({ queryKey: keys.deletedRules, queryFn: () => invoke.notificationRulesDeleted() });
export const ruleQuery = (id: string) => queryOptions({ queryKey: keys.rule(id), queryFn: () => invoke.notificationRulesGet(id) });

/** No event tells that a notice was sent, so deliveries that are shown are asked for again. */
const TELLING_MS = 5_000;
/** More pages than these are not: they would be asked for one after the other. */
const TELLING_PAGES = 3;
export const deliveriesQuery = (filter: Omit<DeliveriesFilter, 'after'>) =>
  infiniteQueryOptions({
    queryKey: keys.deliveryList(filter),
    queryFn: ({ pageParam }) => invoke.deliveriesList({ ...filter, after: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > TELLING_PAGES ? false : TELLING_MS),
  });
export const newestDeliveriesQuery = (filter: Omit<DeliveriesFilter, 'after'>) =>
  queryOptions({ queryKey: keys.newestDeliveries(filter), queryFn: () => invoke.deliveriesList(filter), refetchInterval: 3 * TELLING_MS });
/** One event; `null` when it is no longer kept. A page of the list begins after its cursor, here the id that follows. */
export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: keys.event(id),
    queryFn: async () => (await invoke.eventsList({ limit: 1, after: following(id) })).items.find(({ event }) => event.id === id)?.event ?? null,
  });

/** The id behind this one, in the order of ids. */
function following(id: string): string {
  const digits = (BigInt(`0x${id.replaceAll('-', '')}`) + 1n).toString(16).padStart(32, '0');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const RECORD_PAGE = 200;
/** Entries, newest first, from before a place in the list. Everything that changes adds some, so they are asked for as notices are. */
export const auditQuery = (filter: Omit<AuditQuery, 'after' | 'limit'>, before: string | null) =>
  infiniteQueryOptions({
    queryKey: keys.auditList(filter, before),
    queryFn: ({ pageParam }) => invoke.auditList({ ...filter, limit: RECORD_PAGE, after: pageParam }),
    initialPageParam: before,
    getNextPageParam: (page) => page.next,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > TELLING_PAGES || before !== null ? false : TELLING_MS),
    staleTime: 0,
    retry: false,
  });
export const auditChoicesQuery = () => queryOptions({ queryKey: keys.auditChoices, queryFn: () => invoke.auditChoices(), staleTime: TELLING_MS });

export const sshAlgorithmsQuery = () =>
  queryOptions({ queryKey: keys.sshAlgorithms, queryFn: () => invoke.sshAlgorithms(), staleTime: Infinity });

export const pgpKeysQuery = () => queryOptions({ queryKey: keys.pgpKeys, queryFn: () => invoke.pgpKeysList() });
export const sshKeysQuery = () => queryOptions({ queryKey: keys.sshKeys, queryFn: () => invoke.sshKeysList() });
/** Uses of a key are noted without a change of the key, so it is asked for whenever it is shown. */
export const keyHistoryQuery = (id: string) =>
  queryOptions({ queryKey: keys.keyHistory(id), queryFn: () => invoke.keysHistory(id), staleTime: 0 });
export const keyUsesQuery = (id: string) =>
  queryOptions({ queryKey: keys.keyUses(id), queryFn: () => invoke.keysWhereUsed(id) });
export const movePreviewQuery = (id: string) =>
  queryOptions({ queryKey: keys.movePreview(id), queryFn: () => invoke.pgpKeysMovePreview(id) });

/** Read anew each time, since files come and change without telling. */
export const importPlacesQuery = () => queryOptions({ queryKey: keys.importPlaces, queryFn: () => invoke.importPlaces(), staleTime: 0 });
/** What was looked at stays while the next look is on its way. */
export const importPreviewQuery = (file: ImportFile) =>
  queryOptions({ queryKey: keys.importPreview(file), queryFn: () => invoke.importPreview(file), staleTime: 0, gcTime: 0, retry: false, placeholderData: keepPreviousData });

/** Read anew each time, since files change without telling; and not kept, since its password is in the key. */
export const archiveQuery = (path: string, password: string | null) =>
  queryOptions({ queryKey: keys.archive(path, password), queryFn: () => invoke.archivesList(path, password), staleTime: 0, gcTime: 0 });

/** Of one job or chain, or of all. */
export const schedulesQuery = (owner: ScheduleOwner | null = null) =>
  queryOptions({ queryKey: keys.scheduleList(owner), queryFn: () => invoke.schedulesList({ owner }) });
export const missedQuery = () => queryOptions({ queryKey: keys.missed, queryFn: () => invoke.schedulesMissed({}) });
/** Asked for again whenever it is shown, since what comes next goes by; a wrong expression stays wrong. */
export const schedulePreviewQuery = (expression: string, zone: string | null, calendar: string | null = null, count = 5) =>
  queryOptions({ queryKey: keys.schedulePreview(expression, zone, calendar, count), queryFn: () => invoke.schedulesPreview(expression, zone, calendar, count), staleTime: 0, retry: false });
export const calendarsQuery = () => queryOptions({ queryKey: keys.calendars, queryFn: () => invoke.calendarsList() });
export const dependenciesQuery = (job: string) =>
  queryOptions({ queryKey: keys.dependenciesOf(job), queryFn: () => invoke.dependenciesList(job) });

export const monitorsQuery = () => queryOptions({ queryKey: keys.monitorList, queryFn: () => invoke.monitorsList({}) });
export const monitorQuery = (id: string) => queryOptions({ queryKey: keys.monitor(id), queryFn: () => invoke.monitorsGet(id) });
/** What was found at the newest deadlines of a monitor's expected-file clock. */
export const monitorChecksQuery = (id: string) => queryOptions({ queryKey: keys.monitorChecks(id), queryFn: () => invoke.monitorsChecks(id, 10) });
/** A page of a monitor's files, also asked for in the list. */
export const MONITOR_FILES = 200;
export const monitorFilesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: keys.monitorFiles(id),
    queryFn: ({ pageParam }) => invoke.monitorsFilesList({ monitor_id: id, limit: MONITOR_FILES, after: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
export const monitorNewestFilesQuery = (id: string) =>
  queryOptions({ queryKey: keys.monitorNewestFiles(id), queryFn: () => invoke.monitorsFilesList({ monitor_id: id, limit: MONITOR_FILES }) });
