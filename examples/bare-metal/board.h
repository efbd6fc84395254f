/* The board: a clock, and UART0 with a ring of bytes in each direction, worked by interrupts. */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Places that the linker script defines. */
extern char ram_begin[], ram_end[], heap_begin[], heap_end[], stack_begin[], stack_end[];
extern const uint8_t build_id_note[];

void board_start(void);
/* Sleeps until the next interrupt; SysTick's comes within a millisecond. */
void board_wait(void);
/* Does not return. RAM keeps what it holds. */
void board_reset(void);

uint32_t now_ms(void);
uint32_t now_us(void);

/* Sends all of it, or nothing and returns false: there was no room for it, for UART_WAIT_MS. After that, calls do not
 * wait until there is room again, so that a line that is stuck costs this time once. */
enum { UART_WAIT_MS = 20 };
bool uart_write(const uint8_t *bytes, size_t n_bytes);
/* The next byte that came in, or -1. */
int uart_read(void);

/* C heap: bytes that newlib has taken so far. */
size_t heap_taken(void);

#endif
