/* What the agent is told of QEMU's mps2-an385, whose MicroPython has no clock and no buffer of what it receives. The
 * clock is the counter of the FPGA's I/O block, set to count microseconds (Arm AN385, 4.6; QEMU hw/misc/mps2-fpgaio.c
 * runs it from 20 MHz). */
#pragma once

#include <stdint.h>

static inline uint32_t mps2_now_us(void)
{
	enum { COUNTER = 6, PRESCALE = 7, PRESCALE_1_MHZ = 19 };
	volatile uint32_t *fpga_io = (volatile uint32_t *)0x40028000;
	if (fpga_io[PRESCALE] != PRESCALE_1_MHZ)
		fpga_io[PRESCALE] = PRESCALE_1_MHZ;
	return fpga_io[COUNTER];
}
#define MEMPROF_NOW_US() mps2_now_us()

/* The next byte of the UART (Arm DDI 0479, 4.3); -1: none has come. Not uart_rx_chr, which sleeps here until one does.
 * QEMU takes a moment from one byte to the next. */
static inline int mps2_rx(void)
{
	enum { DATA, STATE, STATE_RX_FULL = 2, NEXT_US = 300 };
	static uint32_t read_us;
	volatile uint32_t *uart = (volatile uint32_t *)0x40004000;
	while (!(uart[STATE] & STATE_RX_FULL))
		if (mps2_now_us() - read_us > NEXT_US)
			return -1;
	read_us = mps2_now_us();
	return (int)uart[DATA];
}
#define MEMPROF_RX() mps2_rx()

/* Code and constants come first in RAM (ports/qemu/mcu/arm/mps2.ld). */
extern const char _etext[];
#define MEMPROF_ROM { 0, (uintptr_t)_etext },
