/** New monitors that were made elsewhere, to be looked at and saved on their page. */
import type { MonitorDraft } from '@/ipc';
import { createOffers } from '@/lib/offers';

export const newMonitors = createOffers<MonitorDraft>();
