import { parseArgs } from 'node:util';
import * as z from 'zod';
import { type Settings, settingsSchema, spellings } from './settings.ts';

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'run'; readonly port: number; readonly settings: Settings }
  | { readonly kind: 'invalid'; readonly message: string };

/** Harmless: they open nothing but a simulator. */
export const localCredentials = {
  username: 'local@example.com',
  password: 'local-password',
  subscriptionKey: 'local-subscription-key-000000000',
};

const DEFAULT_PORT = 8090;
const options = {
  port: { type: 'string' },
  username: { type: 'string' },
  password: { type: 'string' },
  'subscription-key': { type: 'string' },
  'access-life': { type: 'string' },
  'refresh-life': { type: 'string' },
  spelling: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const wholeNumber = z.string().regex(/^\d+$/).transform(Number);
const lineSchema = z.object({
  port: wholeNumber.pipe(z.number().max(65_535)).default(DEFAULT_PORT),
  username: settingsSchema.shape.username.default(localCredentials.username),
  password: settingsSchema.shape.password.default(localCredentials.password),
  'subscription-key': settingsSchema.shape.subscriptionKey.default(localCredentials.subscriptionKey),
  'access-life': wholeNumber.pipe(settingsSchema.shape.accessLifeSeconds.unwrap()).optional(),
  'refresh-life': wholeNumber.pipe(settingsSchema.shape.refreshLifeSeconds.unwrap()).optional(),
  spelling: settingsSchema.shape.spelling,
});

const expectations: Record<string, string> = {
  port: 'a whole number from 0 to 65535',
  'access-life': 'a whole number of seconds from 1 to 3153600000',
  'refresh-life': 'a whole number of seconds from 1 to 3153600000',
  spelling: spellings.join(' or '),
};

const SEE_HELP = 'See `npm run simulator -- --help`.';

/** Reads the arguments after the script's name. A message is one line and repeats no value. */
export function parseCommandLine(args: string[]): Command {
  const parsed = parseOptions(args);
  if (typeof parsed === 'string') return { kind: 'invalid', message: `${parsed} ${SEE_HELP}` };
  if (parsed.help === true) return { kind: 'help' };
  const line = lineSchema.safeParse(parsed);
  if (!line.success) {
    const name = String(line.error.issues[0]?.path[0]);
    return { kind: 'invalid', message: `--${name} must be ${expectations[name] ?? 'not empty'}. ${SEE_HELP}` };
  }
  const { port, username, password, spelling } = line.data;
  const settings = settingsSchema.parse({
    username,
    password,
    subscriptionKey: line.data['subscription-key'],
    accessLifeSeconds: line.data['access-life'],
    refreshLifeSeconds: line.data['refresh-life'],
    spelling,
  });
  return { kind: 'run', port, settings };
}

/** The options' values as given, or what is wrong with them. */
function parseOptions(args: string[]): Partial<Record<string, string | boolean>> | string {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // Node adds advice about `--` behind the first sentence, and repeats stray arguments, which may be a password.
    const message = error instanceof Error ? error.message : '';
    if (message.startsWith('Unexpected argument')) return 'All arguments must be options.';
    return `${message.split(/\.\s|\n/, 1)[0]?.replace(/\.$/, '')}.`;
  }
}
