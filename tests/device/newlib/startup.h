/* How a program begins on QEMU's Cortex-M3, with newlib/heap.ld, and speaks to who started QEMU. */
#pragma once

#include <stddef.h>
#include <stdint.h>

extern uint32_t data_begin[], data_end[], bss_begin[], bss_end[];
extern const uint32_t data_load[];
extern char heap_begin[], heap_end[], stack_end[];

int main(void);
void reset(void);
void *_sbrk(ptrdiff_t n_bytes);
void _exit(int status);

static int semihosting(int operation, const void *argument)
{
	register int r0 __asm__("r0") = operation;
	register const void *r1 __asm__("r1") = argument;

	__asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
	return r0;
}

void reset(void)
{
	const uint32_t *from = data_load;

	for (uint32_t *to = data_begin; to < data_end;)
		*to++ = *from++;
	for (uint32_t *to = bss_begin; to < bss_end;)
		*to++ = 0;
	_exit(main());
}

static void fault(void) { _exit(1); }

static const struct {
	char *stack;
	void (*exceptions[15])(void);
} vectors __attribute__((section(".vectors"), used)) = {
	stack_end,
	{ reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault },
};
