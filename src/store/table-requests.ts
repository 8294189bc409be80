/** What the requests to a table of Azure Table Storage have in common, whatever its rows hold. */
import { RestError, type TableClient, type TableEntity } from '@azure/data-tables';
import * as z from 'zod';
import { StoreError, type WriteResult } from './token-store.ts';

/** Reads again where the connection broke: a kept one may be closed just as it is used. Reads may be repeated. */
export async function onceMore<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RestError && error.statusCode === undefined) return read();
    throw error;
  }
}

/**
 * Writes the whole entity: inserts it where `etag` is undefined, else replaces the one that still has this ETag. The
 * table is created by the first insert that misses it.
 *
 * @param timeoutMs the longest that one request may take
 * @throws {StoreError} when the table refused the write for a reason that repeating it will not mend
 */
export async function writeEntity(
  table: TableClient,
  entity: TableEntity,
  { etag, timeoutMs }: { readonly etag: string | undefined; readonly timeoutMs: number },
): Promise<WriteResult> {
  const timeout = () => AbortSignal.timeout(timeoutMs);
  const attempt = () =>
    etag === undefined
      ? table.createEntity(entity, { abortSignal: timeout() })
      : table.updateEntity(entity, 'Replace', { etag, abortSignal: timeout() });
  try {
    return written(await attempt());
  } catch (error) {
    if (etag !== undefined || codeOf(error) !== 'TableNotFound') return judgeWriteError(error);
  }
  try {
    await table.createTable({ abortSignal: timeout() });
    return written(await attempt());
  } catch (error) {
    return judgeWriteError(error);
  }
}

function written({ etag }: { etag?: string }): WriteResult {
  return etag === undefined ? { result: 'unknown', code: 'NoETag' } : { result: 'written', etag };
}

/** 409: somebody inserted it; 412: somebody changed it; 404 on a replace: somebody deleted it. */
function judgeWriteError(error: unknown): WriteResult {
  const status = error instanceof RestError ? error.statusCode : undefined;
  const code = codeOf(error);
  if (isChanged(error) || code === 'EntityAlreadyExists' || isAbsent(error)) return { result: 'conflict' };
  if (status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429) {
    throw new StoreError('The table refused a write', code);
  }
  return { result: 'unknown', code };
}

/** Whether the row is no longer the one whose ETag was sent. */
export function isChanged(error: unknown): boolean {
  return error instanceof RestError && error.statusCode === 412;
}

/** Whether there is no such row, or no table at all. */
export function isAbsent(error: unknown): boolean {
  return ['ResourceNotFound', 'TableNotFound'].includes(codeOf(error));
}

const odataErrorSchema = z.object({ odataError: z.object({ code: z.string() }) });

/** The service's error code where it answered, else Node's. Never the message: it may carry what was sent. */
export function codeOf(error: unknown): string {
  if (error instanceof RestError) {
    const odata = odataErrorSchema.safeParse(error.details);
    if (odata.success) return odata.data.odataError.code;
    return error.code ?? (error.statusCode === undefined ? 'Unknown' : `Http${error.statusCode}`);
  }
  return error instanceof Error ? error.name : 'Unknown';
}
