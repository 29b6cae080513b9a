/** The page's one handle on the extension. */

interface Host<Out> {
  postMessage(message: Out): void;
}

declare function acquireVsCodeApi(): Host<unknown>;

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- both ends of the channel are typed here
export function connect<In, Out>(receive: (message: In) => void): Host<Out> {
  const host = acquireVsCodeApi() as Host<Out>;
  window.addEventListener("message", (event: MessageEvent<In>) => receive(event.data));
  return host;
}
