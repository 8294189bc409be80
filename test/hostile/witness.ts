/** Sends the rows of a table one by one, and checks the effects of each: in the answer, the log, the tables, upstream. */
import assert from 'node:assert/strict';
import type { TableClient } from '@azure/data-tables';
import { openTable } from '../../src/store/azure-table.ts';
import { isAbsent } from '../../src/store/table-requests.ts';
import type { RunningHost } from '../e2e/running-host.ts';
import type { Stack } from '../e2e/stack.ts';
import { judge } from './judge-answer.ts';
import { assertSilent, createLogReader } from './log-reader.ts';
import type { Row } from './row.ts';
import { exchange, readAnswers } from './wire.ts';

type WitnessParts = {
  readonly stack: Stack;
  readonly host: RunningHost;
  /** A request that has to return a token before and after each row. */
  readonly good: () => Promise<Response>;
  /** Texts that must appear neither in an answer nor in the log. */
  readonly secrets: readonly string[];
  /** Another value that must not change. */
  readonly watch?: () => unknown;
};

export type Witness = { readonly see: (row: Row) => Promise<void> };

/** Begins with a good request, so that there is a token. */
export async function createWitness({ stack, host, good, secrets, watch }: WitnessParts): Promise<Witness> {
  const readTables = await openTables(stack);
  const readWorld = async () => ({ upstream: stack.simulator.stats(), watched: watch?.(), ...(await readTables()) });
  assert.equal((await good()).status, 200);
  const readLog = createLogReader(host);
  await readLog();
  let world = await readWorld();
  let count = 0;
  const see = async (row: Row) => {
    const mark = `marker${String((count += 1)).padStart(4, '0')}`;
    const sent = row.send(mark);
    const forbidden = [...secrets, ...bearersIn(sent)];
    const received = await exchange(host.url, sent, row.hangsUp);
    assertAnswered(received, row, [mark, ...forbidden]);
    assertSilent(await readLog(), { sent, mark, forbidden });
    // Compared with the end of the previous row, so that late effects are noticed, too.
    const before = world;
    world = await readWorld();
    // Only these rows of the tables may be written because of bad input.
    const { failures } = row.outcomes.includes('401 invalid_client') ? world : before;
    assert.deepEqual(world, { ...before, failures });
    assert.equal(host.process.exitCode, null, 'the host has ended');
    assert.equal((await good()).status, 200, 'a good request after it');
  };
  return { see };
}

function assertAnswered(received: string, { what, outcomes }: Row, forbidden: readonly string[]): void {
  const start = received.slice(0, 500);
  const answers = readAnswers(received);
  assert.ok(answers.length <= 1, `${answers.length} answers to one request`);
  const outcome = judge(answers[0]);
  assert.ok(outcomes.includes(outcome), `${what}: ${outcome}, not ${outcomes.join(' or ')}\n${start}`);
  for (const text of forbidden) assert.ok(!received.includes(text), `echoed: ${start}`);
}

/** The bearer tokens of a request that are long enough to be recognized elsewhere. */
function bearersIn(sent: string): string[] {
  return [...sent.matchAll(/^Authorization: *bearer +(\S{12,})/gim)].map(([, token = '']) => token);
}

/** Reads the ETags of all rows, and separately those of failed logins. */
async function openTables(stack: Stack) {
  const { connectionString } = stack.azurite;
  const open = (name: string) => openTable({ kind: 'connection-string', connectionString }, name);
  const [tokens, callers] = await Promise.all([open('tokens'), open('callers')]);
  return async () => {
    const rows = (await Promise.all([tokens, callers].map(etagsOf))).flat();
    const [failures, others] = [true, false].map((are) => rows.filter((keys) => keys.startsWith('failures ') === are));
    return { failures, others };
  };
}

/** The keys and the ETag of each row of the table. */
async function etagsOf(table: TableClient): Promise<string[]> {
  const rows: string[] = [];
  try {
    for await (const row of table.listEntities()) rows.push(`${row.partitionKey} ${row.rowKey} ${row.etag}`);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  return rows;
}
