/** What all requests to a table of Azure Table Storage have in common, whatever its rows hold. */
import { RestError, type TableClient, type TableEntity } from '@azure/data-tables';
import * as z from 'zod';
import { StoreError, type StoreErrorCode, type WriteResult } from './token-store.ts';

/** The longest one request may take, the access token of an identity included. */
export const STORE_REQUEST_TIMEOUT_MS = 5_000;

/**
 * Runs a request against a timer of its own: the library's part of a request, such as the access token of a managed
 * identity, may not observe the signal.
 *
 * @throws {StoreError} `store_timed_out` when the time is over; the request is aborted then, if it can be
 */
export async function withTimer<T>(timeoutMs: number, request: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new StoreError('The table did not answer in time', 'store_timed_out', `after ${timeoutMs} ms`));
      controller.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([request(controller.signal), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Repeats a read if the connection broke: a kept connection may be closed just as it is used. */
export async function onceMore<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RestError && error.statusCode === undefined) return read();
    throw error;
  }
}

/**
 * Writes the whole entity: inserts it if `etag` is undefined, else replaces the one that still has this ETag. The first
 * insert that finds no table creates it.
 *
 * @param timeoutMs the longest one request may take
 * @throws {StoreError} if the table refused the write for a reason that a retry does not remove
 */
export async function writeEntity(
  table: TableClient,
  entity: TableEntity,
  { etag, timeoutMs }: { readonly etag: string | undefined; readonly timeoutMs: number },
): Promise<WriteResult> {
  const attempt = () =>
    withTimer(timeoutMs, (abortSignal) =>
      etag === undefined
        ? table.createEntity(entity, { abortSignal })
        : table.updateEntity(entity, 'Replace', { etag, abortSignal }),
    );
  try {
    return written(await attempt());
  } catch (error) {
    if (etag !== undefined || detailOf(error) !== 'TableNotFound') return judgeWriteError(error);
  }
  try {
    await withTimer(timeoutMs, (abortSignal) => table.createTable({ abortSignal }));
    return written(await attempt());
  } catch (error) {
    return judgeWriteError(error);
  }
}

function written({ etag }: { etag?: string }): WriteResult {
  return etag === undefined ? { result: 'unknown', code: 'store_failed' } : { result: 'written', etag };
}

/** 409: the entity exists; 412: it was changed; 404 on a replace: it was deleted. */
function judgeWriteError(error: unknown): WriteResult {
  if (isChanged(error) || detailOf(error) === 'EntityAlreadyExists' || isAbsent(error)) return { result: 'conflict' };
  const failure = toStoreError('The table refused a write', error);
  if (failure.code === 'store_access_denied' || failure.code === 'store_refused') throw failure;
  return { result: 'unknown', code: failure.code };
}

/** Tells whether the row is no longer the one whose ETag was sent. */
export function isChanged(error: unknown): boolean {
  return error instanceof RestError && error.statusCode === 412;
}

/** Tells whether there is no such row, or no table at all. */
export function isAbsent(error: unknown): boolean {
  return ['ResourceNotFound', 'TableNotFound'].includes(detailOf(error));
}

/** Describes what the library threw. Its message is left out: it may quote what was sent. */
export function toStoreError(message: string, error: unknown): StoreError {
  return error instanceof StoreError ? error : new StoreError(message, codeOf(error), detailOf(error));
}

function codeOf(error: unknown): StoreErrorCode {
  const status = error instanceof RestError ? error.statusCode : undefined;
  if (status === undefined) return 'store_unreachable';
  if (status === 401 || status === 403) return 'store_access_denied';
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'store_refused' : 'store_failed';
}

const odataErrorSchema = z.object({ odataError: z.object({ code: z.string() }) });

/** The service's error code if it answered, else Node's. */
function detailOf(error: unknown): string {
  if (error instanceof RestError) {
    const odata = odataErrorSchema.safeParse(error.details);
    if (odata.success) return odata.data.odataError.code;
    return error.code ?? (error.statusCode === undefined ? 'Unknown' : `Http${error.statusCode}`);
  }
  return error instanceof Error ? error.name : 'Unknown';
}
