/* MicroPython's port for QEMU polls the UART in a loop while it waits for input, which takes a whole processor of the
 * host. With -Wl,--wrap=uart_rx_chr (scripts/build-firmware), the board sleeps until a byte comes. */
#ifdef QEMU_SOC_MPS2
#include <stdint.h>

#define UART0_STATE    (*(volatile uint32_t *)0x40004004)
#define UART0_CTRL     (*(volatile uint32_t *)0x40004008)
#define UART0_INTCLEAR (*(volatile uint32_t *)0x4000400c)
#define NVIC_ENABLE    (*(volatile uint32_t *)0xe000e100)
#define NVIC_DISABLE   (*(volatile uint32_t *)0xe000e180)
#define NVIC_UNPEND    (*(volatile uint32_t *)0xe000e280)

enum { STATE_RX_FULL = 1 << 1, CTRL_RX_INTERRUPT = 1 << 3, INTERRUPT_RX = 1 << 1, IRQ_UART0_RX = 1 << 0 };

int __real_uart_rx_chr(void);
int __wrap_uart_rx_chr(void);

int __wrap_uart_rx_chr(void)
{
	int c = __real_uart_rx_chr();

	if (c >= 0)
		return c;
	/* A pending interrupt ends WFI also while interrupts are masked, and no handler runs. */
	__asm volatile("cpsid i");
	UART0_CTRL |= CTRL_RX_INTERRUPT;
	NVIC_ENABLE = IRQ_UART0_RX;
	if (!(UART0_STATE & STATE_RX_FULL))
		__asm volatile("wfi");
	UART0_INTCLEAR = INTERRUPT_RX;
	NVIC_DISABLE = IRQ_UART0_RX;
	NVIC_UNPEND = IRQ_UART0_RX;
	__asm volatile("cpsie i");
	return __real_uart_rx_chr();
}
#endif
