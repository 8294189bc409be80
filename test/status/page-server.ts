/** Serves pages as the function answers them, and counts how often one was asked for. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { statusPageAnswer } from '../../src/http/status-route.ts';
import { CONTENT_SECURITY_POLICY, writePage } from '../../src/status/page.ts';
import type { StatusReport } from '../../src/status/status-report.ts';

export type PageServer = {
  readonly url: string;
  /** How often the page was asked for since the last time that `report` was set. */
  readonly asked: () => number;
  /** What is told from now on. */
  show(report: StatusReport): void;
  close(): void;
};

export async function startPageServer(): Promise<PageServer> {
  let [page, asked] = ['', 0];
  const server = createServer((_, response) => {
    asked += 1;
    const { headers = {} } = statusPageAnswer(page, CONTENT_SECURITY_POLICY);
    response.writeHead(200, Object.fromEntries(Object.entries(headers))).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return {
    url: `http://127.0.0.1:${address.port}/api/status?code=a-key`,
    asked: () => asked,
    show(report) {
      [page, asked] = [writePage(report), 0];
    },
    close: () => server.close(),
  };
}
