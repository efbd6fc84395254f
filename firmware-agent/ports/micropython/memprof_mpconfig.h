/* What a board may set of the MicroPython port: -DNAME=value, or in a header of its own, named by
 * -DMEMPROF_CONFIG_FILE='"board_memprof.h"'. */
#ifndef MEMPROF_MPCONFIG_H
#define MEMPROF_MPCONFIG_H

#include "memprof/memprof_config.h"
#include "py/mpconfig.h"

/* Rows of 64 blocks in the delta table, 2 bytes each; rows beyond are sent with every snapshot. 0: no deltas. 256 rows
 * are 256 KiB of heap with blocks of 16 bytes. */
#ifndef MEMPROF_ROWS
#define MEMPROF_ROWS 256
#endif

/* 1: pools/pool.c, or pools/tracked.c, is compiled too. Set by the build, from its MEMPROF_POOLS. */
#ifndef MEMPROF_HAS_POOLS
#define MEMPROF_HAS_POOLS 0
#endif
#ifndef MEMPROF_TRACKED
#define MEMPROF_TRACKED 0
#endif

/* Snapshots between two block tables of the board's pools, up to 255: all of a pool's headers are read for one. */
#ifndef MEMPROF_TABLES_EVERY
#define MEMPROF_TABLES_EVERY 4
#endif
#if MEMPROF_TABLES_EVERY < 1 || MEMPROF_TABLES_EVERY > 255
#error "MEMPROF_TABLES_EVERY must be from 1 to 255"
#endif

/* Collections and failed allocations that wait for the next moment at which something can be sent, 12 bytes each. */
#ifndef MEMPROF_EVENTS
#define MEMPROF_EVENTS 16
#endif

/* How long one frame waits for room in the channel before the snapshot is given up. */
#ifndef MEMPROF_WAIT_MS
#define MEMPROF_WAIT_MS 20
#endif

/* How long one call of the agent stops the program: a snapshot that takes longer is sent in several, with pauses of
 * three times as long, and is then not of one moment. 0: each is sent in one call. */
#ifndef MEMPROF_STOP_MS
#ifdef __unix__
#define MEMPROF_STOP_MS 0
#else
#define MEMPROF_STOP_MS (MEMPROF_USB ? 0 : 20)
#endif
#endif

/* Backward jumps of the VM between two calls of the agent, where the VM is what calls it. */
#ifndef MEMPROF_VM_JUMPS
#define MEMPROF_VM_JUMPS 64
#endif

/* A clock in microseconds that wraps at 2^32. */
#ifndef MEMPROF_NOW_US
#define MEMPROF_NOW_US() mp_hal_ticks_us()
#endif

/* The REPL's CDC interface of TinyUSB, asked for room before anything is written. Otherwise it is
 * mp_hal_stdout_tx_strn. */
#ifndef MEMPROF_USB
#if defined(MICROPY_HW_ENABLE_USBDEV) && defined(MICROPY_HW_USB_CDC)
#define MEMPROF_USB (MICROPY_HW_ENABLE_USBDEV && MICROPY_HW_USB_CDC)
#else
#define MEMPROF_USB 0
#endif
#endif

/* Statistics of interned strings with each HELLO. qstr_pool_info() takes the heap's lock, which the agent holds:
 * before 1.25 that was not to be taken twice. */
#ifndef MEMPROF_QSTR
#define MEMPROF_QSTR \
	(!(MICROPY_PY_THREAD && !MICROPY_PY_THREAD_GIL) || MICROPY_VERSION_MAJOR > 1 || MICROPY_VERSION_MINOR >= 25)
#endif

/* What differs from one start to the next. */
#ifndef MEMPROF_RANDOM
#ifdef MICROPY_PY_RANDOM_SEED_INIT_FUNC
#define MEMPROF_RANDOM() MICROPY_PY_RANDOM_SEED_INIT_FUNC
#else
#define MEMPROF_RANDOM() 0
#endif
#endif

/* Requests of the host, taken out of the REPL's input. A port without stdin_ringbuf defines how the next byte is read,
 * or -1 if none has come: MEMPROF_RX(). They are kept here until somebody reads input. */
#ifndef MEMPROF_REQUESTS
#define MEMPROF_REQUESTS 0
#endif
/* A port whose REPL, and whose sys.stdin, call read(): unix (micropython.mk). */
#ifndef MEMPROF_INPUT_BY_READ
#define MEMPROF_INPUT_BY_READ 0
#endif
#ifndef MEMPROF_INPUT_BYTES
#define MEMPROF_INPUT_BYTES 128
#endif

/* 1: memprof.sites() samples allocations by the lines of the program. Set by the build. */
#ifndef MEMPROF_SITES
#define MEMPROF_SITES 0
#endif
#if MEMPROF_SITES && !MEMPROF_HOOKS && !defined(NO_QSTR) /* qstrs are looked for without options */
#error "MEMPROF_SITES needs MEMPROF_HOOKS, and so no link-time optimisation"
#endif
/* Words of the stack that are looked at for one sample. */
#ifndef MEMPROF_SITES_WORDS
#define MEMPROF_SITES_WORDS 2048
#endif

/* Where the firmware's constants lie, types and names among them: { first, end }, each with a comma. A host may then
 * hold the program still and read all that an object graph needs; without it, and on unix, it may not. */
#ifndef MEMPROF_ROM
#if (defined(PICO_RP2040) && PICO_RP2040) || (defined(PICO_RP2350) && PICO_RP2350)
extern const char __flash_binary_start[], __flash_binary_end[];
#define MEMPROF_ROM { (uintptr_t)__flash_binary_start, (uintptr_t)__flash_binary_end },
#endif
#endif
#if defined(MEMPROF_ROM) && MEMPROF_REQUESTS && !MEMPROF_INPUT_BY_READ
#define MEMPROF_HOLD 1
#else
#define MEMPROF_HOLD 0
#endif

/* Kinds of memory by address: { first, end, enum wire_memory }, each with a comma. */
#ifndef MEMPROF_MEMORIES
#if defined(PICO_RP2040) && PICO_RP2040
#define MEMPROF_MEMORIES { 0x20000000, 0x20042000, WIRE_MEMORY_SRAM },
#elif defined(PICO_RP2350) && PICO_RP2350
#define MEMPROF_MEMORIES                                                                             \
	{ 0x20000000, 0x20082000, WIRE_MEMORY_SRAM }, { 0x11000000, 0x12000000, WIRE_MEMORY_PSRAM }, \
		{ 0x15000000, 0x16000000, WIRE_MEMORY_PSRAM },
#elif defined(STM32H7)
#define MEMPROF_MEMORIES                                                                           \
	{ 0x20000000, 0x20020000, WIRE_MEMORY_TCM }, { 0x24000000, 0x38010000, WIRE_MEMORY_SRAM }, \
		{ 0xc0000000, 0xe0000000, WIRE_MEMORY_SDRAM },
#elif defined(CONFIG_IDF_TARGET_ESP32)
#define MEMPROF_MEMORIES { 0x3f800000, 0x3fc00000, WIRE_MEMORY_PSRAM }, { 0x3ffae000, 0x40000000, WIRE_MEMORY_SRAM },
#elif defined(CONFIG_IDF_TARGET_ESP32S3)
#define MEMPROF_MEMORIES { 0x3c000000, 0x3e000000, WIRE_MEMORY_PSRAM }, { 0x3fc88000, 0x3fd00000, WIRE_MEMORY_SRAM },
#endif
#endif

#endif
