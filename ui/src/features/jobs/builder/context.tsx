/** What every part of one builder shares: its store and the specs that it is drawn from. */
import { useQuery } from '@tanstack/react-query';
import { createContext, useContext, useMemo, useSyncExternalStore, type ReactNode } from 'react';
import { useStore } from 'zustand';
import { connectionsQuery, jobsQuery, pgpKeysQuery, type FieldSpec, type StepSpec } from '@/ipc';
import { inOrder } from './model/doc';
import { scopeAt, type LastValues, type ScopeGroup } from './model/scope';
import type { BuilderState, BuilderStore } from './model/store';

export type Specs = ReadonlyMap<string, StepSpec>;

interface Shared {
  store: BuilderStore;
  specs: Specs;
  /** The outputs of the job's last completed run, by alias. */
  last: LastValues;
}

const Context = createContext<Shared | null>(null);

export function BuilderProvider({ store, specs, last, children }: Shared & { children: ReactNode }) {
  const shared = useMemo(() => ({ store, specs, last }), [store, specs, last]);
  return <Context value={shared}>{children}</Context>;
}

function useShared(): Shared {
  const shared = useContext(Context);
  if (shared === null) throw new Error('This part belongs inside a builder.');
  return shared;
}

export const useBuilderStore = (): BuilderStore => useShared().store;
export const useSpecs = (): Specs => useShared().specs;
export const useLastValues = (): LastValues => useShared().last;
export const useBuilder = <T,>(select: (state: BuilderState) => T): T => useStore(useShared().store, select);

/** Works out what is in scope at a step, when it is asked. */
export function useScope(key: string): () => ScopeGroup[] {
  const { store, specs, last } = useShared();
  return () => scopeAt(store.getState().doc, key, specs, last, new Date());
}

const never = () => () => undefined;

/** The name and glyph of the step with an alias; nothing where templates are written outside of a builder. */
export function useStepOf(alias: string | null): { name: string; icon: string | undefined } | null {
  const shared = useContext(Context);
  const node = useSyncExternalStore(shared?.store.subscribe ?? never, () =>
    shared === null || alias === null ? undefined : inOrder(shared.store.getState().doc.steps).find((step) => step.alias === alias),
  );
  return node && shared ? { name: node.name, icon: shared.specs.get(node.type_key)?.icon } : null;
}

/** Names of what fields refer to. */
export function useReferenceNames(): (field: FieldSpec, id: string) => string | null {
  const connections = useQuery(connectionsQuery()).data;
  const keys = useQuery(pgpKeysQuery()).data;
  const jobs = useQuery(jobsQuery()).data;
  return useMemo(() => {
    const names = new Map<string, string>();
    for (const job of jobs ?? []) names.set(job.id, job.name);
    for (const { connection } of connections ?? []) names.set(connection.id, connection.name);
    for (const { key } of keys ?? []) names.set(key.id, key.name);
    return (_, id) => names.get(id) ?? null;
  }, [connections, keys, jobs]);
}
