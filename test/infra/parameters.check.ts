// Run by `npm run check:infra`: the parameter file, with the variables of the azd environment.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { bicep, compiledTemplate, infraDir } from './bicep.ts';

const source = readFileSync(path.join(infraDir, 'main.bicepparam'), 'utf8');
const variables = [...source.matchAll(/readEnvironmentVariable\('(\w+)'/g)].map(([, name = '']) => name);
const place = { AZURE_ENV_NAME: 'keeper', AZURE_LOCATION: 'westeurope' };

/** Compiles it with these variables only: the machine that runs the test may have some of them. */
function buildWith(env: NodeJS.ProcessEnv) {
  const none = variables.map((name) => [name, undefined]);
  return bicep(['build-params', 'main.bicepparam', '--stdout'], { env: { ...Object.fromEntries(none), ...env } });
}

const file = z.object({ parameters: z.record(z.string(), z.looseObject({ value: z.unknown() })) });

function valuesWith(env: NodeJS.ProcessEnv): Record<string, unknown> {
  const { parametersJson } = z.object({ parametersJson: z.string() }).parse(JSON.parse(buildWith(env).output));
  const { parameters } = file.parse(JSON.parse(parametersJson));
  return Object.fromEntries(Object.entries(parameters).map(([name, { value }]) => [name, value]));
}

describe('the parameter file', () => {
  it('passes every parameter of the template, with its default', () => {
    const defaults = Object.entries(compiledTemplate().parameters).map(([name, { defaultValue }]) => [
      name,
      defaultValue,
    ]);
    const { name, location, ...others } = Object.fromEntries(defaults);
    assert.deepEqual([name, location], [undefined, undefined]);
    assert.deepEqual(valuesWith(place), { name: 'keeper', location: 'westeurope', ...others });
  });

  it('takes an empty variable as absent, for each parameter but name and region', () => {
    const optional = variables.filter((name) => !(name in place));
    assert.equal(optional.length, Object.keys(compiledTemplate().parameters).length - 2);
    const empty = Object.fromEntries(optional.map((name) => [name, '']));
    const { status, complaints } = buildWith({ ...place, ...empty });
    assert.deepEqual({ status, complaints }, { status: 0, complaints: '' });
    assert.deepEqual(valuesWith({ ...place, ...empty }), valuesWith(place));
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

  it('requires a name and a region', () => {
    assert.match(buildWith({}).complaints, /AZURE_ENV_NAME[\s\S]*AZURE_LOCATION/);
  });

  it('contains no secret', () => {
    const secure = Object.entries(compiledTemplate().parameters).filter(([, { type }]) => type === 'securestring');
    assert.equal(secure.length, 4);
    for (const [name] of secure) {
      assert.match(source, new RegExp(`^param ${name} = readEnvironmentVariable\\('[A-Z_]+', ''\\)$`, 'm'));
    }
  });
});
