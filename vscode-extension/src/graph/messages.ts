/** What the graph's page and the extension tell each other. */

import type { Graph } from "../protocol";

export type ToPage =
  | { readonly type: "graph"; readonly file: string; readonly graph: Graph; readonly selected: string | null }
  | { readonly type: "select"; readonly node: string | null }
  | { readonly type: "problem"; readonly message: string }
  | { readonly type: "export" };

export type FromPage =
  | { readonly type: "ready" }
  | { readonly type: "open"; readonly node: string }
  | { readonly type: "export" }
  | { readonly type: "svg"; readonly svg: string };
