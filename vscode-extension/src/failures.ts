/** What went wrong, in words for a person. */

/** Codes of vscode-jsonrpc: the connection ended before the answer came. */
const CONNECTION_ENDED: ReadonlySet<unknown> = new Set([-32099, -32098, -32097, -32096]);

export function messageOf(error: unknown): string {
  if (error instanceof Error && "code" in error && CONNECTION_ENDED.has(error.code)) {
    return "the server stopped before it answered; it is started again, then you can retry";
  }
  return error instanceof Error ? error.message : String(error);
}
