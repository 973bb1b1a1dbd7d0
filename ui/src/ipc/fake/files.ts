/** Files that jobs and people have handled, in memory: the receipts of the runs, and what the steps between made of the files. */
import type { EventRun, FileEvent, FilePlace, FoundFile, Job, Passport, Receipt } from '../bindings';
import type { Commands } from '../host';
import { appError } from './error';
import type { createRemote } from './remote';
import { FINGERPRINTS, newId, type Data, type Execution } from './seed';

const MOST_FILES = 200;
const LISTED = 40;

/** 64 digits that stand for the bytes of a file. */
function hashOf(text: string): string {
  let state = 2_166_136_261;
  let digits = '';
  for (let round = 0; round < 8; round += 1) {
    for (const letter of `${round}${text}`) state = Math.imul(state ^ letter.charCodeAt(0), 16_777_619);
    state ^= state >>> 13;
    digits += (state >>> 0).toString(16).padStart(8, '0');
  }
  return digits;
}

const nameOf = (path: string) => path.split('/').at(-1) ?? path;
const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1);

/** One for each file that a completed run's first transfer has moved. */
export function receiptsOf(execution: Execution, job: Job | undefined): Receipt[] {
  const step = job?.steps.find(({ type_key }) => /\.(download|upload)$/.test(type_key));
  if (execution.state !== 'completed' || !job || !step) return [];
  const direction = step.type_key.endsWith('.upload') ? 'upload' : 'download';
  const wanted = String(step.configuration.remote_path ?? '/');
  const ending = direction === 'upload' ? 'csv.pgp' : (/\*\.([a-z.]+)$/.exec(wanted)?.[1] ?? 'jpg');
  const stem = `${job.name.replace(/[^A-Za-z0-9]+/g, '-').toUpperCase()}-${(execution.completed_at ?? '').slice(0, 10).replaceAll('-', '')}`;
  return Array.from({ length: Math.min(execution.files ?? 0, LISTED) }, (_, index) => {
    const name = `${stem}-${['DE', 'AT', 'PL', 'FR', 'NL'][index % 5]}-${index + 1}.${ending}`;
    return {
      id: newId(), job_execution_id: execution.id, step_execution_id: execution.id, connection_id: String(step.configuration.connection_id ?? ''), direction,
      remote_path: folderOf(wanted) + name, local_path: `/srv/courier/runs/${execution.id.slice(-12)}/${name}`,
      size: Math.round((execution.bytes ?? 0) / (execution.files ?? 1)), sha256: hashOf(`${execution.id}/${name}`),
      started_at: execution.started_at ?? '', completed_at: execution.completed_at ?? '', resumed_bytes: 0, verified_by: 'sha256', server_identity: FINGERPRINTS.known, source_modified_at: null,
    };
  });
}

interface Needs {
  data: Data;
  receipts: (executionId: string) => Receipt[];
  remote: ReturnType<typeof createRemote>;
  changed: (entity: 'connection', id: string) => void;
}

