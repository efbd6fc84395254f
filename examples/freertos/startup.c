/* From reset to main(). */
#include <stddef.h>
#include <stdint.h>

#include "board.h"

extern uint32_t data_begin[], data_end[], bss_begin[], bss_end[];
extern const uint32_t data_load[];

int main(void);
void reset(void);
void uart0_receive_interrupt(void);
void uart0_send_interrupt(void);
/* of the kernel's port */
void vPortSVCHandler(void);
void xPortPendSVHandler(void);
void xPortSysTickHandler(void);

/* A fault, or an interrupt that nobody asked for: a debugger finds the processor here. */
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
	{ reset, stop, stop, stop, stop, stop, stop, stop, stop, stop, vPortSVCHandler, stop, stop, xPortPendSVHandler,
	  xPortSysTickHandler },
	{ uart0_receive_interrupt, uart0_send_interrupt },
};
