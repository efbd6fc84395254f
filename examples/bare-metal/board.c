/* Arm MPS2 with the FPGA image AN385, as QEMU emulates it: registers from the Cortex-M System Design Kit (ARM DDI
 * 0479), 4.3 and 4.5, and the ARMv7-M architecture (DDI 0403), B3. */
#include "board.h"

#include <string.h>

#define UART0_DATA     (*(volatile uint32_t *)0x40004000)
#define UART0_STATE    (*(volatile uint32_t *)0x40004004)
#define UART0_CTRL     (*(volatile uint32_t *)0x40004008)
#define UART0_INTCLEAR (*(volatile uint32_t *)0x4000400c)
#define UART0_BAUDDIV  (*(volatile uint32_t *)0x40004010)
#define TIMER1_LOAD    (*(volatile uint32_t *)0x40002000) /* of the dual timer */
#define TIMER1_VALUE   (*(volatile uint32_t *)0x40002004)
#define TIMER1_CONTROL (*(volatile uint32_t *)0x40002008)
#define SYST_CSR       (*(volatile uint32_t *)0xe000e010)
#define SYST_RVR       (*(volatile uint32_t *)0xe000e014)
#define SYST_CVR       (*(volatile uint32_t *)0xe000e018)
#define SCB_AIRCR      (*(volatile uint32_t *)0xe000ed0c)
#define NVIC_ISER      (*(volatile uint32_t *)0xe000e100)
#define NVIC_ISPR      (*(volatile uint32_t *)0xe000e200)

enum {
	CLOCK_HZ = 25000000,
	TICKS_PER_US = CLOCK_HZ / 1000000,
	TICKS_PER_MS = CLOCK_HZ / 1000,
	BAUD = 115200,
	TIMER_ENABLE_32_BITS = 1 << 7 | 1 << 1, /* without an interrupt, down from 2^32 - 1 again and again */
	STATE_TX_FULL = 1 << 0,
	STATE_RX_FULL = 1 << 1,
	CTRL_TX_AND_RX_WITH_INTERRUPTS = 0xf,
	INTERRUPT_TX = 1 << 0,
	INTERRUPT_RX = 1 << 1,
	IRQ_UART0_RX = 1 << 0,
	IRQ_UART0_TX = 1 << 1,
	CSR_ENABLE_WITH_INTERRUPT = 7, /* from the processor's clock */
	AIRCR_KEY_AND_RESET = 0x05fa0004,
	SEND_BYTES = 1024, /* powers of two: places in a ring are counters modulo this */
	RECEIVE_BYTES = 256,
};

/* Each counter has one writer, the program or the interrupt. Bytes are volatile too: they are written before they are
 * counted. */
static volatile uint8_t to_send[SEND_BYTES], received[RECEIVE_BYTES];
static volatile uint32_t n_to_send, n_sent, n_received, n_read;

void systick_interrupt(void);
void uart0_receive_interrupt(void);
void uart0_send_interrupt(void);

/* It only ends board_wait(). A count of its interrupts is no clock: one that comes late is counted late. */
void systick_interrupt(void) {}

void uart0_receive_interrupt(void)
{
	UART0_INTCLEAR = INTERRUPT_RX;
	while (UART0_STATE & STATE_RX_FULL) {
		uint8_t byte = (uint8_t)UART0_DATA;

		if (n_received - n_read < RECEIVE_BYTES) { /* else it is lost, and with it a request of the host */
			received[n_received % RECEIVE_BYTES] = byte;
			n_received++;
		}
	}
}

void uart0_send_interrupt(void)
{
	UART0_INTCLEAR = INTERRUPT_TX;
	while (n_sent != n_to_send && !(UART0_STATE & STATE_TX_FULL)) {
		UART0_DATA = to_send[n_sent % SEND_BYTES];
		n_sent++;
	}
}

void board_start(void)
{
	TIMER1_LOAD = 0xffffffff;
	TIMER1_CONTROL = TIMER_ENABLE_32_BITS;
	SYST_RVR = TICKS_PER_MS - 1;
	SYST_CVR = 0;
	SYST_CSR = CSR_ENABLE_WITH_INTERRUPT;
	UART0_BAUDDIV = CLOCK_HZ / BAUD;
	UART0_CTRL = CTRL_TX_AND_RX_WITH_INTERRUPTS;
	NVIC_ISER = IRQ_UART0_RX | IRQ_UART0_TX;
}

void board_wait(void) { __asm volatile("wfi"); }

void board_reset(void)
{
	SCB_AIRCR = AIRCR_KEY_AND_RESET;
	for (;;)
		;
}

/* The timer wraps after 171 s; the main loop calls this every few milliseconds. */
uint32_t now_us(void)
{
	static uint32_t ticks, us;
	uint32_t passed_us = (0xffffffff - TIMER1_VALUE - ticks) / TICKS_PER_US;

	ticks += passed_us * TICKS_PER_US;
	us += passed_us;
	return us;
}

uint32_t now_ms(void)
{
	static uint32_t us, ms;
	uint32_t passed_ms = (now_us() - us) / 1000;

	us += passed_ms * 1000;
	ms += passed_ms;
	return ms;
}

bool uart_write(const uint8_t *bytes, size_t n_bytes)
{
	static bool is_stuck;
	uint32_t begin_ms = now_ms();

	while (SEND_BYTES - (n_to_send - n_sent) < n_bytes) {
		if (is_stuck || now_ms() - begin_ms >= UART_WAIT_MS) {
			is_stuck = true;
			return false;
		}
		board_wait();
	}
	is_stuck = false;
	for (size_t i = 0; i < n_bytes; i++)
		to_send[(n_to_send + i) % SEND_BYTES] = bytes[i];
	n_to_send += n_bytes;
	NVIC_ISPR = IRQ_UART0_TX; /* the UART interrupts when a byte has gone; the first one has none before it */
	return true;
}

int uart_read(void)
{
	int byte;

	if (n_read == n_received)
		return -1;
	byte = received[n_read % RECEIVE_BYTES];
	n_read++;
	return byte;
}
