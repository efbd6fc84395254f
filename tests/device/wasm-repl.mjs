#!/usr/bin/env node
// MicroPython as WebAssembly, with its prompt on stdin and stdout:
//   wasm-repl.mjs [HEAP_BYTES]
// MEMPROF_NODE names the folder whose node_modules has it (scripts/install-node-packages).
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const file = path.join(process.env.MEMPROF_NODE || '.', 'node_modules',
    '@micropython/micropython-webassembly-pyscript/micropython.mjs');
const { loadMicroPython } = await import(pathToFileURL(file).href);

// What asks for raw-paste mode. This build takes it, but reads the program from a place that no host
// can feed, and never comes back. So the host refuses, in the words of a board that has no such mode.
const ASK_RAW_PASTE = Buffer.from('\x05A\x01'), REFUSAL = Buffer.from('R\x00');

const sleeper = new Int32Array(new SharedArrayBuffer(4));

function write(bytes) {
    while (bytes.length) {
        try {
            bytes = bytes.subarray(fs.writeSync(1, bytes));
        } catch (e) {
            if (e.code !== 'EAGAIN') process.exit(0);   // nobody is there any more
            Atomics.wait(sleeper, 0, 0, 2);
        }
    }
}

// A program that reads waits, as on other boards; the build takes "nothing there yet" for an error.
const readSync = fs.readSync;
fs.readSync = (fd, ...rest) => {
    for (;;) {
        try {
            return readSync(fd, ...rest);
        } catch (e) {
            if (fd !== 0 || e.code !== 'EAGAIN') throw e;
            Atomics.wait(sleeper, 0, 0, 2);
        }
    }
};

if (process.stdin.isTTY) process.stdin.setRawMode(true);
const board = await loadMicroPython({
    heapsize: Number(process.argv[2] || 1 << 20),
    linebuffer: false,
    stdout: (c) => write(typeof c === 'number' ? Buffer.from([c]) : Buffer.from(c)),
});
board.replInit();
process.stdin.on('data', (bytes) => {
    if (bytes.equals(ASK_RAW_PASTE)) {
        write(REFUSAL);
        return;
    }
    for (const b of bytes) {
        if (board.replProcessChar(b)) process.exit(0);
    }
});
process.stdin.on('end', () => process.exit(0));
