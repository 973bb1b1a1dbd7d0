/** Files that are moved by hand. They go on while other pages are shown. */
import { create } from 'zustand';
import { asAppError, host, invoke, type AppError, type Direction, type MoveRequest, type ProgressTick } from '@/ipc';

export interface HandTransfer {
  id: string;
  connectionId: string;
  direction: Direction;
  /** The file's name. */
  name: string;
  remote: string;
  local: string;
  /** Of the delivery that is sent again. */
  receiptId: string | null;
  startedAt: number;
  bytes: number;
  total: number | null;
  state: 'running' | 'done' | 'stopped' | 'failed';
  error: AppError | null;
  /** Of the file that arrived. */
  sha256: string | null;
  size: number | null;
  /** Where the file is on this computer, once it has arrived. */
  file: string | null;
}

export const useTransfers = create<{ all: HandTransfer[] }>(() => ({ all: [] }));

const put = (id: string, change: Partial<HandTransfer>) =>
  useTransfers.setState(({ all }) => ({ all: all.map((one) => (one.id === id ? { ...one, ...change } : one)) }));

export interface Wanted {
  connectionId: string;
  direction: Direction;
  name: string;
  remote: string;
  local: string;
  /** The delivery to send again. */
  receiptId?: string | null;
}

let made = 0;

/** Moves a file; ends when it has arrived, failed or was stopped, and says whether it arrived. */
export async function move(wanted: Wanted, overwrite = false): Promise<boolean> {
  made += 1;
  const id = `${Date.now()}-${made}`;
  const fresh: HandTransfer = { ...wanted, id, receiptId: wanted.receiptId ?? null, startedAt: Date.now(), bytes: 0, total: null, state: 'running', error: null, sha256: null, size: null, file: null };
  // A second try takes the place of the first.
  const isSame = (one: HandTransfer) => one.state !== 'running' && one.direction === wanted.direction && one.remote === wanted.remote && one.local === wanted.local;
  useTransfers.setState(({ all }) => ({ all: [...all.filter((one) => !isSame(one)), fresh] }));
  const channel = host().channel<ProgressTick>((tick) => put(id, { bytes: tick.bytes, total: tick.total }));
  const request: MoveRequest = { transfer: id, connection_id: wanted.connectionId, remote: wanted.remote, local: wanted.local, overwrite };
  const begin = () => {
    if (fresh.receiptId !== null) return invoke.filesSendAgain(fresh.receiptId, overwrite, id, channel);
    return wanted.direction === 'download' ? invoke.connectionsDownload(request, channel) : invoke.connectionsUpload(request, channel);
  };
  try {
    const [file] = await begin();
    put(id, { state: 'done', sha256: file?.sha256 ?? null, size: file?.size ?? null, file: file?.local_path ?? null });
    return true;
  } catch (thrown) {
    const error = asAppError(thrown);
    put(id, error.code === 'cancelled' ? { state: 'stopped' } : { state: 'failed', error });
    return false;
  }
}

export const stop = (id: string): Promise<unknown> => invoke.transfersStop(id);

export function forgetEnded(connectionId: string): void {
  useTransfers.setState(({ all }) => ({ all: all.filter((one) => one.connectionId !== connectionId || one.state === 'running') }));
}
