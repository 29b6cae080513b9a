/** What the learning curve's page and the extension tell each other. */

import type { Curve } from "./curve";

export type ToCurvePage = { readonly type: "curve"; readonly curve: Curve } | { readonly type: "problem"; readonly message: string };

export type FromCurvePage = { readonly type: "ready" } | { readonly type: "open"; readonly id: string; readonly operator: string };
