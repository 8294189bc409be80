/** A complete HTTP answer as data, so that a fault can still change, halve or withhold it before it is sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function answerJson(status: number, value: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}

/** The gateway's answer to a path or method it does not know. */
export function answerNotFound(): Answer {
  return answerJson(404, { statusCode: 404, message: 'Resource not found' });
}

/** Azure API Management's refusal, word for word: only its `message` tells it from a refusal by Quartile itself. */
export function answerGatewayRefusal(key: 'missing' | 'invalid'): Answer {
  const advice = {
    missing: 'Make sure to include subscription key when making requests to an API.',
    invalid: 'Make sure to provide a valid key for an active subscription.',
  };
  const message = `Access denied due to ${key} subscription key. ${advice[key]}`;
  const { status, headers, body } = answerJson(401, { statusCode: 401, message });
  const challenge = 'AzureApiManagementKey realm="https://api.quartile.com",name="Subscription-Key",type="header"';
  return { status, headers: { ...headers, 'www-authenticate': challenge }, body };
}
