/* What a port may set before the core is compiled: -DNAME=value, or in a header named by MEMPROF_CONFIG_FILE. */
#ifndef MEMPROF_CONFIG_H
#define MEMPROF_CONFIG_H

#ifdef MEMPROF_CONFIG_FILE
#include MEMPROF_CONFIG_FILE
#endif

/* Snapshots between two HELLOs. */
#ifndef MEMPROF_HELLO_EVERY
#define MEMPROF_HELLO_EVERY 16
#endif

/* One row in so many is sent with each snapshot, changed or not, so that what a host has lost, or did not see when it
 * came late, comes by itself; 0: none, and every MEMPROF_KEY_EVERYth snapshot is whole. */
#ifndef MEMPROF_REFRESH_PART
#define MEMPROF_REFRESH_PART 16
#endif
#ifndef MEMPROF_KEY_EVERY
#define MEMPROF_KEY_EVERY 16
#endif

/* Tasks that tasks/freertos.c has room for, 36 to 52 bytes each. */
#ifndef MEMPROF_TASKS_MAX
#define MEMPROF_TASKS_MAX 16
#endif

/* A word of the memory that is reported, and where what is at an address of it can be read, 8 bytes at least: of a
 * simulated board, and of one whose memory a debugger reads, both are others than the processor's own. */
#ifndef MEMPROF_WORD
#define MEMPROF_WORD uintptr_t
#endif
#ifndef MEMPROF_AT
#define MEMPROF_AT(address) ((const void *)(address))
#endif

/* 1: the walkers and figures of pools/ alone, without messages: of a host, which reads the memory itself. */
#ifndef MEMPROF_FIGURES_ONLY
#define MEMPROF_FIGURES_ONLY 0
#endif

/* 1: shorter pauses, more code; best with -O3 for core/snapshot.c and the port's kind(). */
#ifndef MEMPROF_FAST
#define MEMPROF_FAST 0
#endif

/* 1: extra/crc_table.c is compiled too, and CRCs take half the time. */
#ifndef MEMPROF_CRC_TABLE
#define MEMPROF_CRC_TABLE MEMPROF_FAST
#endif

/* 1, without that table: CRCs read aligned words. For GCC and clang on little-endian processors; 100 bytes more flash
 * for a quarter less time. */
#ifndef MEMPROF_CRC_WORDS
#define MEMPROF_CRC_WORDS 0
#endif

/* extra/allocations.c: how many large requests, and failed ones, wait for the next report; of more, the last ones. */
#ifndef MEMPROF_LARGE
#define MEMPROF_LARGE 4
#endif
#ifndef MEMPROF_FAILURES
#define MEMPROF_FAILURES 2
#endif

/* extra/sites.c: samples of allocations that wait to be sent, 16 bytes each and 6 for each frame; frames of a sample;
 * and how many samples are followed until their blocks are freed, 8 bytes each. The first and the last: powers of two.
 */
#ifndef MEMPROF_SITES_WAITING
#define MEMPROF_SITES_WAITING 16
#endif
#ifndef MEMPROF_SITES_FRAMES
#define MEMPROF_SITES_FRAMES 8
#endif
#ifndef MEMPROF_SITES_FOLLOWED
#define MEMPROF_SITES_FOLLOWED 128
#endif

/* Around what may be entered again by a task or an interrupt that allocates, such as taskENTER_CRITICAL(). */
#ifndef MEMPROF_LOCK
#define MEMPROF_LOCK()   ((void)0)
#define MEMPROF_UNLOCK() ((void)0)
#endif

/* Smaller code and less stack where the compiler knows the word. */
#ifdef __GNUC__
#define MEMPROF_NOT_INLINE __attribute__((noinline))
#else
#define MEMPROF_NOT_INLINE
#endif

#endif
