// The RP2040's boot ROM, which rp2040js lacks. What pico-sdk 2.1.1 asks of it is done here in
// JavaScript: the tables that the SDK looks functions up in lie where the real ROM has them, and
// hold addresses of stubs. Who runs the core looks up each instruction below ROM_SIZE in the map.
//   const calls = installRom(mcu, onBootLoader);   Map: address -> function that does the call
// Double precision and the second core are not here; MicroPython for the Pico uses neither.

const LOOKUP = 0xf0, STUBS = 0x100, FUNC_TABLE = 0x400, DATA_TABLE = 0x480, FLOAT_TABLE = 0x500;
export const ROM_SIZE = 0x1000;

const f32 = new Float32Array(1), f32Bits = new Uint32Array(f32.buffer);
const f64 = new Float64Array(1), f64Bits = new Uint32Array(f64.buffer);
const toFloat = (bits) => { f32Bits[0] = bits; return f32[0]; };
const toBits = (x) => { f32[0] = x; return f32Bits[0]; };

const clamp = (x, low, high) => (Number.isNaN(x) ? 0 : Math.min(Math.max(x, low), high));
const toInt = (x) => clamp(Math.floor(x), -(2 ** 31), 2 ** 31 - 1);
const toUint = (x) => clamp(Math.floor(x), 0, 2 ** 32 - 1);
const INT64 = [-(1n << 63n), (1n << 63n) - 1n], UINT64 = [0n, (1n << 64n) - 1n];
const toBig = (x, [low, high]) => {
    if (Number.isNaN(x)) return 0n;
    x = Math.floor(x);
    return x <= Number(low) ? low : x >= Number(high) ? high : BigInt(x);
};

function countOnes(x) {
    let n = 0;
    for (; x; x = (x & (x - 1)) >>> 0) n++;
    return n;
}

function reverseBits(x) {
    let r = 0;
    for (let i = 0; i < 32; i++) r |= ((x >>> i) & 1) << (31 - i);
    return r >>> 0;
}

// The functions by their two-letter codes (RP2040 datasheet, 2.8.3).
function romFunctions(mcu, R, onBootLoader) {
    const { flash } = mcu;
    const nothing = () => {};
    const each = (n, f) => { for (let i = 0; i < n; i++) f(i); };
    const copy = () => each(R[2], (i) => mcu.writeUint8(R[0] + i, mcu.readUint8(R[1] + i)));
    const fill = () => each(R[2], (i) => mcu.writeUint8(R[0] + i, R[1] & 255));
    return {
        P3: () => { R[0] = countOnes(R[0]); },
        R3: () => { R[0] = reverseBits(R[0]); },
        L3: () => { R[0] = Math.clz32(R[0]); },
        T3: () => { R[0] = R[0] ? 31 - Math.clz32(R[0] & -R[0]) : 32; },
        MS: fill, S4: fill, MC: copy, C4: copy,
        IF: nothing, EX: nothing, FC: nothing, CX: nothing,
        RE: () => { flash.fill(0xff, R[0], R[0] + R[1]); },
        RP: () => each(R[2], (i) => { flash[R[0] + i] &= mcu.readUint8(R[1] + i); }),
        UB: onBootLoader,
    };
}

// The table of single precision, in the order of the SDK's sf_table.h.
function floatFunctions(R) {
    const nothing = () => {};
    const one = (f) => () => { R[0] = toBits(f(toFloat(R[0]))); };
    const two = (f) => () => { R[0] = toBits(f(toFloat(R[0]), toFloat(R[1]))); };
    const int64 = () => (BigInt(R[1]) << 32n) | BigInt(R[0]);
    const set64 = (x) => {
        R[0] = Number(x & 0xffffffffn);
        R[1] = Number((x >> 32n) & 0xffffffffn);
    };
    return [
        two((a, b) => a + b), two((a, b) => a - b), two((a, b) => a * b), two((a, b) => a / b),
        nothing, nothing, one(Math.sqrt),
        () => { R[0] = toInt(toFloat(R[0])); },
        () => { R[0] = toInt(toFloat(R[0]) * 2 ** R[1]); },
        () => { R[0] = toUint(toFloat(R[0])); },
        () => { R[0] = toUint(toFloat(R[0]) * 2 ** R[1]); },
        () => { R[0] = toBits(R[0] | 0); },
        () => { R[0] = toBits((R[0] | 0) / 2 ** R[1]); },
        () => { R[0] = toBits(R[0]); },
        () => { R[0] = toBits(R[0] / 2 ** R[1]); },
        one(Math.cos), one(Math.sin), one(Math.tan), nothing, one(Math.exp), one(Math.log), nothing,
        two(Math.atan2),
        () => { R[0] = toBits(Number(BigInt.asIntN(64, int64()))); },
        () => { R[0] = toBits(Number(BigInt.asIntN(64, int64())) / 2 ** R[2]); },
        () => { R[0] = toBits(Number(int64())); },
        () => { R[0] = toBits(Number(int64()) / 2 ** R[2]); },
        () => { set64(toBig(toFloat(R[0]), INT64)); },
        () => { set64(toBig(toFloat(R[0]) * 2 ** R[1], INT64)); },
        () => { set64(toBig(toFloat(R[0]), UINT64)); },
        () => { set64(toBig(toFloat(R[0]) * 2 ** R[1], UINT64)); },
        () => { f64[0] = toFloat(R[0]); R[0] = f64Bits[0]; R[1] = f64Bits[1]; },
    ];
}

export function installRom(mcu, onBootLoader) {
    const R = mcu.core.registers, calls = new Map();
    const rom = new Uint8Array(ROM_SIZE), words = new DataView(rom.buffer);
    const put16 = (at, x) => words.setUint16(at, x, true);
    let stub = STUBS;
    const addStub = (f) => { calls.set(stub, f); stub += 2; return (stub - 2) | 1; };

    rom.set([0x4d, 0x75, 0x01, 0x03], 0x10);            // "Mu", 1, ROM version 3
    [FUNC_TABLE, DATA_TABLE, LOOKUP | 1].forEach((x, i) => put16(0x14 + 2 * i, x));
    calls.set(LOOKUP, () => {                           // void *(uint16_t *table, uint32_t code)
        let at = R[0], code;
        while ((code = words.getUint16(at, true)) && code !== (R[1] & 0xffff)) at += 4;
        R[0] = code ? words.getUint16(at + 2, true) : 0;
    });
    Object.entries(romFunctions(mcu, R, onBootLoader)).forEach(([code, f], i) => {
        rom.set([code.charCodeAt(0), code.charCodeAt(1)], FUNC_TABLE + 4 * i);
        put16(FUNC_TABLE + 4 * i + 2, addStub(f));
    });
    rom.set([0x53, 0x46], DATA_TABLE);                  // "SF"
    put16(DATA_TABLE + 2, FLOAT_TABLE);
    const floats = floatFunctions(R);
    rom[FLOAT_TABLE - 2] = floats.length;
    floats.forEach((f, i) => words.setUint32(FLOAT_TABLE + 4 * i, addStub(f), true));
    mcu.bootrom.set(new Uint32Array(rom.buffer));
    return calls;
}
