/** What a host is told that nobody else may learn. Pure. */
import type { Secret } from './search.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The secrets in a host's settings and on its command line. */
export function secretsOf(env: Env, args: readonly string[] = []): Secret[] {
  return [
    ...named('password', env.QUARTILE_PASSWORD),
    ...named('subscription key', env.QUARTILE_SUBSCRIPTION_KEY),
    ...ringSecrets('encryption key', env.TOKEN_ENCRYPTION_KEYS),
    ...ringSecrets('callers’ key', env.CALLER_JWT_KEYS),
    ...storageSecrets(env.AzureWebJobsStorage),
    ...storageSecrets(env.TOKEN_STORAGE),
    ...named('function key', optionOf(args, '--function-key')),
    ...named('master key', optionOf(args, '--master-key')),
  ];
}

function named(kind: string, value: string | undefined): Secret[] {
  return value ? [{ kind, value }] : [];
}

/** `id:base64[,id:base64…]`. The bytes of a key are as secret as their base64. */
function ringSecrets(kind: string, setting = ''): Secret[] {
  const keys = setting.split(',').flatMap((entry) => entry.split(':')[1] ?? []);
  return keys.flatMap((base64) => {
    const bytes = Buffer.from(base64, 'base64');
    const forms = [base64, bytes.toString('base64url'), bytes.toString('hex'), bytes.toString('hex').toUpperCase()];
    return forms.flatMap((value) => named(kind, value));
  });
}

/** Of a connection string only what opens the account: names and addresses are in every log. One of another form, whole. */
function storageSecrets(setting = ''): Secret[] {
  if (/^usedevelopmentstorage=true$/i.test(setting)) return [];
  const opening = [...setting.matchAll(/(?:AccountKey|SharedAccessSignature)=([^;]+)/gi)].map(
    ([, value = '']) => value,
  );
  return (opening.length > 0 ? opening : [setting]).flatMap((value) => named('storage key', value));
}

function optionOf(args: readonly string[], option: string): string | undefined {
  const at = args.indexOf(option);
  return at === -1 ? undefined : args[at + 1];
}
