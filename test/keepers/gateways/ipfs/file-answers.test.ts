import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { answerFailure, createFileAnswers } from "../../../../keepers/src/gateways/ipfs/file-answers.ts";

it("opens a CAR again that could not be opened, however often it is asked for meanwhile", async () => {
  const directory = await mkdtemp(join(tmpdir(), "4ever-answers-"));
  const car = join(directory, "piece.car");
  const plan = {
    root: "0x01" as const,
    car,
    extents: Float64Array.of(2, 5),
    sizeBytes: 5,
    cid: "bafkfile",
    siteCid: "bafysite",
    type: "text/plain",
    ipfsPath: "/ipfs/bafysite/file.txt",
  };
  const files = createFileAnswers({ cacheBytes: 0 });
  const server = createServer((request, response) => {
    files.answer(request, response, plan).catch(() => answerFailure(response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    await files.stop();
    await new Promise((resolve) => server.close(resolve).closeAllConnections());
    await rm(directory, { recursive: true });
  });
  const ask = () =>
    fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`).then((answer) => answer.text());

  await expect(ask()).rejects.toThrow();
  await writeFile(car, "..hello..");
  expect(await ask()).toBe("hello");
});
