/** What every part of one chain's page shares. */
import { createContext, useContext, type ReactNode } from 'react';
import { useStore } from 'zustand';
import type { ChainState, ChainStore } from './model/store';

const Context = createContext<ChainStore | null>(null);

export function ChainProvider({ store, children }: { store: ChainStore; children: ReactNode }) {
  return <Context value={store}>{children}</Context>;
}

export function useChainStore(): ChainStore {
  const store = useContext(Context);
  if (store === null) throw new Error('This part belongs on the page of a chain.');
  return store;
}

export const useChain = <T,>(select: (state: ChainState) => T): T => useStore(useChainStore(), select);
