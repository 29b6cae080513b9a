/** The names of the models that a service offers: asked only when somebody chooses one. */

export interface Service {
  readonly proposer: "anthropic" | "openai";
  /** Of an OpenAI-compatible service; `undefined` for OpenAI's own. */
  readonly baseUrl?: string | undefined;
  readonly key: string | undefined;
}

export interface Ask {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const WAIT_MILLISECONDS = 5000;

export function asking({ proposer, baseUrl, key }: Service): Ask {
  if (proposer === "anthropic") {
    return { url: "https://api.anthropic.com/v1/models?limit=1000", headers: { "anthropic-version": "2023-06-01", "x-api-key": key ?? "" } };
  }
  const base = (baseUrl ?? "https://api.openai.com/v1").replace(/\/+$/, "");
  return { url: `${base}/models`, headers: key === undefined ? {} : { authorization: `Bearer ${key}` } };
}

/** Names in the service's answer, each once, sorted. @throws Error where it is no list of models */
export function namesIn(answer: unknown): readonly string[] {
  const data = (answer as { data?: unknown } | null)?.data;
  if (!Array.isArray(data)) {
    throw new Error("the answer is no list of models");
  }
  const names = data.flatMap((one: { id?: unknown } | null) => (typeof one?.id === "string" && one.id !== "" ? [one.id] : []));
  return [...new Set(names)].sort();
}

/** @throws Error that says why there is no list */
export async function modelsOf(service: Service, get: typeof fetch = fetch): Promise<readonly string[]> {
  const { url, headers } = asking(service);
  const answer = await get(url, { headers, redirect: "error", signal: AbortSignal.timeout(WAIT_MILLISECONDS) });
  if (!answer.ok) {
    throw new Error(`${new URL(url).host} answered ${answer.status}`);
  }
  return namesIn(await answer.json());
}
