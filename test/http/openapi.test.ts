import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describeApi } from '../../src/http/openapi.ts';
import { statusSchema } from '../../src/status/status-json.ts';
import { problems } from '../../src/http/problem.ts';

const document: Record<string, unknown> = JSON.parse(JSON.stringify(describeApi('1.2.3', statusSchema)));

describe('the description of the API', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document));
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(validator.version, '3.1');
    assert.deepEqual(Object(document.info).version, '1.2.3');
  });

  it('has each code that an answer can carry, in an answer of its status', () => {
    const responses = Object.values(Object(document.paths))
      .flatMap((path) => Object.values(Object(path)))
      .flatMap((operation) => Object.entries(Object(operation).responses));
    for (const [code, { status }] of Object.entries(problems)) {
      const texts = responses.filter(([key]) => Number(key) === status).map(([, response]) => JSON.stringify(response));
      assert.ok(
        texts.some((text) => text.includes(`"${code}"`)),
        code,
      );
    }
  });

  it('says of each answer that makes wait how long', () => {
    const text = JSON.stringify(document);
    for (const status of ['429', '503']) assert.match(text, new RegExp(`"${status}":\\{"description".*?Retry-After`));
  });
});
