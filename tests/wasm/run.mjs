// Runs the scenes of a WebAssembly module. The exit code is 1 if one of them fails.
import { readFile } from "node:fs/promises";

const ROUNDS = 10;

const [path] = process.argv.slice(2);
if (path === undefined) {
    console.error("usage: node run.mjs MODULE.wasm");
    process.exit(2);
}
let memory;
const print = (message, length) => {
    console.error(new TextDecoder().decode(new Uint8Array(memory.buffer, message, length)));
};
const { instance } = await WebAssembly.instantiate(await readFile(path), { host: { print } });
memory = instance.exports.memory;
const { prepare, number_of_scenes, run_scene } = instance.exports;
prepare();
let passed = 0;
let failed = 0;
for (let scene = 0; scene < number_of_scenes() && failed === 0; scene += 1) {
    try {
        for (let round = 0; round < ROUNDS; round += 1) {
            run_scene(scene);
        }
        passed += 1;
    } catch (error) {
        // The module cannot be used after a trap.
        console.error(`scene ${scene} failed: ${error.message}`);
        failed += 1;
    }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
