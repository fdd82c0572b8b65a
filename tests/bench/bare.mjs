import { createServer } from "node:http";

// The least that a server of Node does: one answer, kept as it was given by the address named, whatever is asked.
// As the client that measures asks: for what is compressed Node would wait for no length, and send it in chunks.
const kept = await fetch(process.argv[2], { headers: { "Accept-Encoding": "identity" } });
const body = await kept.text();
const headers = Object.fromEntries(kept.headers);
for (const name of ["connection", "keep-alive", "transfer-encoding", "date"]) delete headers[name];
const server = createServer((_, answer) => answer.writeHead(200, headers).end(body));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
