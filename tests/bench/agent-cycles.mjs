// Runs an image of tests/bench/agent-cycles.c from RAM in rp2040js and prints cycles, bytes and frames of each section:
//   agent-cycles.mjs IMAGE START ADDRESS_OF_N_BYTES ADDRESS_OF_N_FRAMES
import fs from 'node:fs';
import { createRequire } from 'node:module';
const { RP2040 } = createRequire(`${process.env.MEMPROF_NODE}/`)('rp2040js');

const [image, ...addresses] = process.argv.slice(2);
const [start, nBytes, nFrames] = addresses.map(Number);
const mcu = new RP2040();
mcu.sram.set(fs.readFileSync(image), 0);
mcu.core.SP = 0x20040000;
mcu.core.PC = start & ~1;
let done = false, before = null;
const now = () => [mcu.core.cycles, mcu.readUint32(nBytes), mcu.readUint32(nFrames)];
mcu.onBreak = (code) => {
    if (code === 1) done = true;
    else if (mcu.core.registers[7] % 2 === 0) before = now();
    else console.log(now().map((x, i) => x - before[i]).join(' '));
};
for (let n = 0; !done && n < 1e8; n++) {
    mcu.core.executeInstruction();
    mcu.core.stopped = false;
}
process.exit(done ? 0 : 1);
