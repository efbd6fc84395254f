#!/usr/bin/env node
// Runs firmware for the RP2040 (.bin or .uf2) in the emulator rp2040js, with its USB serial port on
// stdin and stdout or on TCP:
//   run-rp2040.mjs FIRMWARE [--tcp PORT] [--gdb PORT] [--fast]
// --tcp   127.0.0.1:PORT; 0 is any that is free; said on stderr. The last client is the only one;
//         what the board says while there is none is lost, as on USB.
// --gdb   rp2040js's GDB server on 127.0.0.1:PORT
// --fast  do not keep to real time while the firmware sleeps
// machine.reset() unplugs the board, as on a Pico: on stdin and stdout the process ends, with --tcp
// the connection is closed and the firmware boots anew.
// SIGUSR2: from now on the USB host takes nothing that the board sends, as a program that has the port open and
// does not read; again, and it does.
// MEMPROF_NODE names the folder whose node_modules has rp2040js (scripts/install-node-packages).
import fs from 'node:fs';
import net from 'node:net';
import { createRequire } from 'node:module';
import { installRom, ROM_SIZE } from './rp2040-rom.mjs';

const { RP2040, USBCDC, ConsoleLogger, LogLevel, GDBServer, GDBConnection } =
    createRequire(`${process.env.MEMPROF_NODE || '.'}/`)('rp2040js');

const FLASH_AT = 0x10000000, STACK_END = 0x20042000, UF2_MAGIC = 0x0a324655;
const CYCLE_NS = 1e9 / 125e6, ROM_CALL_CYCLES = 20;
const SLEEP_NS = 1e6;
const BULK_BYTES = 64;

function say(text) {
    console.error(`run-rp2040: ${text}`);
}

function fail(text) {
    say(text);
    process.exit(1);
}

function parseArguments(argv) {
    const ret = { firmware: null, tcpPort: null, gdbPort: null, fast: false };
    for (let i = 0; i < argv.length; i++) {
        if (argv[i] === '--tcp') ret.tcpPort = Number(argv[++i]);
        else if (argv[i] === '--gdb') ret.gdbPort = Number(argv[++i]);
        else if (argv[i] === '--fast') ret.fast = true;
        else if (ret.firmware === null && !argv[i].startsWith('-')) ret.firmware = argv[i];
        else { ret.firmware = null; break; }
    }
    if (ret.firmware === null || Number.isNaN(ret.tcpPort) || Number.isNaN(ret.gdbPort)) {
        console.error('usage: run-rp2040.mjs FIRMWARE.{bin,uf2} [--tcp PORT] [--gdb PORT] [--fast]');
        process.exit(2);
    }
    return ret;
}

function loadFlash(flash, image) {
    if (image.readUInt32LE(0) !== UF2_MAGIC) {
        flash.set(image);
        return;
    }
    for (let at = 0; at + 512 <= image.length; at += 512) {
        const address = image.readUInt32LE(at + 12), size = image.readUInt32LE(at + 16);
        flash.set(image.subarray(at + 32, at + 32 + size), address - FLASH_AT);
    }
}

// One board, powered. host is { write(Buffer) -> true while it takes more, onDrain(f) }.
class Board {
    constructor(image, { fast, host, onReset }) {
        this.fast = fast;
        this.host = host;
        this.mcu = new RP2040();
        this.mcu.logger = new ConsoleLogger(LogLevel.Error, false);
        loadFlash(this.mcu.flash, image);
        this.rom = installRom(this.mcu, () => fail('asked for its boot loader'));
        this.mcu.peripherals[0x40058].onWatchdogTrigger = () => { this.off = true; onReset(); };
        this.off = false;
        this.halted = false;    // by a debugger
        this.parked = false;    // and nothing runs any more
        this.input = [];
        this.armed = 0;         // bytes that the firmware waits for
        this.held = false;      // the host takes no more for now
        this.deaf = false;      // the host does not even ask
        process.removeAllListeners('SIGUSR2');
        process.on('SIGUSR2', () => {
            this.deaf = !this.deaf;
            if (!this.deaf) this.hearAgain();
        });
        this.connectUsb();
        // The ROM would look for the second stage of the boot at the start of the flash.
        Object.assign(this.mcu.core, { PC: FLASH_AT, LR: 0, SP: STACK_END });
        this.keepTime();
        this.run();
    }

    connectUsb() {
        const usb = this.mcu.usbCtrl;
        this.cdc = new USBCDC(usb);
        usb.onEndpointRead = (endpoint, n) => {
            if (endpoint !== this.cdc.outEndpoint) return;
            this.armed = n;
            this.feed();
        };
        const ready = usb.indicateBufferReady.bind(usb), withheld = [];
        usb.indicateBufferReady = (endpoint, out) => {
            if (this.deaf && !out && endpoint === this.cdc.inEndpoint) withheld.push(endpoint);
            else ready(endpoint, out);
        };
        this.hearAgain = () => { for (const endpoint of withheld.splice(0)) ready(endpoint, false); };
        this.cdc.onSerialData = (bytes) => {
            if (!bytes.length || this.host.write(Buffer.from(bytes))) return;
            this.held = true;
            this.host.onDrain(() => { this.held = false; });
        };
    }

