// Serves the page, opens it in headless Chromium, and checks what page and server have seen. The
// exit code is 0 if both agree.
//
// usage: node drive.mjs FOLDER CHROMIUM [PICTURE]
//
// PICTURE is a file for a picture of the page when half of the files have been served.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FILES = 60;
const AT_A_TIME = 4;
const DEADLINE = 60_000; // milliseconds
const TYPES = { html: "text/html", js: "text/javascript", wasm: "application/wasm" };

const [folder, chromium, picture] = process.argv.slice(2);
if (chromium === undefined) {
    console.error("usage: node drive.mjs FOLDER CHROMIUM [PICTURE]");
    process.exit(2);
}

// The server counts on its own how many requests there are at a time.
const served = new Map();
let running = 0;
let most = 0;
let half;
const halfIsServed = new Promise((resolve) => (half = resolve));
const server = createServer(async (request, response) => {
    const path = request.url.slice(1) || "index.html";
    const file = /^file\/(\d+)$/.exec(path);
    if (file === null) {
        const content = await readFile(join(folder, path)).catch(() => undefined);
        response.writeHead(content ? 200 : 404, { "content-type": TYPES[path.split(".").pop()] ?? "text/plain" });
        response.end(content);
        return;
    }
    running += 1;
    most = Math.max(most, running);
    setTimeout(() => {
        running -= 1;
        served.set(file[1], (served.get(file[1]) ?? 0) + 1);
        response.end("x".repeat(Number(file[1])));
        if (served.size === FILES / 2) {
            half();
        }
    }, 40 + (Number(file[1]) % 5) * 20);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${server.address().port}/`;

const profile = await mkdtemp(join(tmpdir(), "chromium-"));
const options = [
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--window-size=660,270", "--force-device-scale-factor=1",
    `--user-data-dir=${profile}`, "--remote-debugging-pipe",
];
if (process.getuid() === 0) {
    options.push("--no-sandbox"); // Chromium demands it from root
}
const browser = spawn(chromium, options, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
const ended = new Promise((resolve) => browser.on("exit", resolve));

// The protocol of Chromium's developer tools: messages in JSON, each followed by a zero byte.
const pending = new Map();
let next = 1;
let session;
let received = "";
browser.stdio[4].on("data", (bytes) => {
    received += bytes;
    for (let end = received.indexOf("\0"); end >= 0; end = received.indexOf("\0")) {
        const message = JSON.parse(received.slice(0, end));
        received = received.slice(end + 1);
        if (message.id !== undefined) {
            pending.get(message.id)(message);
            pending.delete(message.id);
        }
    }
});
const send = (method, params = {}) => new Promise((resolve, reject) => {
    const id = next++;
    pending.set(id, ({ result, error }) => (error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result)));
    browser.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId: session })}\0`);
});
const evaluate = async (expression) => {
    const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) {
        throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value;
};

const drive = async () => {
    const { targetId } = await send("Target.createTarget", { url: "about:blank" });
    ({ sessionId: session } = await send("Target.attachToTarget", { targetId, flatten: true }));
    await send("Page.enable");
    await send("Page.navigate", { url });
    if (picture !== undefined) {
        await halfIsServed;
        const { data } = await send("Page.captureScreenshot", { format: "png" });
        await writeFile(picture, Buffer.from(data, "base64"));
    }
    await evaluate("new Promise((loaded) => document.readyState === 'complete' ? loaded() : addEventListener('load', loaded))");
    return { result: await evaluate("window.result"), text: await evaluate("document.getElementById('counts').textContent") };
};

const failures = [];
const check = (name, found, expected) => {
    if (JSON.stringify(found) !== JSON.stringify(expected)) {
        failures.push(`${name}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
    }
};
const bytes = (FILES * (FILES - 1)) / 2;
try {
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error("the page does not end")), DEADLINE).unref());
    const early = ended.then((code) => { throw new Error(`Chromium has ended with ${code}`); });
    const { result, text } = await Promise.race([drive(), late, early]);
    check("files, bytes, fetches at a time and waits left, as the page counts them", result, [FILES, bytes, AT_A_TIME, 0]);
    check("the text of the page", text, `${FILES} of ${FILES} files, ${bytes} bytes; 0 of at most ${AT_A_TIME} fetches run, 0 wait`);
    check("requests at a time, as the server counts them", most, AT_A_TIME);
    check("files that were served", served.size, FILES);
    check("files that were served twice", [...served].filter(([, times]) => times > 1), []);
    console.log(text);
    console.log(`the server has seen at most ${most} requests at a time`);
} catch (error) {
    failures.push(error.message);
}
browser.kill();
await ended;
server.closeAllConnections();
server.close();
await rm(profile, { recursive: true, force: true, maxRetries: 5 });
for (const failure of failures) {
    console.error(failure);
}
process.exitCode = failures.length === 0 ? 0 : 1;
