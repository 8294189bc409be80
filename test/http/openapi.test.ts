import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readLogin } from '../../src/http/auth-route.ts';
import { describeApi } from '../../src/http/openapi.ts';
import { readMinTtl, readReport } from '../../src/http/token-route.ts';
import { statusSchema } from '../../src/status/status.ts';
import { problems } from '../../src/http/problem.ts';

const document: Record<string, unknown> = JSON.parse(JSON.stringify(describeApi('1.2.3', statusSchema)));

/** Every answer of every route, by its status. */
function responsesOf({ paths }: Record<string, unknown>): [string, unknown][] {
  return Object.values(Object(paths))
    .flatMap((path) => Object.values(Object(path)))
    .flatMap((operation): [string, unknown][] => Object.entries(Object(operation).responses));
}

describe('the description of the API', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document));
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(validator.version, '3.1');
    assert.deepEqual(Object(document.info).version, '1.2.3');
  });

  it('has every problem code in an answer of its status', () => {
    const responses = responsesOf(document);
    for (const [code, { status }] of Object.entries(problems)) {
      const texts = responses.filter(([key]) => Number(key) === status).map(([, response]) => JSON.stringify(response));
      assert.ok(
        texts.some((text) => text.includes(`"${code}"`)),
        code,
      );
    }
  });

  it('has Retry-After on every answer that asks callers to wait', () => {
    for (const [status, response] of responsesOf(document)) {
      const waits =
        status === '429' || (status === '503' && 'application/problem+json' in Object(Object(response).content));
      assert.equal('Retry-After' in Object(Object(response).headers), waits, status);
    }
  });

  it('promises no header if the host may answer instead', () => {
    const { paths } = document;
    const header = (path: string, method: string) =>
      Object(paths)[path][method].responses[401].headers?.['WWW-Authenticate'];
    for (const [path, method] of [
      ['/api/token', 'get'],
      ['/api/token/refresh', 'post'],
    ] as const) {
      assert.ok(header(path, method));
      assert.ok(!header(path, method).required, path);
    }
    assert.equal(header('/api/status', 'get'), undefined);
    assert.equal(header('/api/auth/login', 'post').required, true);
    assert.equal(header('/api/auth/refresh_token', 'get').required, true);
  });

  it('has only what code generators need', () => {
    const found: Record<string, unknown>[] = [];
    JSON.stringify(document, (_, value: unknown) => {
      if (Object(value) === value) found.push(Object(value));
      return value;
    });
    const times = found.filter(({ format }) => format === 'date-time');
    assert.ok(times.length >= 2 && times.every((schema) => !('pattern' in schema)));
    const statuses = found.filter((schema) => typeof schema['const'] === 'number');
    assert.ok(statuses.length > 5 && statuses.every(({ type }) => type === 'integer'));
    for (const { headers } of found) assert.notDeepEqual(headers, {});
  });

  it('allows exactly the requests that the routes accept', async () => {
    const operations = Object(document.paths);
    const schemaOfBody = (path: string) => operations[path].post.requestBody.content['application/json'].schema;
    const bodyOf = (value: unknown) =>
      new Request('http://localhost/', { method: 'POST', body: JSON.stringify(value) });
    const url = 'http://localhost/api/token?min_ttl=';
    const longest = 'x'.repeat(200);
    const cases: { schema: object; values: unknown[]; takes: (value: unknown) => boolean | Promise<boolean> }[] = [
      {
        schema: operations['/api/token'].get.parameters[0].schema,
        values: [0, 1, 86_400, 86_401, 1_000_000, -1, 1.5],
        takes: (value) => readMinTtl({ url: `${url}${String(value)}` }, Infinity).ok, // whatever the margin
      },
      {
        schema: schemaOfBody('/api/token/refresh'),
        values: [
          ...[0, 2_147_483_647, 2_147_483_648, -1, 1.5, '1'].map((generation) => ({ generation })),
          {},
          [],
          null,
        ],
        takes: async (value) => (await readReport(bodyOf(value))).ok,
      },
      {
        schema: schemaOfBody('/api/auth/login'),
        values: ['a', longest, `${longest}x`, '', 1].flatMap((text) => [
          { client_id: text, client_secret: 'b' },
          { client_id: 'a', client_secret: text },
        ]),
        takes: async (value) => (await readLogin(bodyOf(value))).ok,
      },
    ];
    const ajv = new Ajv2020();
    for (const { schema, values, takes } of cases) {
      const isAllowed = ajv.compile(schema);
      const verdicts = new Set<boolean>();
      for (const value of values) {
        verdicts.add(await takes(value));
        assert.equal(isAllowed(value), await takes(value), JSON.stringify(value));
      }
      assert.equal(verdicts.size, 2);
    }
  });

  it('has HEAD for probes, without a body', () => {
    const { head, get } = Object(document.paths)['/api/health'];
    assert.deepEqual(Object.keys(head.responses), Object.keys(get.responses));
    for (const response of Object.values(head.responses)) assert.equal(Object(response).content, undefined);
  });

  it('lets answers grow, while our own tests check them strictly', () => {
    const strict = read({ openUp: false });
    const open = read();
    for (const name of ['Token', 'Health', 'Status']) {
      assert.equal(open.schemas[name].additionalProperties, undefined, name);
      assert.equal(strict.schemas[name].additionalProperties, false, name);
    }
    assert.deepEqual([open.problem.additionalProperties, strict.problem.additionalProperties], [undefined, false]);
    const { state, health } = open.schemas.Status.properties;
    const { code } = health.properties.reasons.items.properties;
    assert.deepEqual([state.type, state.enum, code.type, code.enum], ['string', undefined, 'string', undefined]);
    assert.ok(state.examples.includes('fresh') && code.examples.includes('timer_silent'));
  });
});

/** The schemas of answers. */
function read(options?: { readonly openUp: boolean }) {
  const { components, paths } = JSON.parse(JSON.stringify(describeApi('1.2.3', statusSchema, options)));
  const { content } = paths['/api/token'].get.responses['401'];
  return { schemas: components.schemas, problem: content['application/problem+json'].schema };
}
