import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { declaredEvents } from '../telemetry/declared-events.ts';
import { alertRules, onlyOf, resourcesOf, SNAPSHOTS, workbookQueries } from './snapshots.ts';

const events = declaredEvents();
const alerts = new Map(alertRules('default').map((alert) => [alert.title, alert]));
const queries = [...[...alerts.values()].map(({ query }) => query), ...workbookQueries('default')];

/** The events that a query looks for. `startswith`, with the brace: `rotation.done` is not to find `rotation.done_else`. */
const eventsIn = (query: string) =>
  [...query.matchAll(/Message startswith "([\w.]+) \{"/g)].map(([, name = '']) => name);
const fieldsIn = (query: string) => [...query.matchAll(/\bevent\.(\w+)/g)].map(([, field = '']) => field);

describe('the queries of alerts and workbook', () => {
  it('look for events that exist, in the one form that is written', () => {
    for (const query of queries.filter((text) => text.includes('AppTraces'))) {
      assert.ok(eventsIn(query).length > 0, query);
      for (const name of eventsIn(query)) assert.ok(events.has(name), `${name} in ${query}`);
      const quoted = [...query.matchAll(/"([a-z]+\.[a-z_]+)/g)].map(([, name = '']) => name);
      assert.deepEqual(quoted, eventsIn(query), query);
    }
  });

  it('use fields that one of their events has', () => {
    for (const query of queries) {
      const known = new Set(eventsIn(query).flatMap((name) => events.get(name)?.fields ?? []));
      for (const field of fieldsIn(query)) assert.ok(known.has(field), `${field} in ${query}`);
    }
  });

  it('read the log of the workspace that the app writes to', () => {
    const workspace = onlyOf('default', 'Microsoft.OperationalInsights/workspaces').id;
    assert.equal(onlyOf('default', 'Microsoft.Insights/components').properties['WorkspaceResourceId'], workspace);
    assert.equal(onlyOf('default', 'Microsoft.Insights/workbooks').properties['sourceId'], workspace);
    for (const { properties } of resourcesOf('default', 'Microsoft.Insights/scheduledQueryRules')) {
      assert.deepEqual(properties['scopes'], [workspace]);
    }
  });
});

describe('the alerts', () => {
  it('are about what an operator has to know', () => {
    const looksFor = Object.fromEntries(
      [...alerts].map(([title, { query }]) => [title, [...new Set(eventsIn(query))]]),
    );
    assert.deepEqual(looksFor, {
      'A rotation failed': ['rotation.failed', 'rotation.held_back'],
      'No successful check in two periods': ['rotation.not_due', 'rotation.done'],
      'The refresh token ends in under 2 days': ['rotation.not_due', 'rotation.held_back', 'rotation.failed'],
      'Quartile refuses the credentials': ['rotation.failed', 'rotation.held_back'],
      'Callers get HTTP 5xx': [],
    });
    assert.match(alerts.get('Callers get HTTP 5xx')?.query ?? '', /AppRequests[\s\S]*between \(500 \.\. 599\)/);
    assert.match(alerts.get('The refresh token ends in under 2 days')?.query ?? '', /< 172800\b/);
  });

  it('find silence, which has no rows to count: the query answers with a row when it counted none', () => {
    const { query } = alerts.get('No successful check in two periods') ?? { query: '' };
    assert.match(query, /summarize checks = count\(\)\n\| where checks == 0\s*$/);
    assert.match(query, /startswith "rotation.not_due \{" or tostring\(event\.trigger\) == "timer"/);
  });

  it('say what to do', () => {
    for (const { title, description } of alerts.values()) {
      assert.match(description, /\b(Look|see|Put|names)\b/, title);
      assert.ok(description.length < 400, title);
    }
  });

  it('look back over the silence that was asked for', () => {
    const windowOf = (name: 'default' | 'jwt-callers') =>
      resourcesOf(name, 'Microsoft.Insights/scheduledQueryRules').find((rule) =>
        rule.name.startsWith('no-successful-check'),
      )?.properties['windowSize'];
    assert.deepEqual([windowOf('default'), windowOf('jwt-callers')], ['PT1H', 'PT30M']);
  });

  it('exist with and without a receiver', () => {
    for (const name of SNAPSHOTS) {
      const rules = resourcesOf(name, 'Microsoft.Insights/scheduledQueryRules');
      assert.equal(rules.length, 5, name);
      assert.ok(rules.every(({ condition }) => condition === undefined));
    }
    const receivers = onlyOf('jwt-callers', 'Microsoft.Insights/actionGroups');
    assert.equal(receivers.condition, undefined);
    for (const { properties } of resourcesOf('jwt-callers', 'Microsoft.Insights/scheduledQueryRules')) {
      assert.deepEqual(properties['actions'], { actionGroups: [receivers.id] });
    }
    assert.match(onlyOf('default', 'Microsoft.Insights/actionGroups').condition ?? '', /parameters\('webhook'\)/);
  });
});
