/**
 * A local stand-in for the bot: serves the demo page and the built widget, and speaks the website channel's HTTP contract.
 *
 * `node dev/server.mjs [port]`. Nothing is stored and nothing leaves this machine. Tests can order failures:
 * POST /dev/faults {"queue": ["drop", "slow", "lost", "401", "413", "429", "500"]} is used up by the next messages; {"offline": true}
 * refuses every call.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { newMemory, replyTo } from "./conversation.mjs";

const API = "/webhooks/website";
const ROOT = new URL("..", import.meta.url);
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml" };
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const SESSION_MS = 2 * 60 * 60 * 1000;
const PAGE_SIZE = 50;

const sessions = new Map();
const feedback = [];
const calls = [];
let faults = [];
let offline = false;

function problem(response, status, title, retryAfter) {
  const headers = { "Content-Type": "application/problem+json", ...(retryAfter ? { "Retry-After": String(retryAfter) } : {}) };
  response.writeHead(status, headers);
  response.end(JSON.stringify({ type: "about:blank", title, status, detail: title, ...(retryAfter ? { retry_after: retryAfter } : {}) }));
}

function json(response, status, body) {
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  try {
    return JSON.parse(Buffer.concat(parts).toString() || "{}");
  } catch {
    return null;
  }
}

function sessionOf(request) {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  const session = sessions.get(token);
  return session && session.expires > Date.now() ? session : null;
}

function startSession(response, milliseconds) {
  const token = randomBytes(24).toString("base64url");
  const expires = Date.now() + milliseconds;
  sessions.set(token, { token, expires, memory: newMemory(), messages: [], answered: new Map() });
  json(response, 201, { token, expires_at: new Date(expires).toISOString(), conversation: `C-${token.slice(0, 6).toUpperCase()}` });
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Ends the connection within the answer: browsers quietly repeat a request whose reused connection just closed. */
function breakOff(request) {
  request.socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 999\r\n\r\n{"id"');
}

async function message(request, response, session, body) {
  const fault = faults.shift();
  if (fault === "drop") return breakOff(request);
  if (fault === "slow") await pause(2500);
  if (fault === "401") {
    sessions.delete(session.token);
    return problem(response, 401, "This chat has ended");
  }
  if (fault === "429") return problem(response, 429, "Too many messages", 2);
  if (fault === "413") return problem(response, 413, "The message is too long");
  if (fault === "500") return problem(response, 500, "Internal error");
  if (typeof body?.id !== "string" || typeof body?.text !== "string") return problem(response, 400, "'id' and 'text' are needed");
  let replies = session.answered.get(body.id);
  if (!replies) {
    const at = new Date().toISOString();
    session.messages.push({ id: body.id, from: "patient", text: body.text, at });
    replies = replyTo(session.memory, body.text).map((reply) => ({ id: randomUUID(), ...reply, at }));
    session.messages.push(...replies.map((reply) => ({ ...reply, from: "assistant" })));
    session.answered.set(body.id, replies);
  }
  if (fault === "lost") return breakOff(request);
  await pause(120);
  return json(response, 200, { id: body.id, replies });
}

async function api(request, response, url) {
  response.setHeader("Access-Control-Allow-Origin", request.headers.origin ?? "*");
  response.setHeader("Access-Control-Allow-Headers", "authorization, content-type");
  response.setHeader("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS");
  response.setHeader("Access-Control-Expose-Headers", "retry-after");
  const route = `${request.method} ${url.pathname.slice(API.length)}`;
  if (request.method === "OPTIONS") return json(response, 204);
  if (offline) return request.socket.destroy();
  calls.push(route);
  if (route === "GET /health") return json(response, 200, { status: "ok" });
  const body = await bodyOf(request);
  if (route === "POST /session") return startSession(response, SESSION_MS);
  const session = sessionOf(request);
  if (!session) return problem(response, 401, "This chat has ended");
  if (route === "POST /message") return message(request, response, session, body);
  if (route === "GET /history") {
    const before = Number(url.searchParams.get("before") ?? session.messages.length);
    const from = Math.max(0, before - Math.min(PAGE_SIZE, Number(url.searchParams.get("limit") ?? PAGE_SIZE)));
    return json(response, 200, { messages: session.messages.slice(from, before), next: from > 0 ? String(from) : null });
  }
  if (route === "POST /feedback") {
    feedback.push(body);
    return json(response, 204);
  }
  if (route === "DELETE /session") {
    sessions.delete(session.token);
    return json(response, 204);
  }
  return problem(response, 404, "No such address");
}

async function development(request, response, url) {
  if (url.pathname === "/dev/faults" && request.method === "POST") {
    const body = await bodyOf(request);
    faults = [...(body?.queue ?? [])];
    offline = body?.offline === true;
    return json(response, 204);
  }
  if (url.pathname === "/dev/feedback") return json(response, 200, feedback);
  if (url.pathname === "/dev/calls") return json(response, 200, calls);
  return problem(response, 404, "No such address");
}

async function file(response, path) {
  const name = path === "/" ? "demo/index.html" : path.startsWith("/widget/") ? `dist/${path.slice(8)}` : path.slice(1);
  if (!/^(demo|dist)\/[\w.-]+$/.test(name)) return problem(response, 404, "No such page");
  try {
    const content = await readFile(new URL(name, ROOT));
    response.writeHead(200, { "Content-Type": TYPES[extname(name)] ?? "application/octet-stream", "Content-Security-Policy": PAGE_POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache" });
    return response.end(content);
  } catch {
    return problem(response, 404, name.startsWith("dist/") ? "Not built yet: run `npm run build`" : "No such page");
  }
}

const port = Number(process.argv[2] ?? process.env.PORT ?? 5300);
createServer((request, response) => {
  const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
  const handled = url.pathname.startsWith(API) ? api(request, response, url) : url.pathname.startsWith("/dev/") ? development(request, response, url) : file(response, url.pathname);
  handled.catch(() => problem(response, 500, "Internal error"));
}).listen(port, "127.0.0.1", () => console.log(`Widget development server: http://127.0.0.1:${port}/`));
