import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeApi } from '../../src/http/openapi.ts';
import { statusSchema } from '../../src/status/status-json.ts';

/** Of the description as it is handed out, or as our own tests hold answers against it. */
function read(options?: { readonly openUp: boolean }) {
  const document: unknown = JSON.parse(JSON.stringify(describeApi('1.2.3', statusSchema, options)));
  const { components, paths } = Object(document);
  const { content } = paths['/api/token'].get.responses['401'];
  return { schemas: components.schemas, problem: content['application/problem+json'].schema };
}

describe('what is described of answers', () => {
  it('allows for members to come, while our own tests hold answers to the letter', () => {
    const [open, exact] = [read(), read({ openUp: false })];
    for (const name of ['Token', 'Health', 'Status']) {
      assert.equal(open.schemas[name].additionalProperties, undefined, name);
      assert.equal(exact.schemas[name].additionalProperties, false, name);
    }
    assert.deepEqual([open.problem.additionalProperties, exact.problem.additionalProperties], [undefined, false]);
  });

  it('allows for states and reasons to come', () => {
    const { state, health } = read().schemas.Status.properties;
    const { code } = health.properties.reasons.items.properties;
    assert.deepEqual([state.type, state.enum, code.type, code.enum], ['string', undefined, 'string', undefined]);
    assert.ok(state.examples.includes('fresh') && code.examples.includes('timer_silent'));
  });
});
