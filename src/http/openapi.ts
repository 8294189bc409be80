/** The API as OpenAPI 3.1, made from the schemas that validate. Pure: no I/O, no clock. */
import * as z from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import {
  bareTokenSchema,
  healthSchema,
  loginAnswerSchema,
  renewalAnswerSchema,
  tokenSchema,
} from './answer-schemas.ts';
import { loginSchema } from './auth-route.ts';
import { describeFailures, describeFailuresBehindKey, NO_ROUTE } from './openapi-failures.ts';
import { BEARER_REFUSALS } from './problem.ts';
import { minTtlSchema, reportSchema } from './token-route.ts';

const asJson = (schema: z.ZodType) => ({ 'application/json': { schema } });

const token: ZodOpenApiResponseObject = {
  description: 'A valid token.',
  content: { ...asJson(tokenSchema), 'text/plain': { schema: bareTokenSchema } },
};

/** The function key in a header or the query; or a caller's own token. */
const KEY = [{ functionKey: [] }, { functionKeyInQuery: [] }];
const KEY_OR_TOKEN = [...KEY, { callerToken: [] }];

const getToken: ZodOpenApiOperationObject = {
  operationId: 'getToken',
  summary: 'The current access token',
  description:
    'Never an expired one. If none is valid, or `min_ttl` is not met, the call waits up to 25 s for a new one.',
  security: KEY_OR_TOKEN,
  requestParams: { query: z.object({ min_ttl: minTtlSchema.optional() }) },
  responses: {
    200: token,
    ...describeFailuresBehindKey(['invalid_request', ...BEARER_REFUSALS, 'token_unavailable', 'store_unavailable']),
  },
};

const reportRefusedToken: ZodOpenApiOperationObject = {
  operationId: 'reportRefusedToken',
  summary: 'Report that Quartile refused the token of this generation, and receive another one',
  description: 'Renews the token only if the generation is the current one. Never returns the reported token.',
  security: KEY_OR_TOKEN,
  requestBody: { required: true, content: asJson(reportSchema) },
  responses: {
    200: token,
    ...describeFailuresBehindKey([
      'invalid_request',
      ...BEARER_REFUSALS,
      'rotated_recently',
      'token_unavailable',
      'store_unavailable',
    ]),
  },
};

const getHealth: ZodOpenApiOperationObject = {
  operationId: 'getHealth',
  summary: 'Whether the service can hand out tokens',
  description: 'Reads only, and never causes a renewal.',
  security: [],
  responses: {
    200: { description: 'There is a valid token.', content: asJson(healthSchema) },
    503: { description: 'There is none.', content: asJson(healthSchema) },
  },
};

const checkHealth: ZodOpenApiOperationObject = {
  operationId: 'checkHealth',
  summary: 'The same without a body, for probes',
  security: [],
  responses: { 200: { description: 'There is a valid token.' }, 503: { description: 'There is none.' } },
};

const logIn: ZodOpenApiOperationObject = {
  operationId: 'logInCaller',
  summary: "Exchange a caller's secret for tokens of its own",
  description: 'Only with CALLER_AUTH=jwt, else 404.',
  security: [],
  requestBody: { required: true, content: asJson(loginSchema) },
  responses: {
    200: { description: 'Logged in.', content: asJson(loginAnswerSchema) },
    404: NO_ROUTE,
    ...describeFailures(['invalid_request', 'invalid_client', 'store_unavailable']),
  },
};

const renewAccess: ZodOpenApiOperationObject = {
  operationId: 'renewCallerAccess',
  summary: "Renew a caller's access token",
  description: 'Requires the refresh token as bearer. Only with CALLER_AUTH=jwt, else 404.',
  security: [{ callerRefreshToken: [] }],
  responses: {
    200: { description: 'Renewed.', content: asJson(renewalAnswerSchema) },
    404: NO_ROUTE,
    ...describeFailures([...BEARER_REFUSALS, 'store_unavailable']),
  },
};

const getDescription: ZodOpenApiOperationObject = {
  operationId: 'getOpenApi',
  summary: 'This description',
  security: [],
  responses: {
    200: { description: 'OpenAPI 3.1.', content: asJson(z.looseObject({})) },
    ...describeFailures([]),
  },
};

const securitySchemes = {
  functionKey: { type: 'apiKey', in: 'header', name: 'x-functions-key', description: 'Unless CALLER_AUTH is jwt.' },
  functionKeyInQuery: { type: 'apiKey', in: 'query', name: 'code', description: 'The same key, for a browser.' },
  callerToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: "A caller's access token. Only with CALLER_AUTH=jwt.",
  },
  callerRefreshToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: "A caller's refresh token." },
} as const;

const getStatus = (statusSchema: z.ZodType): ZodOpenApiOperationObject => ({
  operationId: 'getStatus',
  summary: 'The current state, for people and for programs',
  description: 'Reads only. JSON if `Accept` prefers it, else a page. Requires the function key in both modes.',
  security: KEY,
  responses: {
    200: {
      description: 'The state, good or bad.',
      content: { ...asJson(statusSchema), 'text/html': { schema: z.string() } },
    },
    ...describeFailuresBehindKey([]),
  },
});

/**
 * Describes the API.
 *
 * @param version of this software
 * @param statusSchema the status as JSON
 * @param openUp describes every answer as extensible, so that a new member breaks no caller that validates. Our own tests
 *   check answers strictly
 */
export function describeApi(
  version: string,
  statusSchema: z.ZodType,
  { openUp = true }: { readonly openUp?: boolean } = {},
): ReturnType<typeof createDocument> {
  return createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'quartile-token-keeper',
        version,
        description: 'Hands out the current Quartile access token. Errors are `application/problem+json` (RFC 9457).',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'The function app' }],
      components: { securitySchemes },
      paths: {
        '/api/token': { get: getToken },
        '/api/token/refresh': { post: reportRefusedToken },
        '/api/health': { get: getHealth, head: checkHealth },
        '/api/status': { get: getStatus(statusSchema) },
        '/api/auth/login': { post: logIn },
        '/api/auth/refresh_token': { get: renewAccess },
        '/api/openapi.json': { get: getDescription },
      },
    },
    {
      override: (context) => {
        simplify(context.jsonSchema);
        if (openUp) letAnswersGrow(context);
      },
    },
  );
}

/** Removes what code generators do not need: a format needs no pattern. An integer constant gets its type. */
function simplify(jsonSchema: Record<string, unknown>): void {
  if (jsonSchema['format'] === 'date-time') delete jsonSchema['pattern'];
  if (Number.isInteger(jsonSchema['const'])) jsonSchema['type'] = 'integer';
}

/** Describes strict objects as extensible, in answers only. */
const letAnswersGrow: ZodOpenApiOverride = ({ jsonSchema, io }) => {
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
};
