import { Agent, request as ask, type IncomingMessage, type ServerResponse } from "node:http";

/** Headers that belong to one connection, and not to what is said over it. */
const OF_CONNECTION = /^(connection|keep-alive|proxy-.*|te|trailer|upgrade)$/i;

/** Hands requests to the keeper's own thread, bodies as they come, and its answers back. */
export function createForwarder(port: number) {
  const agent = new Agent({ keepAlive: true });
  return (request: IncomingMessage, response: ServerResponse): void => {
    const { method, url, rawHeaders } = request;
    const onward = ask(
      { agent, host: "127.0.0.1", port, method, path: url, headers: endToEnd(rawHeaders) },
      (answer) => {
        const headers = endToEnd(answer.rawHeaders);
        // The keeper ends a connection on which more of a refused body may come.
        if (answer.headers.connection === "close") headers.push("connection", "close");
        response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers);
        answer.on("error", () => response.destroy());
        answer.pipe(response);
      },
    );
    onward.on("error", () => {
      if (response.headersSent) return void response.destroy();
      const problem = { code: "internal", message: "the keeper does not answer", hint: "Try again in a moment." };
      response.writeHead(502, { "content-type": "application/json", connection: "close" });
      response.end(JSON.stringify({ error: problem }));
    });
    // Whoever asked is gone: neither may the rest of a body be waited for, nor an answer be made.
    response.on("close", () => {
      if (!response.writableFinished) onward.destroy();
    });
    request.on("error", () => onward.destroy());
    request.pipe(onward);
  };
}

function endToEnd(raw: readonly string[]): string[] {
  const headers: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const [name = "", value = ""] = [raw[i], raw[i + 1]];
    if (!OF_CONNECTION.test(name)) headers.push(name, value);
  }
  return headers;
}
