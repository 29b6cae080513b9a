import assert from "node:assert/strict";
import { test } from "node:test";
import { Coalescer, Debouncer } from "../src/coalesce";

/** Work that ends when told to. */
function manual(): { readonly work: () => Promise<void>; readonly finish: () => void; readonly count: () => number } {
  let runs = 0;
  const waiting: (() => void)[] = [];
  return {
    work: () => {
      runs += 1;
      return new Promise((resolve) => waiting.push(resolve));
    },
    finish: () => waiting.shift()?.(),
    count: () => runs,
  };
}

test("many calls during a run make one more run", async () => {
  const { work, finish, count } = manual();
  const coalescer = new Coalescer(work);
  const first = coalescer.run();
  const later = [coalescer.run(), coalescer.run(), coalescer.run()];
  assert.equal(count(), 1);
  finish();
  await first;
  await Promise.resolve();
  await new Promise(setImmediate);
  assert.equal(count(), 2);
  finish();
  await Promise.all(later);
  assert.equal(count(), 2);
});

test("a run that fails does not keep the next from running", async () => {
  let runs = 0;
  const coalescer = new Coalescer(() => {
    runs += 1;
    return runs === 1 ? Promise.reject(new Error("no")) : Promise.resolve();
  });
  const first = coalescer.run();
  const second = coalescer.run();
  await assert.rejects(first, /no/);
  await second;
  assert.equal(runs, 2);
});

test("the debouncer calls once, after the last call", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let calls = 0;
  const debouncer = new Debouncer(100, () => (calls += 1));
  debouncer.call();
  context.mock.timers.tick(99);
  debouncer.call();
  context.mock.timers.tick(99);
  assert.equal(calls, 0);
  context.mock.timers.tick(1);
  assert.equal(calls, 1);
  debouncer.call();
  debouncer.cancel();
  context.mock.timers.tick(1000);
  assert.equal(calls, 1);
  await Promise.resolve();
});
