#!/usr/bin/env node
// The linear memory of MicroPython as WebAssembly, all of its RAM and ROM, before and after a collection:
//   wasm-image.mjs PACKAGE PROGRAM.py FOLDER
// PROGRAM defines make(), used() and collect(), and work(), which calls host.dump() while it runs. Writes before.bin,
// after.bin and work.bin to FOLDER, and prints what used() counted: {"before": BYTES, "after": BYTES}.
// MEMPROF_NODE names the folder whose node_modules has PACKAGE (scripts/install-node-packages).
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [name, program, folder] = process.argv.slice(2);
const home = path.join(process.env.MEMPROF_NODE || '.', 'node_modules', name);

// Not all releases let JavaScript have the memory.
let exported;
const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = async (...args) => {
    const made = await instantiate(...args);
    exported = (made.instance || made).exports;
    return made;
};

const { loadMicroPython } = await import(pathToFileURL(path.join(home, 'micropython.mjs')).href);
const board = await loadMicroPython({
    heapsize: 256 * 1024,
    url: path.join(home, 'micropython.wasm'),
    linebuffer: false,
    stdout: () => {},
});

// Without what lies below the stack pointer: it is no more of the program, and an image has no stack pointer.
function dump(file) {
    const memory = Object.values(exported).find((e) => e instanceof WebAssembly.Memory);
    const get = (what) => (exported['emscripten_stack_get_' + what] || exported['_emscripten_stack_get_' + what])();
    const bytes = new Uint8Array(memory.buffer).slice();
    bytes.fill(0, get('end'), get('current'));
    fs.writeFileSync(path.join(folder, file), bytes);
}

board.registerJsModule('host', { dump: () => dump('work.bin') });
board.runPython(fs.readFileSync(program, 'utf8'));
const { make, used, collect, work } = board.pyimport('__main__');
make();
const before = used();
dump('before.bin');
collect();
board.runPython('pass');    // up to 1.22 it collects when this ends
collect();      // up to 1.26 when the next call begins
const after = used();
dump('after.bin');
work();
console.log(JSON.stringify({ before, after }));
process.exit(0);
