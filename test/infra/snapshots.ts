/** The resources that the template would deploy: the kept output of `bicep snapshot`, which can be read without a compiler. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

/** One snapshot for each of these files in `test/infra/snapshots`. */
export const SNAPSHOTS = ['default', 'jwt-callers', 'private-network', 'always-ready'] as const;
export type SnapshotName = (typeof SNAPSHOTS)[number];

export const snapshotsDir = fileURLToPath(new URL('snapshots/', import.meta.url));

/** Invented. The ids in the snapshots contain them. */
export const PLACE = [
  ['--subscription-id', '00000000-0000-4000-8000-000000000001'],
  ['--tenant-id', '00000000-0000-4000-8000-000000000002'],
  ['--location', 'westeurope'],
].flat();

const resource = z.looseObject({
  id: z.string(),
  type: z.string(),
  name: z.string(),
  apiVersion: z.string(),
  condition: z.string().optional(),
  kind: z.string().optional(),
  identity: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).default({}),
});

const snapshot = z.object({
  predictedResources: z.array(resource),
  diagnostics: z.array(z.unknown()),
  outputs: z.record(z.string(), z.unknown()),
});

export type Resource = z.infer<typeof resource>;
export type Snapshot = z.infer<typeof snapshot>;

export function readSnapshot(name: SnapshotName): Snapshot {
  return snapshot.parse(JSON.parse(readFileSync(`${snapshotsDir}${name}.snapshot.json`, 'utf8')));
}

/** All resources of a type, such as `Microsoft.Web/sites`. */
export function resourcesOf(name: SnapshotName, type: string): Resource[] {
  return readSnapshot(name).predictedResources.filter((candidate) => candidate.type === type);
}

/** The only resource of a type. */
export function onlyOf(name: SnapshotName, type: string): Resource {
  const [only, ...others] = resourcesOf(name, type);
  if (only === undefined || others.length > 0) throw new Error(`${name} has not exactly one ${type}`);
  return only;
}

const site = z.looseObject({
  siteConfig: z.looseObject({ appSettings: z.array(z.strictObject({ name: z.string(), value: z.string() })) }),
});

/** The settings of the app: name → value. References and run-time values are not evaluated. */
export function appSettings(name: SnapshotName): Map<string, string> {
  const { siteConfig } = site.parse(onlyOf(name, 'Microsoft.Web/sites').properties);
  return new Map(siteConfig.appSettings.map((setting) => [setting.name, setting.value]));
}

const rule = z.looseObject({
  displayName: z.string(),
  description: z.string(),
  severity: z.number(),
  autoMitigate: z.boolean(),
  evaluationFrequency: z.string(),
  windowSize: z.string(),
  criteria: z.object({ allOf: z.tuple([z.looseObject({ query: z.string() })]) }),
});

/** An alert: its texts, its query, how often it runs, and the time that it covers. */
export type AlertRule = {
  readonly title: string;
  readonly description: string;
  readonly severity: number;
  readonly query: string;
  readonly everyMs: number;
  readonly windowMs: number;
  /** Whether it resolves by itself. */
  readonly resolves: boolean;
};

export function alertRules(name: SnapshotName): AlertRule[] {
  return resourcesOf(name, 'Microsoft.Insights/scheduledQueryRules').map(({ properties }) => {
    const { displayName, description, severity, autoMitigate, evaluationFrequency, windowSize, criteria } =
      rule.parse(properties);
    return {
      title: displayName,
      description,
      severity,
      query: criteria.allOf[0].query,
      everyMs: durationMs(evaluationFrequency),
      windowMs: durationMs(windowSize),
      resolves: autoMitigate,
    };
  });
}

const UNITS_MS = new Map([
  ['M', 60_000],
  ['H', 3_600_000],
  ['D', 86_400_000],
]);

/**
 * Milliseconds of an ISO 8601 duration, in the forms that alerts use: `PT30M`, `PT6H`, `P2D`.
 *
 * @throws {TypeError} for any other
 */
export function durationMs(text: string): number {
  const { amount, unit = '' } = /^P(?:T(?=\d+[MH]$)|(?=\d+D$))(?<amount>\d+)(?<unit>[MHD])$/.exec(text)?.groups ?? {};
  if (amount === undefined) throw new TypeError(`Not a duration: ${text}`);
  return Number(amount) * (UNITS_MS.get(unit) ?? Number.NaN);
}

const page = z.object({ items: z.array(z.object({ content: z.object({ query: z.string().optional() }) })) });

/** The queries of the workbook. */
export function workbookQueries(name: SnapshotName): string[] {
  const { serializedData } = onlyOf(name, 'Microsoft.Insights/workbooks').properties;
  const { items } = page.parse(JSON.parse(z.string().parse(serializedData)));
  return items.flatMap(({ content }) => content.query ?? []);
}
