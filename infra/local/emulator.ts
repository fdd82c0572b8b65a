import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { Agent, createServer, request, type Server } from "node:http";
import { delimiter, join } from "node:path";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";

const root = join(import.meta.dirname, "../..");
const bin = join(root, "node_modules/.bin");
const READY_WITHIN_MS = 60_000;
const DEPLOY_WITHIN_MS = 300_000;
const SYNTHESISED = "cdk.out";
/** An emulator keeps each environment that it ever started, and starts one for each request that finds all busy. */
const AT_ONCE = 5;

/** What every tool is told, so that it speaks to the emulator and to nothing else. */
export const emulatorEnv = (port: number): Record<string, string> => ({
  AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
  AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
  AWS_REGION: "eu-west-3",
  AWS_DEFAULT_REGION: "eu-west-3",
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  CDK_DEFAULT_ACCOUNT: "000000000000",
  CDK_DEFAULT_REGION: "eu-west-3",
});

export interface Emulator {
  port: number;
  /** Was it here before us? Then it stays when we go. */
  isOurs: boolean;
  stop(): Promise<void>;
}

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/_localstack/health`, { signal: AbortSignal.timeout(2_000) }).then(
    () => true,
    () => false,
  );

/** Takes the LocalStack-compatible emulator that listens on the port, or starts MiniStack from the virtual environment. */
export async function startEmulator(port = 4566, keep = false): Promise<Emulator> {
  if (await answers(port)) return { port, isOurs: false, stop: async () => {} };
  const python = join(root, ".venv/bin/python");
  if (!existsSync(join(root, ".venv/bin/ministack")))
    throw new Error(
      "The emulator is not installed: python3 -m venv .venv && .venv/bin/pip install -r infra/local/requirements.txt",
    );
  const child: ChildProcess = spawn(python, [join(import.meta.dirname, "emulator.py")], {
    cwd: root,
    detached: true,
    stdio: process.env["HANSA_EMULATOR_LOG"] ? "inherit" : "ignore",
    env: {
      ...process.env,
      PATH: [join(root, ".venv/bin"), bin, process.env["PATH"]].join(delimiter),
      NODE_PATH: join(root, "node_modules"),
      BIND_HOST: "127.0.0.1",
      GATEWAY_PORT: String(port),
      IOT_MTLS_ENABLED: "0",
    },
  });
  const until = Date.now() + READY_WITHIN_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > until) throw new Error("The emulator did not start.");
    await new Promise((resume) => setTimeout(resume, 200));
  }
  if (keep) child.unref();
  return {
    port,
    isOurs: true,
    async stop() {
      if (child.exitCode !== null || child.pid === undefined) return;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      process.kill(-child.pid, "SIGTERM");
      const force = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), 5_000);
      await ended;
      clearTimeout(force);
    },
  };
}

/** Runs a tool to its end, within a bound. @throws {Error} with the last lines that it printed */
function run(
  command: string,
  args: string[],
  env: Record<string, string>,
  print: (line: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(bin, command), args, {
      cwd: root,
      env: { ...process.env, ...env, PATH: [bin, process.env["PATH"]].join(delimiter), CI: "1", NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: DEPLOY_WITHIN_MS,
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        for (const line of chunk.toString().split("\n"))
          if (/✅|Deployment time|failed/i.test(line)) print(line.trim());
      });
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args[0]} ended with ${code}:\n${said.slice(-3_000)}`)),
    );
  });
}

export interface Deployed {
  apiId: string;
  controlFunction: string;
}

/** Deploys the CDK app onto the emulator, bootstrap included. @param context further `-c name=value` settings */
export async function deploy(
  port: number,
  context: Record<string, string> = {},
  print: (line: string) => void = () => {},
): Promise<Deployed> {
  const env = emulatorEnv(port);
  const settings = Object.entries({ emulator: "true", ...context }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  // Both commands would run the app and bundle all functions: the second takes what the first has made.
  await run("cdk", ["bootstrap", ...settings, "--output", SYNTHESISED, "aws://000000000000/eu-west-3"], env, print);
  await run(
    "cdk",
    [
      ...["deploy", "--app", SYNTHESISED, "--all", "--require-approval", "never"],
      ...["--method", "direct", "--progress", "events"],
    ],
    env,
    print,
  );
  const stage = context["stage"] ?? "main";
  const client = new CloudFormationClient({
    endpoint: env["AWS_ENDPOINT_URL"],
    region: "eu-west-3",
    credentials: CREDENTIALS,
  });
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: `hansa-${stage}-cell` }));
  const output = (name: string) => Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue ?? "";
  return { apiId: output("ApiId"), controlFunction: output("ControlFunction") };
}

const CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };

/** A one-time link for the operator, by the right to invoke the control function. */
export async function bootstrapLink(port: number, controlFunction: string, origin: string): Promise<string> {
  const lambda = new LambdaClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: "eu-west-3",
    credentials: CREDENTIALS,
  });
  const { Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: controlFunction, Payload: JSON.stringify({ bootstrap: true, origin }) }),
  );
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString()) as { link?: string };
  if (!answer.link) throw new Error(`the control function gave no link: ${JSON.stringify(answer)}`);
  return answer.link;
}

/** Stands for the house's own domain: hands each path on to the gateway's stage, and changes nothing else. */
export function startEdge(emulatorPort: number, apiId: string, port = 0): Promise<{ url: string; server: Server }> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const server = createServer((incoming, outgoing) => {
    const onward = request(
      {
        agent,
        host: "127.0.0.1",
        port: emulatorPort,
        method: incoming.method,
        path: `/restapis/${apiId}/house/_user_request_${incoming.url}`,
        headers: incoming.headers,
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.once("error", () => outgoing.writeHead(502).end());
    incoming.pipe(onward);
  });
  return new Promise((resolve) =>
    server.listen(port, "127.0.0.1", () =>
      resolve({ url: `http://localhost:${(server.address() as { port: number }).port}`, server }),
    ),
  );
}
