/** What the API said when it was asked for a value. */
export type Answer<T> =
  | { readonly kind: "value"; readonly value: T; readonly etag: string | null }
  | { readonly kind: "unchanged" }
  | { readonly kind: "missing" }
  | Failure;

export interface Failure {
  readonly kind: "failed";
  readonly message: string;
  /** Whether asking again later may help without anybody doing anything. */
  readonly passing: boolean;
}

const REFUSALS: Readonly<Record<number, string>> = {
  401: "Your session has ended. Log in again.",
  403: "You are not allowed to do this.",
};

/** Asks for the value at an address, unless it is still the one that `etag` names. */
export async function ask<T>(
  url: string,
  etag: string | null,
  signal: AbortSignal,
): Promise<Answer<T>> {
  const headers: HeadersInit = etag === null ? {} : { "If-None-Match": etag };
  try {
    const response = await fetch(url, { headers, signal });
    if (response.status === 304) {
      return { kind: "unchanged" };
    }
    if (response.status === 404) {
      return { kind: "missing" };
    }
    if (!response.ok) {
      return await refusal(response);
    }
    const value = (await response.json()) as T;
    return { kind: "value", value, etag: response.headers.get("ETag") };
  } catch {
    return { kind: "failed", message: "The server cannot be reached.", passing: true };
  }
}

/** What an answer means that is neither a value nor the news that there is none. */
export async function refusal(response: Response): Promise<Failure> {
  const known = REFUSALS[response.status];
  const message =
    known ?? (await detail(response)) ?? `The server answered with status ${response.status}.`;
  return { kind: "failed", message, passing: response.status >= 500 };
}

async function detail(response: Response): Promise<string | undefined> {
  const body: unknown = await response.json().catch(() => undefined);
  const text = (body as { detail?: unknown } | undefined)?.detail;
  return typeof text === "string" ? text : undefined;
}
