/** Holds every answer that tests get against the description of the API: what it does not say must not happen. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import * as z from 'zod';
import { describeApi } from '../../src/http/openapi.ts';
import { statusSchema } from '../../src/status/status.ts';
import type { Answer } from '../canary/canary.ts';

export type DescriptionCheck = {
  readonly see: (answer: Answer) => void;
  /** @throws when an answer was not as described */
  check(): void;
};

const headerSchema = z.object({ required: z.boolean().default(false), schema: z.looseObject({ type: z.string() }) });
const responseSchema = z.object({
  headers: z.record(z.string(), headerSchema).default({}),
  content: z.record(z.string(), z.unknown()).default({}),
});
const operationSchema = z.object({
  security: z.array(z.record(z.string(), z.unknown())).default([]),
  responses: z.record(z.string(), responseSchema),
});
const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
});

const document = JSON.parse(JSON.stringify(describeApi('0.0.0', statusSchema, { openUp: false })));
const { paths } = documentSchema.parse(document);
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, 'api');

export function createDescriptionCheck(): DescriptionCheck {
  const faults = new Set<string>();
  return {
    see(answer) {
      const fault = findFault(answer);
      if (fault !== undefined) faults.add(`${answer.method} ${answer.path} ${answer.status}: ${fault}`);
    },
    check() {
      if (faults.size === 0) return;
      throw new Error(`Answers are not as /api/openapi.json describes them:\n${[...faults].join('\n')}`);
    },
  };
}

/** @returns what is wrong, without a word of the answer itself; `undefined` where all is well, or it is not ours */
export function findFault({ method, path, status, headers, body }: Answer): string | undefined {
  const operation = paths[path]?.[method.toLowerCase()];
  if (operation === undefined) return undefined;
  const response = operation.responses[status];
  if (response === undefined) return 'the status is not described';
  for (const [name, header] of Object.entries(response.headers)) {
    const fault = judgeHeader(headers.get(name), header);
    if (fault !== undefined) return `${name} ${fault}`;
  }
  if (body === '' && mayBeEmpty(operation, status)) return undefined;
  const type = headers.get('content-type')?.split(';')[0] ?? 'none';
  if (!(type in response.content)) return `the media type ${type} is not described`;
  return type.endsWith('json')
    ? judgeBody(body, pointer('paths', path, method.toLowerCase(), String(status), type))
    : undefined;
}

function judgeHeader(value: string | null, { required, schema }: z.infer<typeof headerSchema>): string | undefined {
  if (value === null) return required ? 'is missing' : undefined;
  return ajv.validate(schema, schema.type === 'integer' ? Number(value) : value) ? undefined : ajv.errorsText();
}

/** What the host says by itself is empty: where no content is described, or to whoever has no key for a route that takes one. */
function mayBeEmpty({ security, responses }: z.infer<typeof operationSchema>, status: number): boolean {
  const isWithoutContent = Object.keys(responses[status]?.content ?? {}).length === 0;
  return isWithoutContent || (status === 401 && security.some((scheme) => 'functionKey' in scheme));
}

function pointer(...[paths_, path, method, status, type]: readonly string[]): string {
  const parts = [paths_, path, method, 'responses', status, 'content', type, 'schema'];
  return parts.map((part = '') => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
}

function judgeBody(body: string, schemaPointer: string): string | undefined {
  const validate = ajv.getSchema(`api#/${schemaPointer}`);
  if (validate === undefined) return `there is no schema at ${schemaPointer}`;
  if (validate(JSON.parse(body))) return undefined;
  return (validate.errors ?? [])
    .map(({ instancePath, message }) => `${instancePath || 'the body'} ${message}`)
    .join('; ');
}
