// Node with `ws` and ioredis: sockets by group, each message written to those of its group.
// node server.mjs PORT REDIS_PORT EVENT_FILE
import { readFileSync } from "node:fs";
import Redis from "ioredis";
import { WebSocketServer } from "ws";

const [port, redisPort, file] = process.argv.slice(2);
const groups = new Map(Object.keys(JSON.parse(readFileSync(file)).frames).map((group) => [group, new Set()]));

const redis = new Redis({ port: Number(redisPort) });
await redis.subscribe(...groups.keys());
redis.on("message", (group, text) => {
  for (const socket of groups.get(group)) socket.send(text);
});

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(port), perMessageDeflate: false, backlog: 4096 });
server.on("connection", (socket, request) => {
  const mine = new URL(request.url, "http://localhost").searchParams.get("groups").split(",");
  for (const group of mine) groups.get(group).add(socket);
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    for (const group of mine) groups.get(group).delete(socket);
  });
});
