/* From reset to main(), and the memory of newlib's malloc. */
#include <errno.h>
#include <malloc.h>
#include <reent.h>
#include <stddef.h>
#include <stdint.h>

#include "agent_port.h"
#include "board.h"

extern uint32_t data_begin[], data_end[], bss_begin[], bss_end[];
extern const uint32_t data_load[];

int main(void);
void reset(void);
void *_sbrk(ptrdiff_t n_bytes);
void systick_interrupt(void);
void uart0_receive_interrupt(void);
void uart0_send_interrupt(void);

/* The processor pushed eight words; the seventh is where it was (DDI 0403, B1.5.6). All that runs has the main stack
 * pointer. */
__attribute__((used)) static void fault(const uint32_t *pushed)
{
	agent_fault((const void *)pushed[6]);
	board_reset();
}

__attribute__((naked)) static void fault_interrupt(void) { __asm volatile("mrs r0, msp\n b fault"); }

/* An interrupt that nobody asked for: a debugger finds the processor here. */
static void stop(void)
{
	for (;;)
		board_wait();
}

void reset(void)
{
	const uint32_t *from = data_load;

	for (uint32_t *to = data_begin; to < data_end;)
		*to++ = *from++;
	for (uint32_t *to = bss_begin; to < bss_end;)
		*to++ = 0;
	main();
	stop();
}

/* ARMv7-M: the first stack pointer, 15 system exceptions, and the interrupts of the board. */
static const struct {
	char *stack;
	void (*exceptions[15])(void);
	void (*interrupts[2])(void);
} vectors __attribute__((section(".vectors"), used)) = {
	stack_end,
	{ reset, stop, fault_interrupt, stop, stop, stop, stop, stop, stop, stop, stop, stop, stop, stop,
	  systick_interrupt },
	{ uart0_receive_interrupt, uart0_send_interrupt },
};

/* What newlib's malloc calls for more memory: from the end of the variables up to the stack. */
static char *heap_break = heap_begin;

void *_sbrk(ptrdiff_t n_bytes)
{
	char *ret = heap_break;

	if (n_bytes > heap_end - heap_break || n_bytes < heap_begin - heap_break) {
		errno = ENOMEM;
		return (void *)-1;
	}
	heap_break += n_bytes;
	return ret;
}

size_t heap_taken(void) { return (size_t)(heap_break - heap_begin); }

/* For truth.c; a pool by MEMPROF_POOL_NEWLIB calls it too. newlib's own lies in one file with malloc_stats(), and so
 * brings fprintf() with it: 6 KiB, and functions for files that no one has written here. */
struct mallinfo mallinfo(void) { return _mallinfo_r(_REENT); }
