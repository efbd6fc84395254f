/* What the agent is told of QEMU's mps2-an385, whose MicroPython has no clock: the counter of the FPGA's I/O block, set
 * to count microseconds (Arm AN385, 4.6; QEMU hw/misc/mps2-fpgaio.c runs it from 20 MHz). */
#ifndef MEMPROF_MPS2_H
#define MEMPROF_MPS2_H

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

#endif
