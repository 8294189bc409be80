import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LONGEST_REFUSAL_WAIT_MS } from '../../src/rotation/limits.ts';
import { schedulePeriodMs } from '../../src/settings/schedule.ts';
import { problemsOf } from './kusto.cjs';
import { declaredEvents } from '../telemetry/declared-events.ts';
import {
  alertRules,
  appSettings,
  onlyOf,
  resourcesOf,
  type SnapshotName,
  SNAPSHOTS,
  workbookQueries,
} from './snapshots.ts';

const events = declaredEvents();
const alerts = new Map(alertRules('default').map((alert) => [alert.title, alert]));
const queries = [...[...alerts.values()].map(({ query }) => query), ...workbookQueries('default')];

/** The events that a query finds. With the brace, `startswith` does not find an event with a longer name. */
const eventsIn = (query: string) =>
  [...query.matchAll(/Message startswith "([\w.]+) \{"/g)].map(([, name = '']) => name);
const fieldsIn = (query: string) => [...query.matchAll(/\bevent\.(\w+)/g)].map(([, field = '']) => field);

describe('the queries of alerts and workbook', () => {
  it('are valid, with names and types that exist', () => {
    for (const query of queries) assert.deepEqual(problemsOf(query), [], query);
    assert.equal(problemsOf('AppTraces | where Massage == "x"').length, 1);
    assert.equal(problemsOf('AppTraces | extend kind = 1').length, 1, 'a reserved word');
  });

  it('find events that exist, in the form in which they are logged', () => {
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
  it('cover what an operator must know', () => {
    const looksFor = Object.fromEntries(
      [...alerts].map(([title, { query }]) => [title, [...new Set(eventsIn(query))]]),
    );
    assert.deepEqual(looksFor, {
      'A rotation failed': ['rotation.failed', 'rotation.held_back', 'rotation.done'],
      'No successful check in two periods': ['rotation.not_due', 'rotation.done'],
      'The refresh token expires in under 2 days': ['rotation.not_due', 'rotation.held_back', 'rotation.failed'],
      'Quartile refuses the credentials': ['rotation.failed', 'rotation.held_back', 'rotation.done'],
      'Callers receive HTTP 5xx': [],
    });
    assert.match(alerts.get('Callers receive HTTP 5xx')?.query ?? '', /AppRequests[\s\S]*between \(500 \.\. 599\)/);
    assert.match(alerts.get('The refresh token expires in under 2 days')?.query ?? '', /< 172800\b/);
  });

  it('find silence: without any event the query still counts, and returns one row with 0', () => {
    const { query } = alerts.get('No successful check in two periods') ?? { query: '' };
    assert.match(query, /summarize checks = count\(\)\n\| where checks == 0\s*$/);
    assert.match(query, /startswith "rotation.not_due \{" or tostring\(event\.trigger\) == "timer"/);
  });

  it('start with a table: log search alerts do not support `union` and `search`', () => {
    for (const { query, title } of alerts.values()) {
      assert.match(query, /^App\w+\n/, title);
      assert.doesNotMatch(query, /\b(union|search|datatable)\b/, title);
    }
  });

  it('say what to do', () => {
    for (const { title, description } of alerts.values()) {
      assert.match(description, /\b(See|Check|Put|names)\b/, title);
      assert.ok(description.length < 400, title);
    }
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

const HOUR_MS = 3_600_000;

/** Quartile's tokens are valid for 12 hours. By then a rotation is tried, and logged as done, failed or held back. */
const LONGEST_PAUSE_OF_ROTATIONS_MS = 12 * HOUR_MS;

describe('an alert that fires', () => {
  const of = (name: SnapshotName, title: string) => {
    const found = alertRules(name).find((alert) => alert.title === title);
    assert.ok(found, title);
    return found;
  };

  it('resolves by itself, and sees every moment', () => {
    for (const { title, resolves, everyMs, windowMs } of SNAPSHOTS.flatMap(alertRules)) {
      assert.ok(resolves, title);
      assert.ok(everyMs <= windowMs, `${title} misses what happens between two evaluations`);
    }
  });

  it('about a rotation covers the pause until the next attempt, and a run of the timer', () => {
    for (const title of ['A rotation failed', 'Quartile refuses the credentials']) {
      for (const name of SNAPSHOTS) {
        const { windowMs } = of(name, title);
        assert.ok(windowMs >= LONGEST_PAUSE_OF_ROTATIONS_MS + schedulePeriodOf(name), `${name}: ${title}`);
        assert.ok(windowMs >= LONGEST_REFUSAL_WAIT_MS + schedulePeriodOf(name), `${name}: ${title}`);
      }
    }
  });

  it('about a rotation resolves after a successful one: an earlier failure counts for an hour', () => {
    assert.match(of('default', 'A rotation failed').query, /failedAt > ago\(1h\) or failedAt > coalesce\(doneAt, /);
  });

  it('about a login resolves after a successful login: a refresh does not test username and password', () => {
    const { query } = of('default', 'Quartile refuses the credentials');
    assert.match(
      query,
      /code in \("credentials_refused", "login_refused"\)[\s\S]*loginAt = maxif\(TimeGenerated, kindDone == "login"\)/,
    );
    assert.match(query, /loginRefusedAt > coalesce\(loginAt, [\s\S]* or keyRefusedAt > coalesce\(doneAt, /);
  });

  it('about the refresh token still fires if the timer stops: the query subtracts the time since the last event', () => {
    const { query, windowMs } = of('default', 'The refresh token expires in under 2 days');
    assert.match(query, /secondsLeftNow = refreshSecondsLeft - datetime_diff\("second", now\(\), TimeGenerated\)/);
    assert.equal(windowMs, 48 * HOUR_MS, 'as long as the remaining life that it warns of');
  });

  it('about callers fires while they call at least twice an hour', () => {
    assert.equal(of('default', 'Callers receive HTTP 5xx').windowMs, HOUR_MS);
  });
});

describe('the alert about a silent timer', () => {
  const silence = (name: SnapshotName) =>
    alertRules(name).find(({ title }) => title === 'No successful check in two periods')?.windowMs;

  it('waits for two periods of the schedule', () => {
    for (const name of ['default', 'jwt-callers', 'private-network'] as const) {
      assert.ok((silence(name) ?? 0) >= 2 * schedulePeriodOf(name), name);
    }
    assert.deepEqual(
      [silence('default'), silence('jwt-callers'), silence('private-network')],
      [1, 0.5, 4].map((hours) => hours * HOUR_MS),
    );
  });

  it('waits for as long as the operator chose', () => {
    assert.equal(silence('always-ready'), 3 * HOUR_MS);
  });
});

function schedulePeriodOf(name: SnapshotName): number {
  const periodMs = schedulePeriodMs(appSettings(name).get('REFRESH_SCHEDULE') ?? '');
  assert.ok(periodMs);
  return periodMs;
}