    // The firmware gets input only when it waits for some, at most a packet each time.
    feed() {
        if (!this.armed || !this.input.length) return;
        const packet = this.input.splice(0, Math.min(this.armed, BULK_BYTES));
        this.armed = 0;
        this.mcu.usbCtrl.endpointReadDone(this.cdc.outEndpoint, Uint8Array.from(packet));
    }

    hear(bytes) {
        for (const b of bytes) this.input.push(b);
        this.feed();
    }

    keepTime() {
        this.wallMs = performance.now();
        this.boardNs = this.mcu.clock.nanos;
    }

    // How far the board's clock is before the wall's.
    aheadMs() {
        return (this.mcu.clock.nanos - this.boardNs) / 1e6 - (performance.now() - this.wallMs);
    }

    step() {
        const { core, clock } = this.mcu;
        if (core.PC >= ROM_SIZE) {
            clock.tick(core.executeInstruction() * CYCLE_NS);
            return;
        }
        const call = this.rom.get(core.PC & ~1);
        if (!call) fail(`call of the unknown ROM address 0x${core.PC.toString(16)}`);
        call();
        core.PC = core.LR & ~1;
        clock.tick(ROM_CALL_CYCLES * CYCLE_NS);
    }

    // What rp2040js's GDB server needs of it.
    gdbTarget() {
        const board = this;
        return {
            rp2040: this.mcu,
            get executing() { return !board.halted; },
            stop() { board.halted = true; },
            execute() {
                board.halted = false;
                if (!board.parked) return;
                board.parked = false;
                board.keepTime();
                setImmediate(() => board.run());
            },
        };
    }

    run() {
        const { core, clock } = this.mcu;
        for (let i = 0; i < 200000 && !this.held && !this.off && !this.halted; i++) {
            if (!core.waiting) {
                this.step();
                continue;
            }
            const ahead = this.aheadMs();
            if (!this.fast && ahead > 2) {
                setTimeout(() => this.run(), Math.min(ahead, 20));
                return;
            }
            if (ahead < -50) this.keepTime();
            // In real time, no alarm rings before its time: short steps, and the wait above.
            const sleepNs = this.fast ? clock.nanosToNextAlarm : SLEEP_NS;
            clock.tick(Math.max(Math.min(sleepNs, clock.nanosToNextAlarm), 1000));
            if (this.fast && !this.input.length) i += 2000;
        }
        if (this.off) return;
        if (this.halted) {
            this.parked = true;
            return;
        }
        if (this.held) setTimeout(() => this.run(), 1);
        else setImmediate(() => this.run());
    }
}

function serveGdb(board, port) {
    const server = new GDBServer(board.gdbTarget());
    net.createServer((socket) => {
        socket.setNoDelay(true);
        const connection = new GDBConnection(server, (text) => socket.write(text));
        socket.on('error', () => {});
        socket.on('data', (bytes) => connection.feedData(bytes.toString('latin1')));
        socket.on('close', () => server.removeConnection(connection));
    }).listen(port, '127.0.0.1', () => say(`gdb 127.0.0.1:${port}`));
}

function onStdio(image, fast, gdbPort) {
    if (process.stdin.isTTY) process.stdin.setRawMode(true);
    const board = new Board(image, {
        fast,
        host: {
            write: (bytes) => process.stdout.write(bytes),
            onDrain: (f) => process.stdout.once('drain', f),
        },
        onReset: () => process.exit(0),
    });
    if (gdbPort !== null) serveGdb(board, gdbPort);
    process.stdin.on('data', (bytes) => board.hear(bytes));
    process.stdin.on('end', () => process.exit(0));
}

function onTcp(image, fast, port) {
    let client = null, board = null;
    const boot = () => {
        board = new Board(image, {
            fast,
            host: {
                write: (bytes) => !client || client.write(bytes),
                onDrain: (f) => client.once('drain', f),
            },
            onReset: () => { if (client) client.destroy(); boot(); },
        });
    };
    const server = net.createServer((socket) => {
        if (client) client.destroy();
        client = socket;
        board.held = false;
        socket.setNoDelay(true);
        socket.on('error', () => {});
        socket.on('data', (bytes) => board.hear(bytes));
        socket.on('close', () => {
            if (client !== socket) return;
            client = null;
            board.held = false;
        });
    });
    server.listen(port, '127.0.0.1', () => say(`127.0.0.1:${server.address().port}`));
    boot();
}

const { firmware, tcpPort, gdbPort, fast } = parseArguments(process.argv.slice(2));
const image = fs.readFileSync(firmware);
process.on('SIGTERM', () => process.exit(0));
if (tcpPort === null) onStdio(image, fast, gdbPort);
else onTcp(image, fast, tcpPort);
