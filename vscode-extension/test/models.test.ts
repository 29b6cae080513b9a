import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { asking, modelsOf, namesIn } from "../src/models";

test("each service is asked in its own way, with its own key", () => {
  assert.deepEqual(asking({ proposer: "openai", baseUrl: "http://localhost:8000/v1/", key: undefined }), {
    url: "http://localhost:8000/v1/models",
    headers: {},
  });
  assert.equal(asking({ proposer: "openai", key: "k" }).headers.authorization, "Bearer k");
  const anthropic = asking({ proposer: "anthropic", baseUrl: "http://evil.example/v1", key: "k" });
  assert.equal(new URL(anthropic.url).host, "api.anthropic.com");
  assert.equal(anthropic.headers["x-api-key"], "k");
});

test("names come sorted and once; what is no list is refused", () => {
  assert.deepEqual(namesIn({ data: [{ id: "b" }, { id: "a" }, { id: "b" }, {}, null, { id: 3 }] }), ["a", "b"]);
  for (const answer of [null, [], {}, { data: "models" }]) {
    assert.throws(() => namesIn(answer), /no list of models/);
  }
});

test("a service that answers, one that refuses, one that sends elsewhere, one that is not there", async () => {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    if (request.url?.startsWith("/moved") === true) {
      response.writeHead(302, { location: "/v1/models" }).end();
    } else {
      response.writeHead(request.headers.authorization === "Bearer good" ? 200 : 401).end('{"data": [{"id": "tiny"}]}');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const ask = (path: string, key: string): Promise<readonly string[]> => modelsOf({ proposer: "openai", baseUrl: base + path, key });
    assert.deepEqual(await ask("/v1", "good"), ["tiny"]);
    await assert.rejects(ask("/v1", "bad"), /127\.0\.0\.1:\d+ answered 401/);
    await assert.rejects(ask("/moved", "good")); // a key follows nobody
    assert.equal(seen.length, 3);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  await assert.rejects(modelsOf({ proposer: "openai", baseUrl: base, key: "good" }));
});
