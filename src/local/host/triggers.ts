// What a registered function is triggered by: read from the bindings that `@azure/functions` made. No I/O.
import * as z from 'zod';
import type { AuthLevel } from './keys.ts';
import type { FunctionCallback, FunctionMetadata } from './core-api.ts';

export type Trigger =
  | { kind: 'http'; bindingName: string; methods: string[] | undefined; route: string; authLevel: AuthLevel }
  | { kind: 'timer'; bindingName: string; schedule: string; runOnStartup: boolean }
  | { kind: 'other'; bindingName: string; type: string };

export interface HostFunction {
  name: string;
  metadata: FunctionMetadata;
  callback: FunctionCallback;
  trigger: Trigger;
  hasRetryPolicy: boolean;
}

const bindingSchema = z.looseObject({
  type: z.string(),
  methods: z.array(z.string()).optional(),
  route: z.string().optional(),
  authLevel: z.string().optional(),
  schedule: z.string().optional(),
  runOnStartup: z.boolean().optional(),
});
type Binding = z.infer<typeof bindingSchema>;

/** Throws when the metadata holds no trigger binding that can be read. */
export function describeFunction(metadata: FunctionMetadata, callback: FunctionCallback): HostFunction {
  for (const [bindingName, value] of Object.entries(metadata.bindings)) {
    const binding = bindingSchema.safeParse(value);
    if (binding.success && /trigger$/i.test(binding.data.type)) {
      const trigger = readTrigger(metadata.name, bindingName, binding.data);
      return { name: metadata.name, metadata, callback, trigger, hasRetryPolicy: Boolean(metadata.retryOptions) };
    }
  }
  throw new Error(`Function "${metadata.name}" has no valid trigger binding.`);
}

function readTrigger(name: string, bindingName: string, binding: Binding): Trigger {
  switch (binding.type.toLowerCase()) {
    case 'httptrigger':
      return {
        kind: 'http',
        bindingName,
        methods: binding.methods?.map((method) => method.toUpperCase()),
        route: binding.route || name,
        authLevel: readAuthLevel(binding.authLevel ?? 'anonymous'),
      };
    case 'timertrigger':
      return {
        kind: 'timer',
        bindingName,
        schedule: binding.schedule ?? '',
        runOnStartup: binding.runOnStartup ?? false,
      };
    default:
      return { kind: 'other', bindingName, type: binding.type };
  }
}

function readAuthLevel(level: string): AuthLevel {
  const known = level.toLowerCase();
  return known === 'anonymous' || known === 'function' ? known : 'admin'; // a level we do not know: the strictest
}
