import { refusal } from "../client";

/** What came of an action: what the server answered, or why it refused. */
export type Acted<T> =
  { readonly value: T; readonly refused?: never } | { readonly refused: string };

/**
 * Asks a server to do something; it checks itself whether the user may.
 *
 * @param body Plain JSON data. Browsers send JSON to a server of another site only if that allows it.
 */
export async function act<T>(url: string | URL, body: unknown): Promise<Acted<T>> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return response.ok
      ? { value: (await response.json()) as T }
      : { refused: (await refusal(response)).message };
  } catch {
    return { refused: "The server cannot be reached." };
  }
}
