import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describeApi } from '../../src/http/openapi.ts';
import { statusSchema } from '../../src/status/status-json.ts';
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

  it('has each code that an answer can carry, in an answer of its status', () => {
    const responses = responsesOf(document);
    for (const [code, { status }] of Object.entries(problems)) {
      const texts = responses.filter(([key]) => Number(key) === status).map(([, response]) => JSON.stringify(response));
      assert.ok(
        texts.some((text) => text.includes(`"${code}"`)),
        code,
      );
    }
  });

  it('says of each answer that makes wait how long', () => {
    for (const [status, response] of responsesOf(document)) {
      const waits = status === '429' || (status === '503' && 'application/problem+json' in Object(response).content);
      assert.equal('Retry-After' in Object(Object(response).headers), waits, status);
    }
  });
});