export function createFiles({ data, receipts, remote, changed }: Needs): Pick<Commands, 'filesSearch' | 'filesPassport' | 'filesSendAgain'> {
  const serverOf = (id: string) => data.connections.find((connection) => connection.id === id)?.name ?? 'Deleted connection';
  const onServer = (receipt: Receipt): FilePlace => ({
    connection_id: receipt.connection_id, connection_name: serverOf(receipt.connection_id), path: receipt.remote_path, size: receipt.size, sha256: receipt.sha256,
  });
  const here = (path: string, size: number, sha256: string): FilePlace => ({ connection_id: null, connection_name: null, path, size, sha256 });

  /** What the steps after a download made of its file, or those before an upload made it of. */
  const between = (receipt: Receipt, job: Job, run: EventRun): FileEvent[] => {
    const at = (seconds: number) => new Date(Date.parse(receipt.completed_at) + seconds * 1000).toISOString();
    const event = (operation: string, seconds: number, source: FilePlace, result: FilePlace): FileEvent => ({
      at: at(seconds), fate: source.sha256 === result.sha256 ? 'moved' : 'made', operation, source, result, run, performed_by: null, proof: null,
    });
    const moved = here(receipt.local_path, receipt.size, receipt.sha256);
    if (receipt.direction === 'upload') {
      const plain = here(`/data/out/${nameOf(receipt.local_path).replace(/\.pgp$/, '')}`, Math.round(receipt.size * 1.3), hashOf(`plain ${receipt.sha256}`));
      return job.steps.some((step) => step.type_key === 'pgp.encrypt') ? [event('pgp.encrypt', -2, plain, moved)] : [];
    }
    const events: FileEvent[] = [];
    let last = moved;
    job.steps.forEach((step, index) => {
      const path = {
        'pgp.decrypt': last.path.replace(/\.pgp$/, ''),
        'file.unzip': last.path.replace(/\.zip$/, '.csv'),
        'file.move': `${String(step.configuration.destination_path ?? '/data/')}${nameOf(last.path)}`,
      }[step.type_key];
      if (path === undefined) return;
      const stays = step.type_key === 'file.move';
      const next = here(path, stays ? (last.size ?? 0) : Math.round((last.size ?? 0) * 1.1), stays ? (last.sha256 ?? '') : hashOf(`${step.type_key} ${last.sha256}`));
      events.push(event(step.type_key, index, last, next));
      last = next;
    });
    return events;
  };

  /** All that ever happened, oldest first. */
  const events = (): FileEvent[] => {
    const all: FileEvent[] = [...data.passages];
    for (const execution of data.executions) {
      const job = data.jobs.find(({ id }) => id === execution.job_id);
      if (!job) continue;
      const run: EventRun = { execution_id: execution.id, job_id: job.id, job_name: job.name, chain_name: execution.chain_execution_id === null ? null : 'Morning close' };
      for (const receipt of receipts(execution.id)) {
        const [local, server] = [here(receipt.local_path, receipt.size, receipt.sha256), onServer(receipt)];
        const up = receipt.direction === 'upload';
        all.push(...between(receipt, job, run), {
          at: receipt.completed_at, fate: up ? 'sent' : 'fetched', operation: receipt.direction, source: up ? local : server, result: up ? server : local, run, performed_by: null,
          proof: { receipt_id: receipt.id, verified_by: receipt.verified_by, server_identity: receipt.server_identity, resumed_bytes: receipt.resumed_bytes },
        });
      }
    }
    return all.sort((a, b) => a.at.localeCompare(b.at));
  };

  const placesOf = (event: FileEvent): FilePlace[] => [event.result, event.source].filter((place) => place !== null);

  const passport = (sha256: string): Passport | null => {
    const all = events();
    const [before, after] = [new Set([sha256]), new Set([sha256])];
    for (const { source, result } of [...all].reverse()) if (result?.sha256 && source?.sha256 && before.has(result.sha256)) before.add(source.sha256);
    for (const { source, result } of all) if (result?.sha256 && source?.sha256 && after.has(source.sha256)) after.add(result.sha256);
    const within = (set: Set<string>) => (event: FileEvent) => placesOf(event).every((place) => place.sha256 === null || set.has(place.sha256));
    const life = all.filter((event) => within(before)(event) || within(after)(event));
    const own = life.flatMap(placesOf).filter((place) => place.sha256 === sha256).reverse();
    if (own.length === 0) return null;
    return { sha256, size: own[0]?.size ?? null, names: [...new Set(own.map((place) => nameOf(place.path)))], events: life, truncated: false };
  };

  return {
    filesSearch: async (text, most) => {
      const words = text.trim().toLowerCase();
      const found = new Map<string, FoundFile>();
      for (const event of events().reverse()) {
        for (const place of placesOf(event)) {
          if (place.sha256 === null || found.has(place.sha256) || !(place.sha256 === words || place.path.toLowerCase().includes(words))) continue;
          found.set(place.sha256, { sha256: place.sha256, name: nameOf(place.path), path: place.path, size: place.size, last_at: event.at });
        }
      }
      return [...found.values()].slice(0, most ?? MOST_FILES);
    },
    filesPassport: async (sha256) => {
      const found = passport(sha256);
      if (!found) throw appError('not_found', `No file with the name or SHA-256 \`${sha256}\` was handled by a job or by hand.`);
      return found;
    },
    filesSendAgain: async (id, replace, transfer, channel) => {
      const receipt = data.executions.flatMap((execution) => receipts(execution.id)).find((candidate) => candidate.id === id);
      if (!receipt) throw appError('not_found', 'There is no such receipt.');
      if (receipt.direction !== 'upload') throw appError('validation', 'This receipt is of a file that was fetched; only what was sent can be sent again.');
      const request = { transfer, connection_id: receipt.connection_id, remote: folderOf(receipt.remote_path), local: receipt.local_path, overwrite: replace };
      await remote.move(request, receipt.remote_path, channel);
      data.passages.push({
        at: new Date().toISOString(), fate: 'sent', operation: 'hand.send_again', source: here(receipt.local_path, receipt.size, receipt.sha256), result: onServer(receipt),
        run: null, performed_by: 'm.koch@fin-ws-07', proof: null,
      });
      changed('connection', receipt.connection_id);
      return [{ remote_path: receipt.remote_path, local_path: receipt.local_path, size: receipt.size, sha256: receipt.sha256 }];
    },
  };
}
