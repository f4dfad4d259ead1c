// Lives one task through with a client that openapi-typescript made of the server's document.
// Usage: node life.js ADDRESS ADMIN_TOKEN
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[] };

type TaskStatus = components["schemas"]["TaskStatus"];
type Problem = components["schemas"]["ProblemDocument"];

const [, , address = "", adminToken = ""] = process.argv;
const admin = createClient<paths>({ baseUrl: address, headers: { "X-Admin-Token": adminToken } });
const anyone = createClient<paths>({ baseUrl: address });

function must<T>(answer: { data?: T | undefined; error?: unknown }): NonNullable<T> {
  if (answer.data == null) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

// Compiles only while this names every status: the compiler knows them all.
function isOver(status: TaskStatus): boolean {
  switch (status) {
    case "ready":
    case "offered":
    case "leased":
    case "in_progress":
    case "blocked":
    case "pr_opened":
      return false;
    case "merged":
    case "cancelled":
    case "dead_letter":
      return true;
    default: {
      const unknown: never = status;
      return unknown;
    }
  }
}

// @ts-expect-error A word that no task has.
export const misspelled: TaskStatus = "redy";

function explain(problem: Problem): string {
  return problem.code === "conflict" && problem.details.reason === "lease_lost" ? "lost" : problem.suggestion;
}

// What has a default need not be sent.
const repo = "acme/shop";
must(await admin.POST("/v1/admin/repos", { body: { repo, trust: { basic: 2 } } }));
const task = must(await admin.POST("/v1/admin/tasks", { body: { repo, title: "Index products by category and price" } }));

const registered = must(await anyone.POST("/v1/workers/register", { body: { name: "ada", skills: ["csharp"] } }));
const worker = createClient<paths>({ baseUrl: address, headers: { Authorization: `Bearer ${registered.token}` } });

const claim = { params: { header: { "Idempotency-Key": crypto.randomUUID() } }, body: { max: 1, repos: [repo] } };
const [lease] = must(await worker.POST("/v1/claims", claim)).leases;
if (lease?.task_id !== task.task_id) throw new Error(`Not the task: ${JSON.stringify(lease)}`);
const held = { lease_id: lease.lease_id, fencing_token: lease.fencing_token };
const params = { path: { id: lease.task_id } };

async function report(body: components["schemas"]["StatusRequest"]): Promise<TaskStatus> {
  const answer = must(await worker.POST("/v1/tasks/{id}/status", { params, body }));
  // Always sent, so the compiler asks for no check.
  const ok: boolean = answer.ok;
  if (!ok) throw new Error("Not taken");
  return answer.status;
}

const lived: TaskStatus[] = [lease.status, await report({ status: "in_progress", ...held })];
const alive = must(await worker.POST("/v1/workers/heartbeat", { body: { status: "working" } }));
if (alive.desired_state !== "run" || alive.leases.length !== 1) throw new Error(JSON.stringify(alive));
lived.push(await report({ status: "pr_opened", artifact: { pr_url: `https://github.com/${repo}/pull/42` }, ...held }));

// Several words, as this client sends lists: one parameter for each.
const reviews = must(await admin.GET("/v1/tasks", { params: { query: { status: ["pr_opened", "blocked"], sort: "-updated", limit: 5 } } }));
if (reviews.items.length !== 1) throw new Error(JSON.stringify(reviews));

lived.push(await report({ status: "merged" }));
const late = await worker.POST("/v1/leases/{id}/renew", { params: { path: { id: lease.lease_id } }, body: {} });
if (!late.error) throw new Error("A lease that is over was renewed");

console.log(JSON.stringify({ lived, over: isOver(lived[lived.length - 1]!), late: explain(late.error) }));
