/* The board: a clock by a timer that nothing else uses, and UART0 with a ring of bytes in each direction, worked by
 * interrupts, which call nothing of the kernel. */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Places that the linker script defines. */
extern char ram_begin[], ram_end[], stack_end[];
extern const uint8_t build_id_note[];

void board_start(void);
/* Sleeps until the next interrupt. */
void board_wait(void);

/* From the agent's task only. They go on while the scheduler is suspended, which the kernel's ticks do not. */
uint32_t now_ms(void);
uint32_t now_us(void);

/* From the agent's task: sends all of it, or nothing and returns false: there was no room for it, for UART_WAIT_MS.
 * After that, calls do not wait until there is room again. */
enum { UART_WAIT_MS = 20 };
bool uart_write(const uint8_t *bytes, size_t n_bytes);
/* The next byte that came in, or -1. */
int uart_read(void);

#endif
