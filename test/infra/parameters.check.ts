// Run by `npm run check:infra`: what azd deploys with, made of the variables of its environment.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { bicep, compiledTemplate, infraDir } from './bicep.ts';

const source = readFileSync(path.join(infraDir, 'main.bicepparam'), 'utf8');
const place = { AZURE_ENV_NAME: 'keeper', AZURE_LOCATION: 'westeurope' };

/** Only what a test gives: the machine that runs it may have some of the variables. */
function buildWith(env: NodeJS.ProcessEnv) {
  const none = [...source.matchAll(/readEnvironmentVariable\(\s*'(\w+)'/g)].map(([, name = '']) => [name, undefined]);
  return bicep(['build-params', 'main.bicepparam', '--stdout'], { env: { ...Object.fromEntries(none), ...env } });
}

const file = z.object({ parameters: z.record(z.string(), z.looseObject({ value: z.unknown() })) });

function valuesWith(env: NodeJS.ProcessEnv): Record<string, unknown> {
  const { parametersJson } = z.object({ parametersJson: z.string() }).parse(JSON.parse(buildWith(env).output));
  const { parameters } = file.parse(JSON.parse(parametersJson));
  return Object.fromEntries(Object.entries(parameters).map(([name, { value }]) => [name, value]));
}

describe('the parameter file', () => {
  it('hands on every parameter of the template, as its default unless it is told something else', () => {
    const defaults = Object.entries(compiledTemplate().parameters).map(([name, { defaultValue }]) => [
      name,
      defaultValue,
    ]);
    const { name, location, ...others } = Object.fromEntries(defaults);
    assert.deepEqual([name, location], [undefined, undefined]);
    assert.deepEqual(valuesWith(place), { name: 'keeper', location: 'westeurope', ...others });
  });

  it('reads lists, numbers and switches', () => {
    const { allowedIpRanges, alwaysReadyInstances, privateNetwork } = valuesWith({
      ...place,
      ALLOWED_IP_RANGES: '203.0.113.0/24, 198.51.100.7/32',
      ALWAYS_READY_INSTANCES: '2',
      PRIVATE_NETWORK: 'true',
    });
    assert.deepEqual(allowedIpRanges, ['203.0.113.0/24', '198.51.100.7/32']);
    assert.deepEqual([alwaysReadyInstances, privateNetwork], [2, true]);
  });

  it('asks for a name and a region', () => {
    assert.match(buildWith({}).complaints, /AZURE_ENV_NAME[\s\S]*AZURE_LOCATION/);
  });

  it('has no secret in it', () => {
    const secure = Object.entries(compiledTemplate().parameters).filter(([, { type }]) => type === 'securestring');
    assert.equal(secure.length, 6);
    for (const [name] of secure) {
      assert.match(source, new RegExp(`^param ${name} = readEnvironmentVariable\\('[A-Z_]+', ''\\)$`, 'm'));
    }
  });
});
