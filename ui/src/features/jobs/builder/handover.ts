/** A new job gets an address of its own with its first version; its builder moves there with its history. */
import type { JobDraft } from '@/ipc';
import { createOffers } from '@/lib/offers';
import type { BuilderStore } from './model/store';

const waiting = new Map<string, BuilderStore>();

export const handOver = (jobId: string, store: BuilderStore): void => void waiting.set(jobId, store);
export const handedOver = (jobId: string | null): BuilderStore | undefined => (jobId === null ? undefined : waiting.get(jobId));
export const tookOver = (jobId: string | null): void => void (jobId !== null && waiting.delete(jobId));

/** A new job that was made elsewhere, to be looked at and saved in the builder; with the key of its template, if it is from one. */
export const newJobs = createOffers<{ draft: JobDraft; template: string | null }>();
