/** The API as OpenAPI 3.1, made from the schemas that validate. Pure: no I/O, no clock. */
import * as z from 'zod';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import {
  bareTokenSchema,
  healthSchema,
  loginAnswerSchema,
  renewalAnswerSchema,
  tokenSchema,
} from './answer-schemas.ts';
import { letAnswersGrow } from './growing.ts';
import { loginSchema } from './auth-route.ts';
import { describeFailures, describeFailuresBehindKey, NO_ROUTE } from './openapi-failures.ts';
import { BEARER_REFUSALS } from './problem.ts';
import { reportSchema } from './report-route.ts';
import { minTtlSchema } from './token-route.ts';

const token: ZodOpenApiResponseObject = {
  description: 'A token that lives.',
  content: { 'application/json': { schema: tokenSchema }, 'text/plain': { schema: bareTokenSchema } },
};

const getToken: ZodOpenApiOperationObject = {
  operationId: 'getToken',
  summary: 'The current access token',
  description:
    'Never a dead one. Where none lives, or `min_ttl` is not met, this call renews it, or waits 25 s at most.',
  security: [{ functionKey: [] }, { functionKeyInQuery: [] }, { callerToken: [] }],
  requestParams: {
    query: z.object({ min_ttl: minTtlSchema.optional() }),
  },
  responses: {
    200: token,
    ...describeFailuresBehindKey(['invalid_request', ...BEARER_REFUSALS, 'token_unavailable', 'store_unavailable']),
  },
};

const reportRefusedToken: ZodOpenApiOperationObject = {
  operationId: 'reportRefusedToken',
  summary: 'Quartile refused the token of this generation: another one',
  description: 'Renews it only if that generation is the current one. Never answers with the token that was reported.',
  security: [{ functionKey: [] }, { functionKeyInQuery: [] }, { callerToken: [] }],
  requestBody: { required: true, content: { 'application/json': { schema: reportSchema } } },
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
  summary: 'Whether the service does its job',
  description: 'Reads only, and never causes a renewal.',
  security: [],
  responses: {
    200: { description: 'There is a live token.', content: { 'application/json': { schema: healthSchema } } },
    503: { description: 'There is none.', content: { 'application/json': { schema: healthSchema } } },
  },
};

const logIn: ZodOpenApiOperationObject = {
  operationId: 'logInCaller',
  summary: 'Tokens of its own for a caller',
  description: 'Only with CALLER_AUTH=jwt, else 404.',
  security: [],
  requestBody: { required: true, content: { 'application/json': { schema: loginSchema } } },
  responses: {
    200: { description: 'Logged in.', content: { 'application/json': { schema: loginAnswerSchema } } },
    404: NO_ROUTE,
    ...describeFailures(['invalid_request', 'invalid_client', 'too_many_attempts', 'store_unavailable']),
  },
};

const renewAccess: ZodOpenApiOperationObject = {
  operationId: 'renewCallerAccess',
  summary: "A caller's access token, anew",
  description: 'Wants the refresh token as bearer. Only with CALLER_AUTH=jwt, else 404.',
  security: [{ callerRefreshToken: [] }],
  responses: {
    200: { description: 'Renewed.', content: { 'application/json': { schema: renewalAnswerSchema } } },
    404: NO_ROUTE,
    ...describeFailures([...BEARER_REFUSALS, 'store_unavailable']),
  },
};

const getDescription: ZodOpenApiOperationObject = {
  operationId: 'getOpenApi',
  summary: 'This description',
  security: [],
  responses: {
    200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: z.looseObject({}) } } },
    ...describeFailures([]),
  },
};

const securitySchemes = {
  functionKey: { type: 'apiKey', in: 'header', name: 'x-functions-key', description: 'Unless CALLER_AUTH is jwt.' },
  functionKeyInQuery: { type: 'apiKey', in: 'query', name: 'code', description: 'The same, for a browser.' },
  callerToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: "A caller's access token: only with CALLER_AUTH=jwt.",
  },
  callerRefreshToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: "A caller's refresh token." },
} as const;

function getStatus(statusSchema: z.ZodType): ZodOpenApiOperationObject {
  return {
    operationId: 'getStatus',
    summary: 'What is so right now, for people and for programs',
    description: 'Reads only. JSON where `Accept` prefers it, else a page. Wants the function key in both modes.',
    security: [{ functionKey: [] }, { functionKeyInQuery: [] }],
    responses: {
      200: {
        description: 'The state, good or bad.',
        content: { 'application/json': { schema: statusSchema }, 'text/html': { schema: z.string() } },
      },
      ...describeFailuresBehindKey([]),
    },
  };
}

/**
 * @param version of this software
 * @param statusSchema the status as JSON
 * @param openUp describes each answer as what may grow: a member more breaks nobody who validates. Our own tests want
 *   the answers to the letter.
 */
export function describeApi(
  version: string,
  statusSchema: z.ZodType,
  { openUp = true }: { readonly openUp?: boolean } = {},
): ReturnType<typeof createDocument> {
  const description: ZodOpenApiObject = {
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
      '/api/health': { get: getHealth },
      '/api/status': { get: getStatus(statusSchema) },
      '/api/auth/login': { post: logIn },
      '/api/auth/refresh_token': { get: renewAccess },
      '/api/openapi.json': { get: getDescription },
    },
  };
  return createDocument(description, {
    override: (context) => {
      simplify(context.jsonSchema);
      if (openUp) letAnswersGrow(context);
    },
  });
}

/** What zod says with more words than generators of code take well: an integer is one, and a format needs no pattern. */
function simplify(jsonSchema: Record<string, unknown>): void {
  if (jsonSchema['format'] === 'date-time') delete jsonSchema['pattern'];
  if (Number.isInteger(jsonSchema['const'])) jsonSchema['type'] = 'integer';
}
