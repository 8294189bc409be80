/** What tests and people can ask of a running simulator: as functions in the same process, and as routes over HTTP. */
import * as z from 'zod';
import { parseJson } from '../../parse-json.ts';
import { type Answer, answerGatewayRefusal, answerJson, type Request } from './authorization.ts';
import { type FaultRule, type FaultRuleInput, faultRuleSchema } from './faults.ts';
import { createStatistics, settingsPatchSchema, settingsSchema, type State } from './state.ts';

const revokeSchema = z.strictObject({ what: z.enum(['access', 'refresh', 'all']) });
type Revocable = z.infer<typeof revokeSchema>['what'];

export type Controls = ReturnType<typeof createControls>;

/** Those that take input throw zod's error for a bad one. */
export function createControls(state: State, now: () => number) {
  /** Drops all rules. Returns how many. Answers that hang or are held stay so. */
  const clearFaults = () => state.faults.splice(0).length;
  /** Makes all present tokens of a kind unknown. Returns how many there were, expired and spent ones included. */
  const revoke = (what: Revocable) => ({
    access: what === 'refresh' ? 0 : empty(state.accessTokens),
    refresh: what === 'access' ? 0 : empty(state.refreshTokens),
  });
  return {
    clearFaults,
    revoke,
    /** A copy of the counters, and how many answers are held at this moment. */
    stats: () => ({ ...structuredClone(state.statistics), held: state.held.size }),
    /** Adds a rule behind the existing ones. The first rule that matches and has uses left applies. */
    addFault(input: FaultRuleInput): FaultRule {
      const rule = faultRuleSchema.parse(input);
      state.faults.push({ rule, usesLeft: rule.times ?? Number.POSITIVE_INFINITY });
      return rule;
    },
    /** Lets held answers go, and processes those that were not processed before. Returns how many. */
    release(): number {
      const letGo = [...state.held.values()];
      state.held.clear();
      for (const release of letGo) release();
      return letGo.length;
    },
    /** Forgets tokens, counters and faults, and closes held connections. Settings stay. */
    reset(): void {
      state.statistics = createStatistics();
      revoke('all');
      clearFaults();
      for (const response of state.held.keys()) response.destroy();
    },
    /** Changes settings for what is issued and checked from now on. Returns those that are not secret. */
    changeSettings(input: z.input<typeof settingsPatchSchema>) {
      const changes = Object.entries(settingsPatchSchema.parse(input)).filter(([, value]) => value !== undefined);
      state.settings = settingsSchema.parse({ ...state.settings, ...Object.fromEntries(changes) });
      const { accessLifeSeconds, refreshLifeSeconds, spelling } = state.settings;
      return { accessLifeSeconds, refreshLifeSeconds, spelling };
    },
    /** Whether an access token is valid now; `expiresIn` in whole seconds. */
    checkAccessToken(token: string): { live: true; expiresIn: number } | { live: false } {
      const leftMs = (state.accessTokens.get(token) ?? 0) - now();
      return leftMs > 0 ? { live: true, expiresIn: Math.floor(leftMs / 1000) } : { live: false };
    },
  };
}

function empty(map: Map<string, unknown>): number {
  const { size } = map;
  map.clear();
  return size;
}

/** Answers a request below `/simulator/`. Bodies are read as JSON whatever their content type: `curl -d` is enough. */
export function answerControlRequest(request: Request, controls: Controls, subscriptionKey: string): Answer {
  switch (`${request.method} ${request.path}`) {
    case 'GET /simulator/stats':
      return answerJson(200, controls.stats());
    case 'POST /simulator/faults':
      return withBody(request, faultRuleSchema, (rule) => answerJson(201, controls.addFault(rule)));
    case 'DELETE /simulator/faults':
      return answerJson(200, { cleared: controls.clearFaults() });
    case 'POST /simulator/release':
      return answerJson(200, { released: controls.release() });
    case 'POST /simulator/reset':
      controls.reset();
      return answerJson(200, { reset: true });
    case 'PATCH /simulator/settings':
      return withBody(request, settingsPatchSchema, (patch) => answerJson(200, controls.changeSettings(patch)));
    case 'POST /simulator/revoke':
      return withBody(request, revokeSchema, ({ what }) => answerJson(200, { revoked: controls.revoke(what) }));
    case 'GET /simulator/live':
      return answerLiveness(request, controls, subscriptionKey);
    default:
      return answerNotFound();
  }
}

/** The gateway's answer to an unknown path or method. */
export function answerNotFound(): Answer {
  return answerJson(404, { statusCode: 404, message: 'Resource not found' });
}

/** Stands for Quartile's business routes, but needs no subscription key: only a wrong one is refused. */
function answerLiveness({ headers }: Request, controls: Controls, subscriptionKey: string): Answer {
  const key = headers['subscription-key'];
  if (key && key !== subscriptionKey) return answerGatewayRefusal('invalid');
  const [, token = ''] = /^Bearer (\S+)$/i.exec(headers.authorization ?? '') ?? [];
  const liveness = controls.checkAccessToken(token);
  return answerJson(liveness.live ? 200 : 401, liveness);
}

function withBody<T>({ body }: Request, schema: z.ZodType<T>, answer: (body: T) => Answer): Answer {
  const json = parseJson(body);
  if (json === undefined) {
    return answerJson(400, { issues: [{ code: 'invalid_json', path: [], message: 'The body is not JSON' }] });
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? answer(parsed.data) : answerJson(400, { issues: parsed.error.issues });
}
