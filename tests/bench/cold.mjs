// One Lambda entry in a process of its own: import, then one event. Prints the milliseconds since the process began.
const [bundle, handlerName, event, context] = process.argv.slice(2);
const module = await import(bundle);
const loadedMs = performance.now();
const answer = await module[handlerName](JSON.parse(event), JSON.parse(context));
console.log(JSON.stringify({ loadedMs, answeredMs: performance.now(), status: answer?.statusCode ?? "done" }));
process.exit(0);
